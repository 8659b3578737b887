namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// The weighted turns of one balancer on one loop: an <see cref="EdfSchedule"/> that follows the set. Not thread-safe.
/// </summary>
/// <param name="start">Where the cycle begins.</param>
/// <param name="byLoad">Whether requests in flight divide a weight.</param>
/// <param name="bias">Exponent of that divisor.</param>
internal sealed class ScheduledTurns(uint start, bool byLoad, double bias = 1)
{
    // A further attempt asks again this often before the first untried endpoint is taken (Istio: host_selection_retry_max_attempts).
    private const int MaxDraws = 6;

    private readonly EdfSchedule _schedule = new();
    private EndpointSet? _seen;

    /// <summary>The index of the endpoint whose turn it is; the set has at least one that is available.</summary>
    public int Pick(EndpointSet endpoints, scoped in PickQuery query)
    {
        Weight weight = new(endpoints, query.Now, byLoad, bias);
        if (!ReferenceEquals(_seen, endpoints))
        {
            _seen = endpoints;
            _schedule.Reset(endpoints.Available, start, ref weight);
        }

        int index = _schedule.Pick(ref weight);
        for (int draw = 1; draw < MaxDraws && query.HasTried(endpoints.Endpoints[index]); draw++)
        {
            index = _schedule.Pick(ref weight);
        }

        return Untried.Or(index, endpoints, in query);
    }

    private readonly struct Weight(EndpointSet endpoints, long now, bool byLoad, double bias) : IEndpointWeight
    {
        public double Of(int index)
        {
            double weight = endpoints.WeightAt(index, now);
            if (!byLoad)
            {
                return weight;
            }

            double load = endpoints.Endpoints[index].ActiveRequests + 1;
            return weight / (bias == 1 ? load : Math.Pow(load, bias));
        }
    }
}

/// <summary>Avoids endpoints that were tried, while another is available. Stateless.</summary>
internal static class Untried
{
    /// <summary>The index itself unless its endpoint was tried: then the next available one that was not, if there is any.</summary>
    public static int Or(int index, EndpointSet endpoints, scoped in PickQuery query)
    {
        if (query.Tried.IsEmpty || !query.HasTried(endpoints.Endpoints[index]))
        {
            return index;
        }

        ReadOnlySpan<int> available = endpoints.Available;
        int at = available.BinarySearch(index);
        for (int step = 1; step < available.Length; step++)
        {
            at = at + 1 >= available.Length ? 0 : at + 1;
            if (!query.HasTried(endpoints.Endpoints[available[at]]))
            {
                return available[at];
            }
        }

        return index;
    }
}
