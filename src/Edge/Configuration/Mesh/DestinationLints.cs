using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Whether destinations have the subsets that routes name, and what becomes of several rules for one host.</summary>
internal static class DestinationLints
{
    /// <summary>Checks a model.</summary>
    public static void Check(MeshLoad load, MeshModel model)
    {
        ILookup<string, DestinationRule> rules = model.DestinationRules.ToLookup(static rule => rule.ResolvedHost, StringComparer.Ordinal);
        foreach (IGrouping<string, DestinationRule> group in rules)
        {
            Several(load, [.. group]);
        }

        DestinationRule[] wildcards = [.. model.DestinationRules.Where(static rule => rule.Host.StartsWith('*')).OrderByDescending(static rule => rule.Host.Length)];
        foreach (VirtualService service in model.VirtualServices)
        {
            foreach (HttpRule rule in service.Http)
            {
                IEnumerable<Destination> destinations = rule.Destinations.Select(static route => route.Destination).Concat(rule.Mirrors.Select(static mirror => mirror.Destination));
                foreach (Destination destination in destinations)
                {
                    Subset(load, service, destination, wildcards, rules);
                }
            }
        }
    }

    // Istio takes the first rule's policy and only the subsets of the others (pilot/pkg/model/destination_rule.go).
    private static void Several(MeshLoad load, IReadOnlyList<DestinationRule> rules)
    {
        if (rules.Count < 2 || rules.Any(static rule => rule.WorkloadSelector is not null))
        {
            return;
        }

        DestinationRule first = rules[0];
        HashSet<string> subsets = [.. first.Subsets.Select(static subset => subset.Name)];
        foreach (DestinationRule later in rules.Skip(1).Where(rule => rule.Namespace == first.Namespace))
        {
            List<string> ignored = [];
            if (later.TrafficPolicy is { } policy)
            {
                Name(policy.LoadBalancer, "loadBalancer", ignored);
                Name(policy.ConnectionPool, "connectionPool", ignored);
                Name(policy.OutlierDetection, "outlierDetection", ignored);
                Name(policy.Tls, "tls", ignored);
                Name(policy.PortLevelSettings.Count > 0 ? policy : null, "portLevelSettings", ignored);
            }

            ignored.AddRange(later.Subsets.Where(subset => subsets.Contains(subset.Name)).Select(static subset => $"subset '{subset.Name}'"));
            string kept = string.Join(", ", later.Subsets.Where(subset => subsets.Add(subset.Name)).Select(static subset => $"'{subset.Name}'"));
            load.Add(FindingCodes.RulesForOneHost, later.HostSpan, "spec.host",
                $"DestinationRule {later.Name}: {first.Name} ({first.HostSpan.From(later.HostSpan)}) is for the same host and comes first by name"
                + (ignored.Count == 0 ? "" : $"; of this one {string.Join(", ", ignored)} {(ignored.Count == 1 ? "is" : "are")} ignored, in Istio as here"),
                kept.Length == 0 ? "nothing of it holds" : $"its subsets {kept} hold", "merge them into one document");
        }
    }

    private static void Subset(MeshLoad load, VirtualService service, Destination destination, DestinationRule[] wildcards, ILookup<string, DestinationRule> rules)
    {
        if (destination.Subset is not { } name)
        {
            return;
        }

        List<DestinationRule> applying = [.. rules[destination.ResolvedHost]];
        if (applying.Count == 0)
        {
            DestinationRule? wildcard = Array.Find(wildcards, rule => MeshNames.Covers(rule.Host, destination.ResolvedHost));
            applying = wildcard is null ? [] : [wildcard];
        }

        if (applying.Any(rule => rule.Subsets.Any(subset => subset.Name == name)))
        {
            return;
        }

        string? nearest = NearestName.Find(name, applying.SelectMany(static rule => rule.Subsets).Select(static subset => subset.Name));
        load.Add(FindingCodes.MissingSubset, destination.Span, "spec.http",
            $"VirtualService {service.Name}: no DestinationRule for {destination.ResolvedHost} {(applying.Count == 0 ? "exists" : "defines the subset")}, so that subset '{name}' is unknown",
            "requests to it are answered 503 (NC); EDGE_MISSING_SUBSET=whole-service uses every endpoint",
            nearest is null ? "define it in subsets of a DestinationRule" : $"did you mean '{nearest}'?");
    }

    private static void Name(object? block, string name, List<string> names)
    {
        if (block is not null)
        {
            names.Add(name);
        }
    }
}
