namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// Picks by <see cref="PickQuery.Hash"/> along the set's <see cref="EndpointSet.Placement"/>: the first available endpoint from where the key
/// lands. A further attempt goes to the next distinct one (Kong repeats the same). Stateless, thread-safe, allocates nothing.
/// </summary>
public sealed class ConsistentHash : ILoadBalancer
{
    /// <summary>The one instance: it has no state.</summary>
    public static ConsistentHash Instance { get; } = new();

    public PickResult Pick(EndpointSet endpoints, scoped in PickQuery query)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        if (endpoints.AvailableCount == 0 || endpoints.Placement is not { Count: > 0 } placement)
        {
            return PickResult.None;
        }

        int position = placement.Find(query.Hash);
        int first = -1;
        for (int step = placement.Count; step > 0; step--)
        {
            int index = placement.OwnerAt(position);
            if (endpoints.IsAvailable(index))
            {
                Endpoint endpoint = endpoints.Endpoints[index];
                if (!query.HasTried(endpoint))
                {
                    return new PickResult(endpoint, index);
                }

                first = first < 0 ? index : first;
            }

            position = placement.Next(position);
        }

        // All have been tried, or what is available got no point: the key's own, else any that is available.
        first = first < 0 ? endpoints.Available[0] : first;
        return new PickResult(endpoints.Endpoints[first], first);
    }
}
