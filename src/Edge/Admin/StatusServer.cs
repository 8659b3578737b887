using System.Net;
using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Admin;

/// <summary>
/// The HTTP server of the status and admin endpoints, on Kestrel's own sockets and threads, apart from the event loops. Thread-safe
/// after start; owned by the host.
/// </summary>
public sealed class StatusServer : IAsyncDisposable
{
    /// <summary>Binds nothing yet.</summary>
    public StatusServer(
        StatusServerOptions options, IEdgeState state, EdgeMetrics metrics, NodeIdentity node, ILoggerFactory logs, TimeProvider time) =>
        throw new NotImplementedException();

    /// <summary>Bound status addresses, with the real port where 0 was asked for.</summary>
    public IReadOnlyList<EndPoint> StatusAddresses => throw new NotImplementedException();

    /// <summary>Bound admin addresses.</summary>
    public IReadOnlyList<EndPoint> AdminAddresses => throw new NotImplementedException();

    /// <summary>Binds and serves; throws <see cref="IOException"/> when an address is taken. Does nothing when no address is given.</summary>
    public Task StartAsync(CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Stops listening and ends open connections.</summary>
    public Task StopAsync(CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Stops if still running.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
