namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// The endpoint with the lowest (requests in flight + 1) / weight over all loops (<c>kong/runloop/balancer/least_connections.lua</c>); the one
/// added lets a heavier endpoint come first while all are idle. Ties take turns. One instance per cluster and loop; not thread-safe.
/// </summary>
/// <param name="start">Where turns begin, so that loops do not start in step.</param>
public sealed class LeastConnections(uint start = 0) : ILoadBalancer
{
    private uint _turn = start;

    public PickResult Pick(EndpointSet endpoints, scoped in PickQuery query)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ReadOnlySpan<int> available = endpoints.Available;
        if (available.IsEmpty)
        {
            return PickResult.None;
        }

        int best = Least(endpoints, available, in query, skipTried: !query.Tried.IsEmpty);
        if (best < 0)
        {
            best = Least(endpoints, available, in query, skipTried: false);
        }

        return new PickResult(endpoints.Endpoints[best], best);
    }

    private int Least(EndpointSet endpoints, ReadOnlySpan<int> available, scoped in PickQuery query, bool skipTried)
    {
        int at = (int)(_turn++ % (uint)available.Length);
        int best = -1;
        long bestLoad = 0;
        long bestWeight = 1;
        for (int step = 0; step < available.Length; step++)
        {
            int index = available[at];
            at = at + 1 == available.Length ? 0 : at + 1;
            Endpoint endpoint = endpoints.Endpoints[index];
            if (skipTried && query.HasTried(endpoint))
            {
                continue;
            }

            // a/b < c/d without division: weights and counts are small.
            long load = endpoint.ActiveRequests + 1L;
            long weight = endpoints.Weights[index];
            if (best < 0 || load * bestWeight < bestLoad * weight)
            {
                best = index;
                bestLoad = load;
                bestWeight = weight;
            }
        }

        return best;
    }
}
