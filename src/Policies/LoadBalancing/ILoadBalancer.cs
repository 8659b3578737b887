namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// Chooses the endpoint of an attempt. One instance belongs to one cluster on one loop and is not thread-safe: its position moves
/// without contention. Nothing is reserved by a pick: the caller counts the request at the endpoint.
/// </summary>
public interface ILoadBalancer
{
    PickResult Pick(EndpointSet endpoints, scoped in PickQuery query);
}

/// <summary>What a balancer may look at. The span is borrowed for the call.</summary>
public readonly ref struct PickQuery
{
    /// <summary>Endpoints already tried for this exchange. Avoided while another available endpoint exists.</summary>
    public ReadOnlySpan<Endpoint> Tried { get; init; }

    /// <summary>Hash of what hash_on names, for balancers that hash.</summary>
    public ulong Hash { get; init; }

    /// <summary>Whether <see cref="Hash"/> is the hash of a key, for balancers to which a request without one matters.</summary>
    public bool HasKey { get; init; }

    /// <summary>Random bits drawn by the caller, for balancers that sample.</summary>
    public ulong Random { get; init; }

    /// <summary>Milliseconds on the clock of the reports, for balancers whose knowledge decays.</summary>
    public long Now { get; init; }

    /// <summary>Priorities that were tried in vain, one bit each: passed by while another can take their load.</summary>
    public uint ExcludedPriorities { get; init; }

    /// <summary>Whether an endpoint was tried before.</summary>
    public bool HasTried(Endpoint endpoint)
    {
        foreach (Endpoint one in Tried)
        {
            if (ReferenceEquals(one, endpoint))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>The endpoint picked, or none when no endpoint of the set is available.</summary>
public readonly record struct PickResult(Endpoint? Endpoint, int Index)
{
    public static PickResult None => new(null, -1);
}
