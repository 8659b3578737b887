using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>
/// Puts the rules of delegates in the place of the rules that name them (<c>istio: pilot/pkg/model/virtualservice.go</c>): a match of the delegate must
/// narrow one of the root's, and what the delegate does not say the root says for it. Delegates do not delegate. Stateless.
/// </summary>
internal static class DelegateMerge
{
    public static IReadOnlyList<(VirtualService Owner, HttpRule Rule)> Rules(
        VirtualService root, IReadOnlyDictionary<string, VirtualService> all, ICollection<MeshIssue> issues)
    {
        List<(VirtualService Owner, HttpRule Rule)> rules = [];
        foreach (HttpRule rule in root.Http)
        {
            if (rule.Delegate is not { } reference)
            {
                rules.Add((root, rule));
                continue;
            }

            if (!all.TryGetValue($"{reference.Namespace}/{reference.Name}", out VirtualService? delegated) || !delegated.IsDelegate)
            {
                // The reader has told it; in Istio too the rule does not exist.
                continue;
            }

            foreach (HttpRule inner in delegated.Http)
            {
                if (inner.Delegate is not null)
                {
                    issues.Add(new MeshIssue(MeshIssueKind.DelegateLost, inner.Span, "a delegate does not delegate; the rule is left out, as in Istio"));
                }
                else if (Matches(rule.Matches, inner) is { } matches)
                {
                    rules.Add((delegated, Merge(rule, inner, matches)));
                }
                else
                {
                    issues.Add(new MeshIssue(
                        MeshIssueKind.DelegateLost,
                        inner.Span,
                        $"a match of this rule of delegate {delegated.FullName} lies outside every match of the rule that names it, {rule.Span.From(inner.Span)}; the rule is left out, as in Istio"));
                }
            }
        }

        return rules;
    }

    // Null when a match of the delegate narrows none of the root's. Where the delegate has none, its rule is what a route comes from.
    private static IReadOnlyList<HttpMatch>? Matches(IReadOnlyList<HttpMatch> root, HttpRule inner)
    {
        if (root.Count == 0 || inner.Matches.Count == 0)
        {
            return root.Count == 0 ? inner.Matches : [.. root.Select(match => match with { Span = inner.Span, Index = -1 })];
        }

        List<HttpMatch> merged = [];
        foreach (HttpMatch narrow in inner.Matches)
        {
            HttpMatch[] fitting = [.. root.Where(wide => !Conflict(wide, narrow)).Select(wide => Merge(wide, narrow))];
            if (fitting.Length == 0)
            {
                return null;
            }

            merged.AddRange(fitting);
        }

        return merged;
    }

    private static HttpRule Merge(HttpRule root, HttpRule inner, IReadOnlyList<HttpMatch> matches) => inner with
    {
        Matches = matches,
        Name = Name(root.Name, inner.Name),
        Rewrite = inner.Rewrite ?? root.Rewrite,
        DirectResponse = inner.DirectResponse ?? root.DirectResponse,
        Timeout = inner.Timeout ?? root.Timeout,
        Retries = inner.Retries ?? root.Retries,
        Fault = inner.Fault ?? root.Fault,
        Mirrors = inner.Mirrors.Count != 0 ? inner.Mirrors : root.Mirrors,
        Cors = inner.Cors ?? root.Cors,
        Headers = inner.Headers.IsNone ? root.Headers : inner.Headers,
    };

    private static HttpMatch Merge(HttpMatch root, HttpMatch inner) => inner with
    {
        Name = Name(root.Name, inner.Name),
        Uri = inner.Uri ?? root.Uri,
        Scheme = inner.Scheme ?? root.Scheme,
        Method = inner.Method ?? root.Method,
        Authority = inner.Authority ?? root.Authority,
        Headers = Merge(root.Headers, inner.Headers),
        WithoutHeaders = Merge(root.WithoutHeaders, inner.WithoutHeaders),
        QueryParams = Merge(root.QueryParams, inner.QueryParams),
        Port = inner.Port ?? root.Port,
        SourceLabels = new LabelSet([.. root.SourceLabels.All, .. inner.SourceLabels.All]),
        SourceNamespace = inner.SourceNamespace ?? root.SourceNamespace,
        Gateways = inner.Gateways.Count != 0 ? inner.Gateways : root.Gateways,
        StatPrefix = inner.StatPrefix ?? root.StatPrefix,
        IgnoreUriCase = inner.Uri is null ? root.IgnoreUriCase : inner.IgnoreUriCase,
    };

    private static string? Name(string? root, string? inner) =>
        string.IsNullOrEmpty(inner) ? root : string.IsNullOrEmpty(root) ? inner : $"{root}-{inner}";

    private static IReadOnlyList<NamedMatch> Merge(IReadOnlyList<NamedMatch> root, IReadOnlyList<NamedMatch> inner) =>
        [.. root.Where(wide => inner.All(narrow => narrow.Name != wide.Name)), .. inner];

    private static bool Conflict(HttpMatch root, HttpMatch inner) =>
        Conflict(root.Uri, inner.Uri)
        || Conflict(root.Scheme, inner.Scheme)
        || Conflict(root.Method, inner.Method)
        || Conflict(root.Authority, inner.Authority)
        || Conflict(root.Headers, inner.Headers)
        || Conflict(root.WithoutHeaders, inner.WithoutHeaders)
        || Conflict(root.QueryParams, inner.QueryParams)
        || (root.Uri is not null && inner.Uri is not null && root.IgnoreUriCase != inner.IgnoreUriCase)
        || (root.Port is not null && inner.Port is not null && root.Port != inner.Port)
        || (root.SourceNamespace is not null && inner.SourceNamespace is not null && root.SourceNamespace != inner.SourceNamespace)
        || inner.SourceLabels.All.Any(label => root.SourceLabels[label.Key] is { } other && other != label.Value)
        || (root.Gateways.Count != 0 && inner.Gateways.Any(named => root.Gateways.All(wide => wide.Name != named.Name)));

    private static bool Conflict(IReadOnlyList<NamedMatch> root, IReadOnlyList<NamedMatch> inner) =>
        inner.Any(narrow => root.FirstOrDefault(wide => wide.Name == narrow.Name) is { } wide && Conflict(wide.Match, narrow.Match));

    private static bool Conflict(MeshStringMatch? root, MeshStringMatch? inner) => (root, inner) switch
    {
        (null, _) or (_, null) => false,
        ({ Kind: StringMatchKind.Present }, _) or (_, { Kind: StringMatchKind.Present }) => false,
        ({ Kind: StringMatchKind.Regex }, _) or (_, { Kind: StringMatchKind.Regex }) => true,
        ({ Kind: StringMatchKind.Exact }, { Kind: StringMatchKind.Exact }) => root.Value != inner.Value,
        ({ Kind: StringMatchKind.Exact }, _) => true,
        _ => !inner.Value.StartsWith(root.Value, StringComparison.Ordinal),
    };
}
