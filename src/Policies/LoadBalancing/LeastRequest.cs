namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// Envoy's LEAST_REQUEST (<c>envoy: least_request_lb.cc</c>). Equal weights: of two endpoints drawn with replacement the one with fewer requests in
/// flight, the first on a tie. Different weights, or endpoints that warm up: weighted turns with weight / (in flight + 1)^bias. One instance per
/// cluster and loop; not thread-safe.
/// </summary>
/// <param name="start">Where weighted turns begin, so that loops do not start in step.</param>
/// <param name="bias">How much requests in flight count against a weight; 0 not at all.</param>
public sealed class LeastRequest(uint start = 0, double bias = 1) : ILoadBalancer
{
    // As many as Istio lets a further attempt ask for an endpoint that was not tried.
    private const int MaxDraws = 6;

    private readonly ScheduledTurns _turns = new(start, byLoad: true, bias);

    public PickResult Pick(EndpointSet endpoints, scoped in PickQuery query)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ReadOnlySpan<int> available = endpoints.Available;
        if (available.IsEmpty)
        {
            return PickResult.None;
        }

        int index;
        if (!endpoints.HasEqualWeights || endpoints.IsWarming(query.Now))
        {
            index = _turns.Pick(endpoints, in query);
        }
        else
        {
            index = Better(endpoints, available, query.Random);
            if (!query.Tried.IsEmpty)
            {
                index = Untouched(endpoints, available, index, in query);
            }
        }

        return new PickResult(endpoints.Endpoints[index], index);
    }

    private static int Better(EndpointSet endpoints, ReadOnlySpan<int> available, ulong random)
    {
        int first = available[RandomBits.Below((uint)random, available.Length)];
        int second = available[RandomBits.Below((uint)(random >> 32), available.Length)];
        return endpoints.Endpoints[second].ActiveRequests < endpoints.Endpoints[first].ActiveRequests ? second : first;
    }

    private static int Untouched(EndpointSet endpoints, ReadOnlySpan<int> available, int index, scoped in PickQuery query)
    {
        ulong random = query.Random;
        for (int draw = 1; draw < MaxDraws && query.HasTried(endpoints.Endpoints[index]); draw++)
        {
            random = RandomBits.Next(random);
            index = Better(endpoints, available, random);
        }

        return Untried.Or(index, endpoints, in query);
    }
}
