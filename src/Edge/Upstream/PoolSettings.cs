using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Upstream;

/// <summary>Limits of the connection pools of one process; per loop and endpoint unless said otherwise. Immutable.</summary>
/// <param name="MaxIdle">Idle connections kept (Kong's <c>upstream_keepalive_pool_size</c>).</param>
/// <param name="MaxRequests">Requests on one connection before it is closed; 0 without limit (<c>upstream_keepalive_max_requests</c>).</param>
/// <param name="IdleMilliseconds">How long a connection may be idle.</param>
/// <param name="MaxAgeMilliseconds">How old a connection may grow before it is closed at the end of an exchange; 0 without limit.</param>
/// <param name="MaxPendingPerEndpoint">Requests of one loop that may wait for a connection to one endpoint.</param>
/// <param name="PendingMilliseconds">How long a request may wait for a connection permit.</param>
internal sealed record PoolSettings(
    int MaxIdle,
    int MaxRequests,
    int IdleMilliseconds,
    int MaxAgeMilliseconds,
    int MaxPendingPerEndpoint,
    int PendingMilliseconds)
{
    /// <summary>Probes of idle connections; null leaves them off.</summary>
    public TcpKeepAlive? KeepAlive { get; init; }

    public static PoolSettings Default { get; } = new(512, 1000, 55_000, 0, 1024, 60_000);
}
