using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Reads one entry of <c>match</c>.</summary>
internal static class HttpMatchReader
{
    private const string ClaimPrefix = "@request.auth.claims";

    /// <summary>Reads one; rules that delegate, and delegates, have no patterns in Istio.</summary>
    public static HttpMatch Read(MeshRecord record, int index, bool delegation)
    {
        HttpMatch match = new()
        {
            Span = record.Span,
            Index = index,
            Name = record.Text("name"),
            Uri = MeshFields.Match(record, "uri"),
            IgnoreUriCase = record.Boolean("ignoreUriCase") ?? false,
            Scheme = MeshFields.Match(record, "scheme"),
            Method = MeshFields.Match(record, "method"),
            Authority = MeshFields.Match(record, "authority"),
            Headers = Named(record, "headers", headers: true),
            WithoutHeaders = Named(record, "withoutHeaders", headers: true),
            QueryParams = Named(record, "queryParams", headers: false),
            Port = record.Port("port"),
            Gateways = VirtualServiceReader.Gateways(record),
            SourceLabels = record.Labels("sourceLabels"),
            SourceNamespace = record.Text("sourceNamespace"),
            StatPrefix = record.Text("statPrefix"),
        };
        record.Done(guards: true);
        if (match.Uri is { Kind: StringMatchKind.Present })
        {
            record.Report(FindingCodes.MeshRequired, "uri", "needs exact, prefix or regex");
        }

        if (match.SourceLabels.Count > 0 || match.SourceNamespace is not null)
        {
            record.ReportKey(FindingCodes.SourceMatch, match.SourceLabels.Count > 0 ? "sourceLabels" : "sourceNamespace",
                "compares the proxy itself, not the client: at the edge it holds only when the edge carries these labels or lives there");
        }

        if (match.IgnoreUriCase && match.Uri is not { Kind: StringMatchKind.Exact or StringMatchKind.Prefix })
        {
            record.ReportKey(FindingCodes.IgnoreCaseInert, "ignoreUriCase", "holds for exact and prefix paths only", "without effect");
        }

        if (delegation)
        {
            RefusePatterns(record, match);
        }

        return match;
    }

    private static List<NamedMatch> Named(MeshRecord record, string field, bool headers)
    {
        List<NamedMatch> named = [];
        foreach (YamlEntry entry in record.MapEntries(field))
        {
            string path = $"{record.PathOf(field)}.{entry.Key}";
            bool claim = headers && entry.Key.StartsWith(ClaimPrefix, StringComparison.Ordinal);
            if (headers && !claim && !entry.Key.StartsWith(':') && !MeshFields.IsHeaderName(entry.Key))
            {
                record.Load.Add(FindingCodes.MeshBadValue, entry.KeySpan, path, $"{path}: '{entry.Key}' is no header name");
                continue;
            }

            if (claim)
            {
                record.Load.Add(FindingCodes.ComesLater, entry.KeySpan, path, $"{path}: routing by claims of a token is not served yet", "the match never holds");
            }

            named.Add(new NamedMatch(headers && !claim ? entry.Key.ToLowerInvariant() : entry.Key, MeshFields.Match(record, entry, path)));
        }

        return named;
    }

    private static void RefusePatterns(MeshRecord record, HttpMatch match)
    {
        IEnumerable<MeshStringMatch?> all =
        [
            match.Uri, match.Scheme, match.Method, match.Authority,
            .. match.Headers.Concat(match.WithoutHeaders).Concat(match.QueryParams).Select(static named => named.Match),
        ];
        foreach (MeshStringMatch? pattern in all)
        {
            if (pattern is { Kind: StringMatchKind.Regex })
            {
                record.Load.Add(FindingCodes.MeshContradiction, pattern.Span, record.Path, $"{record.Path}: rules that delegate, and delegates, cannot match by regex");
            }
        }
    }
}
