namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// Of two endpoints drawn at random the one with the lower latency average by weight (<c>kong/runloop/balancer/latency.lua</c>). Drawing two
/// instead of comparing all keeps the loops from running to the same endpoint at once. A newcomer starts with the average of the others.
/// One instance per cluster and loop; not thread-safe.
/// </summary>
public sealed class PeakLatency : ILoadBalancer
{
    private EndpointSet? _seen;

    public PickResult Pick(EndpointSet endpoints, scoped in PickQuery query)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ReadOnlySpan<int> available = endpoints.Available;
        if (available.IsEmpty)
        {
            return PickResult.None;
        }

        if (!ReferenceEquals(_seen, endpoints))
        {
            _seen = endpoints;
            SeedNewcomers(endpoints, query.Now);
        }

        int first = Untried(endpoints, available, (uint)query.Random, in query, other: -1);
        int second = Untried(endpoints, available, (uint)(query.Random >> 32), in query, other: first);
        if (first < 0)
        {
            // All have been tried: the draw alone decides.
            first = available[(int)((uint)query.Random % (uint)available.Length)];
        }

        int index = second >= 0 && Score(endpoints, second, query.Now) < Score(endpoints, first, query.Now) ? second : first;
        return new PickResult(endpoints.Endpoints[index], index);
    }

    // Latencies come from a clock of milliseconds. Less than one is no difference: an average of exactly nothing would otherwise win over one
    // that only decays towards it, and starve that endpoint.
    private static float Score(EndpointSet endpoints, int index, long now) =>
        MathF.Max(endpoints.Endpoints[index].LatencyAt(now), 1) / endpoints.Weights[index];

    // The first from a drawn place on that was not tried and is not the other candidate.
    private static int Untried(EndpointSet endpoints, ReadOnlySpan<int> available, uint draw, scoped in PickQuery query, int other)
    {
        uint count = (uint)available.Length;
        uint at = draw % count;
        for (uint step = 0; step < count; step++)
        {
            int index = available[(int)at];
            at = at + 1 == count ? 0 : at + 1;
            if (index != other && (query.Tried.IsEmpty || !query.HasTried(endpoints.Endpoints[index])))
            {
                return index;
            }
        }

        return -1;
    }

    private static void SeedNewcomers(EndpointSet endpoints, long now)
    {
        float sum = 0;
        int known = 0;
        foreach (int index in endpoints.Available)
        {
            Endpoint endpoint = endpoints.Endpoints[index];
            if (endpoint.HasLatency)
            {
                sum += endpoint.LatencyAt(now);
                known++;
            }
        }

        if (known == 0)
        {
            return;
        }

        foreach (int index in endpoints.Available)
        {
            endpoints.Endpoints[index].SeedLatency(sum / known, now);
        }
    }
}
