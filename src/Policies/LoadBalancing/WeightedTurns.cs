namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// Envoy's ROUND_ROBIN (<c>envoy: round_robin_lb.cc</c>): a plain cycle while weights are equal, else turns by earliest deadline first, which spread
/// the picks of one endpoint out. One instance per cluster and loop; not thread-safe.
/// </summary>
/// <param name="start">Where the cycle begins (random), so that neither loops nor processes start in step.</param>
public sealed class WeightedTurns(uint start = 0) : ILoadBalancer
{
    private readonly RoundRobin _cycle = new(start);
    private readonly ScheduledTurns _turns = new(start, byLoad: false);

    public PickResult Pick(EndpointSet endpoints, scoped in PickQuery query)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        if (endpoints.AvailableCount == 0)
        {
            return PickResult.None;
        }

        if (endpoints.HasEqualWeights && !endpoints.IsWarming(query.Now))
        {
            return _cycle.Pick(endpoints, in query);
        }

        int index = _turns.Pick(endpoints, in query);
        return new PickResult(endpoints.Endpoints[index], index);
    }
}
