namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// Envoy's RANDOM (<c>envoy: random_lb.cc</c>): every available endpoint alike, whatever its weight. Stateless, thread-safe.
/// </summary>
public sealed class RandomEndpoint : ILoadBalancer
{
    private const int MaxDraws = 6;

    /// <summary>The one instance: it has no state.</summary>
    public static RandomEndpoint Instance { get; } = new();

    public PickResult Pick(EndpointSet endpoints, scoped in PickQuery query)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ReadOnlySpan<int> available = endpoints.Available;
        if (available.IsEmpty)
        {
            return PickResult.None;
        }

        ulong random = query.Random;
        int index = available[RandomBits.Below((uint)random, available.Length)];
        for (int draw = 1; draw < MaxDraws && query.HasTried(endpoints.Endpoints[index]); draw++)
        {
            random = RandomBits.Next(random);
            index = available[RandomBits.Below((uint)random, available.Length)];
        }

        index = Untried.Or(index, endpoints, in query);
        return new PickResult(endpoints.Endpoints[index], index);
    }
}
