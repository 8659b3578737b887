using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;

namespace VoltageSoda.Edge.Transport.Sockets;

/// <summary>
/// The portable transport: Kestrel's stock sockets with each loop as a serial executor. No process-wide switch is set, so that the process's
/// other sockets behave as usual. Safe from any thread.
/// </summary>
internal sealed class SerialTransport : ITransport
{
    /// <summary>Bytes the stock transport receives ahead of the reader, per connection.</summary>
    public const int MaxReadBuffer = 128 * 1024;

    /// <summary>One byte: a flush completes when the socket has taken everything, as with epoll.</summary>
    public const int MaxWriteBuffer = 1;

    private readonly SerialLoop[] _loops;
    private readonly SocketConnectionContextFactory _connections;
    private readonly SemaphoreSlim _binding = new(1, 1);

    public SerialTransport(TransportOptions options)
    {
        int count = options.LoopCount > 0 ? options.LoopCount : Environment.ProcessorCount;
        _loops = new SerialLoop[count];
        for (int i = 0; i < count; i++)
        {
            _loops[i] = new SerialLoop(i, options);
            _loops[i].Start();
        }

        _connections = new SocketConnectionContextFactory(
            new SocketConnectionFactoryOptions
            {
                MaxReadBufferSize = MaxReadBuffer,
                MaxWriteBufferSize = MaxWriteBuffer,
                UnsafePreferInlineScheduling = true,
            },
            NullLogger.Instance);
    }

    public string Name => "sockets";

    public IReadOnlyList<EventLoop> Loops => _loops;

    /// <summary>Stock listeners by bound endpoint; only between EnterBindingAsync and its disposal.</summary>
    public Dictionary<EndPoint, SharedStockListener> StockListeners { get; } = [];

    public IConnectionListenerFactory CreateListenerFactory(EventLoop loop, ListenerSocketOptions options) =>
        new SerialListenerFactory(this, (SerialLoop)loop, options);

    public async ValueTask<ConnectResult> ConnectAsync(
        EventLoop loop, EndPoint endPoint, int timeoutMs, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeoutMs, 1);
        Socket? socket = null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeoutMs);
        try
        {
            socket = endPoint is UnixDomainSocketEndPoint
                ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
                : new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(endPoint, limit.Token);
            return new ConnectResult(new SerialConnection((SerialLoop)loop, _connections.Create(socket)));
        }
        catch (OperationCanceledException)
        {
            socket?.Dispose();
            return new ConnectResult(cancellationToken.IsCancellationRequested ? ConnectFailure.Canceled : ConnectFailure.TimedOut);
        }
        catch (SocketException exception)
        {
            socket?.Dispose();
            return new ConnectResult(ToFailure(exception.SocketErrorCode), exception.NativeErrorCode);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (SerialLoop loop in _loops)
        {
            await loop.StopAsync();
        }

        _connections.Dispose();
        _binding.Dispose();
    }

    /// <summary>Binds one listener at a time.</summary>
    public async ValueTask<IDisposable> EnterBindingAsync(CancellationToken cancellationToken)
    {
        await _binding.WaitAsync(cancellationToken);
        return new Leave(_binding);
    }

    private static ConnectFailure ToFailure(SocketError error) => error switch
    {
        SocketError.ConnectionRefused or SocketError.AddressNotAvailable => ConnectFailure.Refused,
        SocketError.TimedOut => ConnectFailure.TimedOut,
        SocketError.NetworkDown or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.HostUnreachable
            => ConnectFailure.Unreachable,
        SocketError.ConnectionReset or SocketError.ConnectionAborted => ConnectFailure.Reset,
        SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable => ConnectFailure.NoResources,
        SocketError.AccessDenied or SocketError.AddressFamilyNotSupported => ConnectFailure.NotPermitted,
        _ => ConnectFailure.Other,
    };

    private sealed class Leave(SemaphoreSlim semaphore) : IDisposable
    {
        public void Dispose() => semaphore.Release();
    }
}
