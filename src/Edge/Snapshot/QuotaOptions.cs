using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>How rate limits of all instances are counted, taken from the settings once at start. Immutable.</summary>
internal sealed record QuotaOptions
{
    /// <summary>Longest time a decision waits for Redis, milliseconds (<c>EDGE_REDIS_BUDGET</c>); a plugin's own timeout may be shorter.</summary>
    public int Budget { get; init; } = 50;

    /// <summary>Rules that cannot ask Redis count in this process (<c>EDGE_REDIS_FALLBACK=local</c>); else they let pass.</summary>
    public bool CountsLocallyWithoutStore { get; init; }

    /// <summary>Refused requests consume Redis quota, as Kong's do (<c>EDGE_KONG_EXACT</c>).</summary>
    public bool Exact { get; init; }

    /// <summary>Most tokens taken from Redis in one round trip (<c>EDGE_RATELIMIT_LEASE</c>).</summary>
    public int Lease { get; init; }

    /// <summary>Bytes of one instance's counters in this process (<c>EDGE_RATELIMIT_MEMORY</c>).</summary>
    public long LocalMemory { get; init; } = 20L << 20;

    /// <summary>Servers instead of each plugin's own (<c>EDGE_REDIS_SERVERS</c>); null for none.</summary>
    public RedisServers? Servers { get; init; }
}
