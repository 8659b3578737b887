namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// Envoy's choice by key (<c>envoy: thread_aware_lb_impl.cc</c>): the key decides the priority and, on that priority's placement, the endpoint. A request
/// without key has a random one, so that endpoints get such requests by their shares of the keys; or it is left to another balancer. One
/// instance per cluster and loop; as thread-safe as that other one.
/// </summary>
/// <param name="rest">Picks where no key is placed.</param>
/// <param name="keyless">Whether that one picks for requests without key too.</param>
public sealed class KeyedEndpoint(ILoadBalancer rest, bool keyless = false) : ILoadBalancer
{
    private const int MaxDraws = 6;

    public PickResult Pick(EndpointSet endpoints, scoped in PickQuery query)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        if (!query.HasKey && keyless)
        {
            return rest.Pick(endpoints, in query);
        }

        ulong hash = query.HasKey ? query.Hash : query.Random;
        HashPlacement? placement = endpoints.PlacementFor(hash);
        if (placement is null || placement.Count == 0 || endpoints.AvailableCount == 0)
        {
            // Between a change of health and the placement that follows it, what is left of the set serves.
            return rest.Pick(endpoints, in query);
        }

        int refused = -1;
        for (int draw = 0; draw < MaxDraws; draw++)
        {
            int index = placement.OwnerAt(placement.Find(hash, draw));
            if (endpoints.IsAvailable(index))
            {
                if (query.Tried.IsEmpty || !query.HasTried(endpoints.Endpoints[index]))
                {
                    return new PickResult(endpoints.Endpoints[index], index);
                }

                refused = index;
            }
        }

        return Walk(endpoints, placement, hash, refused, in query);
    }

    // Slot by slot, where the draws found no endpoint: few are available, or most were tried.
    private PickResult Walk(EndpointSet endpoints, HashPlacement placement, ulong hash, int refused, scoped in PickQuery query)
    {
        int position = placement.Find(hash);
        for (int step = placement.Count; step > 0; step--)
        {
            int index = placement.OwnerAt(position);
            if (endpoints.IsAvailable(index))
            {
                if (!query.HasTried(endpoints.Endpoints[index]))
                {
                    return new PickResult(endpoints.Endpoints[index], index);
                }

                refused = refused < 0 ? index : refused;
            }

            position = placement.Next(position);
        }

        return refused < 0 ? rest.Pick(endpoints, in query) : new PickResult(endpoints.Endpoints[refused], refused);
    }
}
