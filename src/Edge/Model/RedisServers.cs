namespace VoltageSoda.Edge.Model;

/// <summary>How the servers of a Redis are arranged.</summary>
public enum RedisTopology
{
    /// <summary>One server, or an address that always leads to the primary. A server that turns out to be a cluster's is used as such.</summary>
    Single,

    /// <summary>The named nodes know the rest.</summary>
    Cluster,

    /// <summary>The named servers are sentinels, which know the primary.</summary>
    Sentinel,
}

/// <summary>Servers that all Redis rules use instead of their own host and port (<c>EDGE_REDIS_SERVERS</c>). Immutable.</summary>
/// <param name="Topology">Arrangement.</param>
/// <param name="Servers">Host and port of each, in the order given.</param>
/// <param name="ServiceName">What sentinels call the primary; null otherwise.</param>
public sealed record RedisServers(RedisTopology Topology, IReadOnlyList<string> Servers, string? ServiceName)
{
    /// <summary>ACL user at the sentinels.</summary>
    public string? SentinelUser { get; init; }

    /// <summary>Password at the sentinels.</summary>
    public Secret? SentinelPassword { get; init; }
}
