namespace VoltageSoda.Edge.Transport;

/// <summary>Socket options of one listener; immutable. Accepted connections inherit them where Linux does.</summary>
public sealed record ListenerSocketOptions
{
    /// <summary>Length of the accept queue asked for; the kernel caps it at net.core.somaxconn. nginx's default is 511.</summary>
    public int Backlog { get; init; } = 511;

    /// <summary>Kong's <c>deferred</c>: TCP_DEFER_ACCEPT, a connection shows up with its first bytes.</summary>
    public bool DeferAccept { get; init; }

    /// <summary>Kong's <c>reuseport</c>: one SO_REUSEPORT socket per loop. Without it the loops share one socket.</summary>
    public bool ReusePort { get; init; } = true;

    /// <summary>Kong's <c>so_keepalive=on</c>: SO_KEEPALIVE.</summary>
    public bool KeepAlive { get; init; }

    /// <summary>Kong's <c>so_keepalive=idle::</c>, seconds; 0 leaves the system's value.</summary>
    public int KeepAliveIdleSeconds { get; init; }

    /// <summary>Kong's <c>so_keepalive=:interval:</c>, seconds; 0 leaves the system's value.</summary>
    public int KeepAliveIntervalSeconds { get; init; }

    /// <summary>Kong's <c>so_keepalive=::count</c>, probes; 0 leaves the system's value.</summary>
    public int KeepAliveProbes { get; init; }

    /// <summary>Kong's <c>ipv6only</c>, on as in nginx: a listener on [::] takes no IPv4.</summary>
    public bool IPv6Only { get; init; } = true;
}
