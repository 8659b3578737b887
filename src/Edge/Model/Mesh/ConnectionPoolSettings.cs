namespace VoltageSoda.Edge.Model.Mesh;

/// <summary>Limits of a cluster. Null is Istio's default; limits that were written as 0 are null, since 0 cannot mean none.</summary>
public sealed record ConnectionPoolSettings
{
    /// <summary>Where it begins.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>Connections to all hosts.</summary>
    public int? MaxConnections { get; init; }

    /// <summary>Time for connecting, TLS included; 10 s when null, or the mesh's.</summary>
    public TimeSpan? ConnectTimeout { get; init; }

    /// <summary>SO_KEEPALIVE; null leaves it off.</summary>
    public TcpKeepaliveSettings? TcpKeepalive { get; init; }

    /// <summary>Age at which a connection is drained; null is none.</summary>
    public TimeSpan? MaxConnectionDuration { get; init; }

    /// <summary>Idle time of TCP connections; zero switches it off.</summary>
    public TimeSpan? TcpIdleTimeout { get; init; }

    /// <summary>Requests waiting for a connection.</summary>
    public int? Http1MaxPendingRequests { get; init; }

    /// <summary>Active requests of any HTTP version.</summary>
    public int? Http2MaxRequests { get; init; }

    /// <summary>Requests until a connection is closed; null is unlimited, 1 is no keep-alive.</summary>
    public int? MaxRequestsPerConnection { get; init; }

    /// <summary>Concurrent retries.</summary>
    public int? MaxRetries { get; init; }

    /// <summary>Idle time of connections without active requests; 1 h when null, <see cref="TcpIdleTimeout"/> when that is written.</summary>
    public TimeSpan? HttpIdleTimeout { get; init; }

    /// <summary>Whether HTTP/1.1 is upgraded to HTTP/2 upstream.</summary>
    public H2Upgrade H2UpgradePolicy { get; init; }

    /// <summary>Use the client's HTTP version upstream.</summary>
    public bool UseClientProtocol { get; init; }

    /// <summary>Streams of one HTTP/2 connection.</summary>
    public int? MaxConcurrentStreams { get; init; }
}

/// <summary>Upgrade to HTTP/2 upstream.</summary>
public enum H2Upgrade
{
    /// <summary>The mesh's choice (none).</summary>
    Default,

    /// <summary>Never.</summary>
    DoNotUpgrade,

    /// <summary>Always.</summary>
    Upgrade,
}

/// <summary>SO_KEEPALIVE; null members are those of the operating system.</summary>
/// <param name="Probes">Unanswered probes until the connection is dead.</param>
/// <param name="Time">Idle time before the first probe.</param>
/// <param name="Interval">Time between probes.</param>
public sealed record TcpKeepaliveSettings(int? Probes, TimeSpan? Time, TimeSpan? Interval);
