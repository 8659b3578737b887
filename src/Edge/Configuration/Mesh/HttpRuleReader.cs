using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Reads one rule of <c>http</c> and refuses what contradicts itself (validateHTTPRouteConflict).</summary>
internal static class HttpRuleReader
{
    /// <summary>Reads one.</summary>
    public static HttpRule Read(MeshRecord record, int index, bool isDelegate)
    {
        IReadOnlyList<MeshRecord> matchRecords = record.Records("match");
        bool delegates = record.Has("delegate");
        List<HttpMatch> matches = [];
        foreach (MeshRecord match in matchRecords)
        {
            matches.Add(HttpMatchReader.Read(match, matches.Count, isDelegate || delegates));
        }

        HttpRule rule = new()
        {
            Span = record.Span,
            Index = index,
            Name = record.Text("name"),
            Matches = matches,
            Destinations = RouteDestinationReader.Read(record),
            Redirect = HttpActionReader.Redirect(record),
            DirectResponse = HttpActionReader.DirectResponse(record),
            Delegate = Delegate(record),
            Rewrite = HttpActionReader.Rewrite(record),
            Timeout = record.Duration("timeout", zero: true),
            Retries = RetryReader.Read(record, "retries"),
            Fault = FaultReader.Read(record),
            Mirrors = MirrorReader.Read(record),
            Cors = CorsReader.Read(record),
            Headers = HeaderReader.Read(record),
            TrafficPolicy = TrafficPolicyOf(record),
        };
        record.Done();
        Check(record, rule, isDelegate);
        return rule;
    }

    private static TrafficPolicy? TrafficPolicyOf(MeshRecord record)
    {
        if (record.Record("trafficPolicy") is not { } policy)
        {
            return null;
        }

        record.ReportKey(FindingCodes.RouteTrafficPolicy, "trafficPolicy", "a route has no trafficPolicy in Istio",
            "it holds for those destinations of the route that no DestinationRule names", "move it into a DestinationRule for the host");
        return TrafficPolicyReader.Read(policy);
    }

    private static DelegateReference? Delegate(MeshRecord parent)
    {
        if (parent.Record("delegate") is not { } record)
        {
            return null;
        }

        string? name = record.Required("name");
        string @namespace = record.Text("namespace") ?? parent.Namespace;
        record.Done();
        return name is null ? null : new DelegateReference(@namespace, name, record.Span);
    }

    private static void Check(MeshRecord record, HttpRule rule, bool isDelegate)
    {
        if (rule.Delegate is { } reference)
        {
            if (isDelegate)
            {
                record.Load.Add(FindingCodes.MeshContradiction, reference.Span, record.PathOf("delegate"), $"{record.PathOf("delegate")}: a delegate cannot delegate further");
            }

            foreach (string field in (ReadOnlySpan<string>)["route", "redirect", "directResponse"])
            {
                if (record.Has(field))
                {
                    record.ReportKey(FindingCodes.MeshContradiction, field, $"a rule with delegate must not have {field}");
                }
            }

            return;
        }

        string? answer = rule.Redirect is not null ? "redirect" : rule.DirectResponse is not null ? "directResponse" : null;
        if (answer is not null)
        {
            foreach (string field in (ReadOnlySpan<string>)["route", "fault", "rewrite", "redirect", "directResponse"])
            {
                if (field != answer && record.Has(field))
                {
                    record.ReportKey(FindingCodes.MeshContradiction, field, $"a rule cannot have both {field} and {answer}");
                }
            }
        }
        else if (rule.Destinations.Count == 0 && !record.Has("route") && !record.Has("redirect") && !record.Has("directResponse") && !record.Has("delegate"))
        {
            record.ReportHere(FindingCodes.MeshRequired, "route, redirect, directResponse or delegate is required");
        }
        else if (rule.Destinations.Count == 0 && record.Entry("route") is { Value: Yaml.YamlSequence { Items.Count: 0 } })
        {
            record.Report(FindingCodes.MeshRequired, "route", "needs at least one destination");
        }

        if (rule.Rewrite?.Uri is not null && rule.Matches.Any(static match => match.Uri is { Kind: StringMatchKind.Regex }))
        {
            record.ReportKey(FindingCodes.RewriteOfPattern, "rewrite", "uri replaces a matched prefix or an exact path, and a match of the rule is a pattern", "what the pattern matches keeps its path",
                "use uriRegexRewrite");
        }

        if (rule.Rewrite?.Authority is not null && rule.Headers.Request.Set.Concat(rule.Headers.Request.Add).Any(IsAuthority))
        {
            record.ReportKey(FindingCodes.MeshContradiction, "rewrite", "the authority is set by rewrite and by headers");
        }
    }

    private static bool IsAuthority(HeaderValue value) =>
        value.Name.Equals("host", StringComparison.OrdinalIgnoreCase) || value.Name.Equals(":authority", StringComparison.OrdinalIgnoreCase);
}
