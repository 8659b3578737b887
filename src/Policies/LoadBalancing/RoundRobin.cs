namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// Smooth weighted round robin: over any whole cycle each available endpoint is picked exactly as often as its weight says, and
/// picks of one endpoint are spread out. One instance per cluster and loop; not thread-safe. Equal weights cost one step, different ones
/// a pass over the available endpoints.
/// </summary>
/// <remarks>
/// Different weights follow nginx's scheme: every endpoint gains its weight, the richest is picked and pays the total. Its state is
/// rebuilt when the set changes, keeping what the surviving endpoints had.
/// </remarks>
public sealed class RoundRobin : ILoadBalancer
{
    private EndpointSet? _seen;
    private long[] _credits = [];
    private uint _next;

    /// <param name="start">Where the cycle begins (any number), so that loops do not start in step.</param>
    public RoundRobin(uint start = 0)
    {
        _next = start;
    }

    public PickResult Pick(EndpointSet endpoints, scoped in PickQuery query)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        if (endpoints.AvailableCount == 0)
        {
            return PickResult.None;
        }

        int index = endpoints.HasEqualWeights ? PickNext(endpoints, in query) : PickRichest(endpoints, in query);
        return new PickResult(endpoints.Endpoints[index], index);
    }

    private int PickNext(EndpointSet endpoints, scoped in PickQuery query)
    {
        ReadOnlySpan<int> available = endpoints.Available;
        uint count = (uint)available.Length;
        uint at = _next < count ? _next : _next % count;
        int first = available[(int)at];
        for (uint step = 0; step < count; step++)
        {
            int index = available[(int)at];
            at = at + 1 == count ? 0 : at + 1;
            if (query.Tried.IsEmpty || !query.HasTried(endpoints.Endpoints[index]))
            {
                _next = at;
                return index;
            }
        }

        // All have been tried: the next in turn serves again.
        _next = at + 1 == count ? 0 : at + 1;
        return first;
    }

    private int PickRichest(EndpointSet endpoints, scoped in PickQuery query)
    {
        if (!ReferenceEquals(_seen, endpoints))
        {
            Adopt(endpoints);
        }

        long[] credits = _credits;
        long total = 0;
        int best = -1;
        int bestUntried = -1;
        foreach (int index in endpoints.Available)
        {
            long weight = endpoints.Weights[index];
            total += weight;
            credits[index] += weight;
            best = best < 0 || credits[index] > credits[best] ? index : best;
            if (!query.Tried.IsEmpty && !query.HasTried(endpoints.Endpoints[index]))
            {
                bestUntried = bestUntried < 0 || credits[index] > credits[bestUntried] ? index : bestUntried;
            }
        }

        best = bestUntried >= 0 ? bestUntried : best;
        credits[best] -= total;
        return best;
    }

    // Endpoints that stay keep their credit; newcomers start at zero. The credits of a cycle sum to zero, and a survivor's is bounded by
    // the former total, so the new cycle settles within one round.
    private void Adopt(EndpointSet endpoints)
    {
        long[] credits = new long[endpoints.Endpoints.Length];
        if (_seen is not null)
        {
            for (int i = 0; i < credits.Length; i++)
            {
                int former = _seen.Endpoints.IndexOf(endpoints.Endpoints[i]);
                credits[i] = former >= 0 && former < _credits.Length && endpoints.Weights[i] == _seen.Weights[former] ? _credits[former] : 0;
            }
        }

        bool isFirst = _seen is null;
        _credits = credits;
        _seen = endpoints;
        for (uint i = isFirst ? _next % (uint)endpoints.AvailableCount : 0; i > 0; i--)
        {
            PickRichest(endpoints, default);
        }
    }
}
