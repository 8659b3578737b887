using System.Collections.Immutable;

namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// Places the keys of each priority over what may be picked of it (<c>envoy: thread_aware_lb_impl.cc</c>, normalizeWeights): an endpoint's share is its
/// part of the weight, of its locality's where localities weigh. Stateless.
/// </summary>
internal static class KeyPlacements
{
    /// <summary>One placement per priority.</summary>
    public static ImmutableArray<HashPlacement> Of(EndpointSet set, EndpointLayout layout, PriorityLoads loads)
    {
        ImmutableArray<HashPlacement>.Builder placements = ImmutableArray.CreateBuilder<HashPlacement>(loads.Loads.Length);
        for (int priority = 0; priority < loads.Loads.Length; priority++)
        {
            placements.Add(layout.Keys!.Place(Owners(set, layout, priority, loads.IsPanicking(priority))));
        }

        return placements.MoveToImmutable();
    }

    private static List<KeyOwner> Owners(EndpointSet set, EndpointLayout layout, int priority, bool panics)
    {
        int[] all = [.. Enumerable.Range(0, set.Endpoints.Length).Where(i => layout.PriorityOf(i) == priority && set.Weights[i] > 0)];
        int[] members = [.. all.Where(i => panics || set.IsHealthy(i))];
        if (layout.LocalityWeights.Length < 2)
        {
            double sum = members.Sum(i => (long)set.Weights[i]);
            return [.. members.Select(i => new KeyOwner(set.Endpoints[i].Address, set.Weights[i] / sum, i))];
        }

        double weights = all.Select(layout.LocalityOf).Distinct().Sum(locality => (long)layout.LocalityWeights[locality]);
        List<KeyOwner> owners = [];
        foreach (IGrouping<int, int> locality in members.GroupBy(layout.LocalityOf).OrderBy(static group => group.Key))
        {
            double share = layout.LocalityWeights[locality.Key] / weights;
            double sum = locality.Sum(i => (long)set.Weights[i]);
            owners.AddRange(share > 0 ? locality.Select(i => new KeyOwner(set.Endpoints[i].Address, set.Weights[i] * share / sum, i)) : []);
        }

        return owners;
    }
}
