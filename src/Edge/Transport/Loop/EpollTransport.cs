using System.Net;
using Microsoft.AspNetCore.Connections;

namespace VoltageSoda.Edge.Transport.Loop;

/// <summary>The transport of own event loops on Linux epoll. Safe from any thread.</summary>
internal sealed class EpollTransport : ITransport
{
    private readonly EpollLoop[] _loops;
    private readonly SharedListeners _shared = new();

    /// <param name="options">How the loops work.</param>
    /// <param name="rings">Whether each loop carries out its calls through an io_uring; see <see cref="TransportKind.Uring"/>.</param>
    public EpollTransport(TransportOptions options, bool rings = false)
    {
        Name = rings ? "uring" : "epoll";
        int count = options.LoopCount > 0 ? options.LoopCount : Environment.ProcessorCount;
        _loops = new EpollLoop[count];
        for (int i = 0; i < count; i++)
        {
            _loops[i] = new EpollLoop(i, options, rings ? CreateRing() : null);
        }

        foreach (EpollLoop loop in _loops)
        {
            loop.Start();
        }
    }

    public string Name { get; }

    public IReadOnlyList<EventLoop> Loops => _loops;

    public IConnectionListenerFactory CreateListenerFactory(EventLoop loop, ListenerSocketOptions options) =>
        new LoopListenerFactory((EpollLoop)loop, _shared, options);

    public ValueTask<ConnectResult> ConnectAsync(
        EventLoop loop, EndPoint endPoint, int timeoutMs, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeoutMs, 1);
        return loop.IsCurrent
            ? LoopConnect.Begin((EpollLoop)loop, endPoint, timeoutMs, cancellationToken)
            : ConnectFromElsewhereAsync((EpollLoop)loop, endPoint, timeoutMs, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (EpollLoop loop in _loops)
        {
            await loop.StopAsync();
        }
    }

    private static IoRing CreateRing()
    {
        int error = IoRing.TryCreate(EpollLoop.RingCapacity, out IoRing? ring);
        return ring ?? throw LinuxError.ToException("io_uring_setup", error);
    }

    private static async ValueTask<ConnectResult> ConnectFromElsewhereAsync(
        EpollLoop loop, EndPoint endPoint, int timeoutMs, CancellationToken cancellationToken)
    {
        await loop.SwitchTo();
        return await LoopConnect.Begin(loop, endPoint, timeoutMs, cancellationToken);
    }
}
