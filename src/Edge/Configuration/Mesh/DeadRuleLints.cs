using System.Text;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>
/// Rules and matches that no request can reach, because an earlier one takes it: behind a catch-all, equal to an earlier match, or with a prefix
/// that an earlier prefix covers (<c>analyzeUnreachableHTTPRules</c> of <c>pkg/config/validation</c>).
/// </summary>
internal static class DeadRuleLints
{
    private const int LongestCompared = 1024;
    private const string Order = "put it before; or EDGE_ISTIO_ROUTE_ORDER=specificity takes the most specific rule first";

    /// <summary>Checks the rules of one virtual service.</summary>
    public static void Check(MeshLoad load, VirtualService service)
    {
        Seen seen = new();
        (HttpRule Rule, HttpMatch? Match)? all = null;
        foreach (HttpRule rule in service.Http)
        {
            if (all is { } taken)
            {
                load.Add(FindingCodes.DeadRule, rule.Span, $"spec.http[{rule.Index}]",
                    $"VirtualService {service.Name}: rule {Name(rule)} is never reached: rule {Name(taken.Rule)} takes every request ({Place(rule, taken)})", "first match holds", Order);
                continue;
            }

            if (rule.Matches.Count == 0)
            {
                all = (rule, null);
                continue;
            }

            foreach (HttpMatch match in rule.Matches)
            {
                if (all is { } caught)
                {
                    load.Add(FindingCodes.DeadMatch, match.Span, $"spec.http[{rule.Index}].match[{match.Index}]",
                        $"VirtualService {service.Name}: match {match.Index} of rule {Name(rule)} is never reached: match {caught.Match!.Index} takes every request "
                        + $"({caught.Match.Span.From(match.Span)})", "without effect");
                    continue;
                }

                Earlier(load, service, rule, match, seen);
                if (match is { IsCatchAll: true, Port: null, Gateways.Count: 0, SourceNamespace: null } && match.SourceLabels.Count == 0)
                {
                    all = (rule, match);
                }
            }
        }
    }

    private static void Earlier(MeshLoad load, VirtualService service, HttpRule rule, HttpMatch match, Seen seen)
    {
        string conditions = Conditions(match);
        string path = $"spec.http[{rule.Index}].match[{match.Index}]";
        if (!seen.Equal.TryAdd($"{Text(match.Uri)}|{match.IgnoreUriCase}|{conditions}", (rule, match)))
        {
            (HttpRule equalRule, HttpMatch equal) = seen.Equal[$"{Text(match.Uri)}|{match.IgnoreUriCase}|{conditions}"];
            load.Add(FindingCodes.DuplicateMatch, match.Span, path,
                $"VirtualService {service.Name}: match {match.Index} of rule {Name(rule)} is the same as {Place(equalRule, equal, match)}", "the first one holds");
            return;
        }

        if (Covering(match, conditions, seen) is var (coveringRule, covering))
        {
            load.Add(FindingCodes.CoveredPrefix, match.Span, path,
                $"VirtualService {service.Name}: '{match.Uri!.Value}' of rule {Name(rule)} is never reached: '{covering.Uri!.Value}' of {Place(coveringRule, covering, match)} takes it",
                "first match holds", Order);
        }

        if (match is { Uri: { Kind: StringMatchKind.Prefix } prefix, IgnoreUriCase: false })
        {
            seen.Prefixes.TryAdd((prefix.Value, conditions), (rule, match));
        }
    }

    // An earlier prefix with equal conditions otherwise, or with none.
    private static (HttpRule Rule, HttpMatch Match)? Covering(HttpMatch match, string conditions, Seen seen)
    {
        if (match is not { Uri: { Kind: StringMatchKind.Prefix or StringMatchKind.Exact } uri, IgnoreUriCase: false })
        {
            return null;
        }

        for (int length = 0; length <= Math.Min(uri.Value.Length, LongestCompared); length++)
        {
            string prefix = uri.Value[..length];
            if (seen.Prefixes.TryGetValue((prefix, ""), out (HttpRule Rule, HttpMatch Match) earlier) || seen.Prefixes.TryGetValue((prefix, conditions), out earlier))
            {
                return earlier;
            }
        }

        return null;
    }

    private static string Conditions(HttpMatch match)
    {
        StringBuilder text = new();
        void Append(string name, string value)
        {
            if (value.Length > 0)
            {
                text.Append(name).Append('=').Append(value).Append('\n');
            }
        }

        Append("scheme", Text(match.Scheme));
        Append("method", Text(match.Method));
        Append("authority", Text(match.Authority));
        foreach ((string kind, IReadOnlyList<NamedMatch> named) in
            (ReadOnlySpan<(string, IReadOnlyList<NamedMatch>)>)[("h", match.Headers), ("w", match.WithoutHeaders), ("q", match.QueryParams)])
        {
            foreach (NamedMatch condition in named.OrderBy(static condition => condition.Name, StringComparer.Ordinal))
            {
                Append($"{kind}:{condition.Name}", Text(condition.Match));
            }
        }

        Append("port", match.Port?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "");
        Append("gateways", string.Join(',', match.Gateways.Select(static gateway => gateway.Name)));
        Append("labels", match.SourceLabels.ToString());
        Append("namespace", match.SourceNamespace ?? "");
        return text.ToString();
    }

    private static string Text(MeshStringMatch? match) => match is null ? "" : $"{match.Kind}:{match.Value}";

    private static string Name(HttpRule rule) => rule.Name is null ? $"{rule.Index}" : $"{rule.Index} '{rule.Name}'";

    private static string Place(HttpRule rule, HttpMatch match, HttpMatch seenFrom) => $"match {match.Index} of rule {Name(rule)} ({match.Span.From(seenFrom.Span)})";

    private static string Place(HttpRule rule, (HttpRule Rule, HttpMatch? Match) taken) =>
        taken.Match is { } match
            ? $"match {match.Index}, {(match.Uri is null ? "without conditions" : $"{match.Uri.Kind.ToString().ToLowerInvariant()} '{match.Uri.Value}'")}, {match.Span.From(rule.Span)}"
            : $"it has no match, {taken.Rule.Span.From(rule.Span)}";

    private sealed class Seen
    {
        public Dictionary<string, (HttpRule Rule, HttpMatch Match)> Equal { get; } = new(StringComparer.Ordinal);

        public Dictionary<(string Prefix, string Conditions), (HttpRule Rule, HttpMatch Match)> Prefixes { get; } = [];
    }
}
