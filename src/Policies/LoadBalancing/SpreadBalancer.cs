namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// Picks a group of the set's <see cref="EndpointSet.Spread"/> by its share and an endpoint in it by a balancer that the group has for its own; where
/// a set is one group it costs one comparison. One instance per cluster and loop; not thread-safe. Allocates at the first pick of a group.
/// </summary>
/// <param name="make">Makes the balancer of a group.</param>
public sealed class SpreadBalancer(Func<ILoadBalancer> make) : ILoadBalancer
{
    private const int MaxDraws = 6;

    private readonly ILoadBalancer _whole = make();
    private readonly Dictionary<int, ILoadBalancer> _groups = [];

    public PickResult Pick(EndpointSet endpoints, scoped in PickQuery query)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        return endpoints.Spread is { } spread
            ? PickSpread(endpoints, spread, in query)
            : _whole.Pick(endpoints, in query);
    }

    private PickResult PickSpread(EndpointSet endpoints, EndpointSpread spread, scoped in PickQuery query)
    {
        ulong random = query.Random;
        PickResult result = PickResult.None;
        for (int draw = 0; draw < MaxDraws; draw++)
        {
            EndpointGroup group = spread.Choose(random, query.ExcludedPriorities);
            PickQuery inner = new() { Tried = query.Tried, Hash = query.Hash, Random = random, Now = query.Now };
            PickResult pick = Of(group.Id).Pick(group.Members, in inner);
            if (pick.Endpoint is { } endpoint)
            {
                result = new PickResult(endpoint, group.Positions[pick.Index]);
                if (query.Tried.IsEmpty || !query.HasTried(endpoint))
                {
                    return result;
                }
            }

            random = RandomBits.Next(random);
        }

        return result;
    }

    private ILoadBalancer Of(int group)
    {
        if (!_groups.TryGetValue(group, out ILoadBalancer? balancer))
        {
            _groups.Add(group, balancer = make());
        }

        return balancer;
    }
}
