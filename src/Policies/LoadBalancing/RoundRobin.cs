namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// Smooth weighted round robin: over any whole cycle each available endpoint is picked exactly as often as its weight says, and
/// picks of one endpoint are spread out. One instance per cluster and loop; not thread-safe.
/// </summary>
public sealed class RoundRobin : ILoadBalancer
{
    /// <param name="start">Where the cycle begins (any number), so that loops do not start in step.</param>
    public RoundRobin(uint start = 0)
    {
        _ = start;
    }

    public PickResult Pick(EndpointSet endpoints, scoped in PickQuery query) => throw new NotImplementedException();
}
