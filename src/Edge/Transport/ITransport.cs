using System.Net;
using Microsoft.AspNetCore.Connections;

namespace VoltageSoda.Edge.Transport;

/// <summary>
/// Sockets on loops: listeners for the downstream side, connects for the upstream side. Safe from any thread, except that a loop cannot
/// dispose its transport: nothing would be left to continue on.
/// </summary>
public interface ITransport : IAsyncDisposable
{
    /// <summary>"uring", "epoll" or "sockets", as shown in the start-up log.</summary>
    string Name { get; }

    /// <summary>The loops, one per core unless configured. They run until the transport is disposed.</summary>
    IReadOnlyList<EventLoop> Loops { get; }

    /// <summary>
    /// A factory whose listeners deliver connections that belong to <paramref name="loop"/>. Bind the same endpoint once per loop:
    /// with epoll each has its own SO_REUSEPORT socket (Unix sockets share one), with sockets one stock listener deals its
    /// connections round-robin to the loops that bound it. To bind port 0 on several loops, bind the first and give the others
    /// the endpoint it reports.
    /// </summary>
    /// <remarks>
    /// <see cref="IConnectionListener.AcceptAsync"/> completes inline on the loop and gives null after UnbindAsync, once the
    /// connections that had already arrived were delivered.
    /// </remarks>
    IConnectionListenerFactory CreateListenerFactory(EventLoop loop, ListenerSocketOptions options);

    /// <summary>
    /// Connects to an IP or Unix endpoint. Returns a connection owned by <paramref name="loop"/> or a typed failure; it does not
    /// throw for what the network does. Call it on the loop; from elsewhere it is posted there.
    /// </summary>
    /// <param name="loop">The loop that will own the connection.</param>
    /// <param name="endPoint">IPEndPoint or UnixDomainSocketEndPoint; names are resolved elsewhere.</param>
    /// <param name="timeoutMs">Time to connect, milliseconds, at least 1.</param>
    /// <param name="cancellationToken">Gives the connect up with <see cref="ConnectFailure.Canceled"/>.</param>
    ValueTask<ConnectResult> ConnectAsync(EventLoop loop, EndPoint endPoint, int timeoutMs, CancellationToken cancellationToken = default);
}
