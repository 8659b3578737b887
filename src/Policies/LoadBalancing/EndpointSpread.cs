namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>Endpoints that a balancer picks among as one: what may be picked of a priority, or of a locality in it. Immutable.</summary>
/// <param name="Id">Number of the group, the same in every set of a cluster.</param>
/// <param name="Members">The endpoints that may be picked, all of them available.</param>
/// <param name="Positions">Where each stands in the whole set.</param>
public sealed record EndpointGroup(int Id, EndpointSet Members, IReadOnlyList<int> Positions);

/// <summary>
/// The groups of a set that has more than one, with the share of requests each takes. Immutable, thread-safe.
/// </summary>
public sealed class EndpointSpread
{
    // Localities of one priority that are told apart; a cluster is not spread over more places.
    private const int MaxLocalities = 1024;

    private readonly PriorityLoads _loads;
    private readonly Level[] _levels;

    private EndpointSpread(PriorityLoads loads, Level[] levels)
    {
        _loads = loads;
        _levels = levels;
    }

    /// <summary>The group that a draw belongs to; it may be empty.</summary>
    /// <param name="random">The draw.</param>
    /// <param name="excluded">Priorities to pass by while others can take their load, one bit each.</param>
    public EndpointGroup Choose(ulong random, uint excluded = 0)
    {
        Level level = _levels[_loads.Choose(random, excluded)];
        if (level.Groups.Length == 1)
        {
            return level.Groups[0];
        }

        // Other bits than those that chose the priority.
        double at = (RandomBits.Next(random) >> 11) * (1.0 / (1UL << 53)) * level.UpTo[^1];
        for (int i = 0; i < level.UpTo.Length - 1; i++)
        {
            if (at < level.UpTo[i])
            {
                return level.Groups[i];
            }
        }

        return level.Groups[^1];
    }

    /// <summary>Groups what may be picked of a set; null when there is but one group.</summary>
    internal static EndpointSpread? Of(EndpointSet set, EndpointLayout layout, PriorityLoads loads)
    {
        int priorities = loads.Loads.Length;
        if (priorities == 1 && (layout.LocalityWeights.Length < 2 || loads.IsPanicking(0)))
        {
            return null;
        }

        Level[] levels = new Level[priorities];
        for (int priority = 0; priority < priorities; priority++)
        {
            levels[priority] = LevelOf(set, layout, priority, loads.IsPanicking(priority));
        }

        return new EndpointSpread(loads, levels);
    }

    private static Level LevelOf(EndpointSet set, EndpointLayout layout, int priority, bool panics)
    {
        List<int> members = [.. Enumerable.Range(0, set.Endpoints.Length).Where(i => layout.PriorityOf(i) == priority && set.Weights[i] > 0)];
        List<EndpointGroup> groups = [];
        List<double> upTo = [];
        double reached = 0;
        if (!panics && layout.LocalityWeights.Length > 1)
        {
            foreach (IGrouping<int, int> locality in members.GroupBy(layout.LocalityOf).OrderBy(static group => group.Key))
            {
                int[] healthy = [.. locality.Where(set.IsHealthy)];

                // A locality keeps its weight until fewer than 100 / 140 of its endpoints are healthy.
                double weight = layout.LocalityWeights[locality.Key] * Math.Min(1, 1.4 * healthy.Length / locality.Count());
                if (weight > 0)
                {
                    groups.Add(Group(set, layout, (priority * MaxLocalities) + locality.Key, healthy));
                    upTo.Add(reached += weight);
                }
            }
        }

        if (groups.Count == 0)
        {
            bool unweighted = layout.LocalityWeights.Length < 2 || panics;
            int[] all = [.. members.Where(i => unweighted && (panics || set.IsHealthy(i)))];
            groups.Add(Group(set, layout, (priority * MaxLocalities) + MaxLocalities - 1, all));
            upTo.Add(1);
        }

        return new Level([.. groups], [.. upTo]);
    }

    private static EndpointGroup Group(EndpointSet set, EndpointLayout layout, int id, int[] positions) => new(
        id,
        new EndpointSet(
            [.. positions.Select(i => set.Endpoints[i])],
            [.. positions.Select(i => set.Weights[i])],
            EndpointLayout.Plain with { SlowStart = layout.SlowStart }),
        positions);

    private sealed record Level(EndpointGroup[] Groups, double[] UpTo);
}
