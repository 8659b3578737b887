using System.Collections.Immutable;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>What the DestinationRules of a host say together. Immutable.</summary>
/// <param name="Policy">The top-level policy of the first rule that has one.</param>
/// <param name="Subsets">Subsets of all rules, of a name the first.</param>
/// <param name="Rules">Where the rules stand, the one whose policy holds first.</param>
internal sealed record MergedDestinationRule(
    TrafficPolicy? Policy, IReadOnlyDictionary<string, DestinationSubset> Subsets, ImmutableArray<SourceSpan> Rules);

/// <summary>
/// Finds the rules of a host (<c>istio: pilot/pkg/model/push_context.go</c>, destinationRule, and <c>destination_rule.go</c>): in the namespace of the
/// proxy, then of the service, then the root; in each the exact host, else the longest wildcard. Immutable, thread-safe.
/// </summary>
internal sealed class DestinationRuleTable
{
    private readonly string _proxyNamespace;
    private readonly LabelSet _proxyLabels;
    private readonly Dictionary<string, List<DestinationRule>> _byNamespace = [];

    /// <param name="rules">In Istio's order.</param>
    /// <param name="proxyNamespace">Namespace the edge counts as being in.</param>
    /// <param name="proxyLabels">Labels of the edge, which a rule with a workload selector asks for.</param>
    public DestinationRuleTable(IReadOnlyList<DestinationRule> rules, string proxyNamespace, LabelSet proxyLabels)
    {
        _proxyNamespace = proxyNamespace;
        _proxyLabels = proxyLabels;
        foreach (DestinationRule rule in rules.Where(IsVisible))
        {
            if (!_byNamespace.TryGetValue(rule.Namespace, out List<DestinationRule>? list))
            {
                _byNamespace.Add(rule.Namespace, list = []);
            }

            list.Add(rule);
        }
    }

    /// <summary>The rules of a host; null when none speaks of it.</summary>
    /// <param name="host">Full name.</param>
    /// <param name="serviceNamespace">Namespace of the service; null when nothing describes the host, then rules of any namespace count.</param>
    public MergedDestinationRule? Find(string host, string? serviceNamespace)
    {
        // In the root namespace a proxy has no rules of its own before those of the service.
        IEnumerable<string> order = _proxyNamespace == MeshModel.RootNamespace ? [] : [_proxyNamespace];
        order = serviceNamespace is not null ? order.Append(serviceNamespace) : order.Concat(_byNamespace.Keys.Order(StringComparer.Ordinal));
        foreach (string ns in order.Append(MeshModel.RootNamespace).Distinct())
        {
            if (_byNamespace.TryGetValue(ns, out List<DestinationRule>? rules) && Most(rules, host) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private static MergedDestinationRule? Most(List<DestinationRule> rules, string host)
    {
        string? best = rules.Where(rule => MeshHosts.Covers(rule.ResolvedHost, host)).Select(static rule => rule.ResolvedHost)
            .OrderBy(static name => name.StartsWith('*')).ThenByDescending(static name => name.Length).FirstOrDefault();
        return best is null ? null : Merge([.. rules.Where(rule => rule.ResolvedHost.Equals(best, StringComparison.OrdinalIgnoreCase))]);
    }

    private static MergedDestinationRule Merge(DestinationRule[] rules)
    {
        Dictionary<string, DestinationSubset> subsets = new(StringComparer.Ordinal);
        foreach (DestinationSubset subset in rules.SelectMany(static rule => rule.Subsets))
        {
            subsets.TryAdd(subset.Name, subset);
        }

        DestinationRule? first = rules.FirstOrDefault(static rule => rule.TrafficPolicy is not null);
        return new MergedDestinationRule(
            first?.TrafficPolicy, subsets, [.. rules.OrderBy(rule => rule != first).Select(static rule => rule.Span)]);
    }

    private bool IsVisible(DestinationRule rule)
    {
        if (rule.WorkloadSelector is { } selector)
        {
            return rule.Namespace == _proxyNamespace && selector.Selects(_proxyLabels);
        }

        return rule.ExportTo.Count == 0 || rule.ExportTo.Any(to => to == "*" || to == _proxyNamespace || (to == "." && rule.Namespace == _proxyNamespace));
    }
}
