using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace VoltageSoda.Edge.Transport.Sockets;

/// <summary>
/// A connection of Kestrel's stock socket transport that belongs to a loop: completions of its pipes are posted there. Owned by whoever
/// accepted or connected it. To be used on the loop, except Abort and DisposeAsync.
/// </summary>
/// <remarks>
/// The stock transport receives ahead of the reader, up to its buffer limit, and a reset drops what it had received: these are its two
/// differences from the epoll transport.
/// </remarks>
internal sealed class SerialConnection : ConnectionContext, IDuplexPipe, IConnectionLifeSignal, IProbedConnection
{
    private readonly SerialLoop _loop;
    private readonly ConnectionContext _inner;
    private readonly Socket? _socket;
    private readonly SerialInput _input;
    private readonly SerialOutput _output;
    private IDuplexPipe _transport;
    private ConnectionFeatures? _features;
    private IDictionary<object, object?>? _items;
    private IConnectionLifeObserver? _lifeObserver;
    private bool _disposed;

    public SerialConnection(SerialLoop loop, ConnectionContext inner)
    {
        _loop = loop;
        _inner = inner;
        _socket = inner.Features.Get<IConnectionSocketFeature>()?.Socket;
        _input = new SerialInput(this, loop, inner.Transport.Input);
        _output = new SerialOutput(this, loop, inner.Transport.Output);
        _transport = this;
        ConnectionClosed = inner.ConnectionClosed;
        Interlocked.Increment(ref loop.OpenConnectionCount);
        inner.ConnectionClosed.UnsafeRegister(
            static state =>
            {
                var self = (SerialConnection)state!;
                self._loop.Post(static connection => ((SerialConnection)connection!).OnInnerClosed(), self);
            },
            this);
    }

    public void KeepAlive(TcpKeepAlive settings)
    {
        _socket?.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        Set(SocketOptionName.TcpKeepAliveTime, settings.Time);
        Set(SocketOptionName.TcpKeepAliveInterval, settings.Interval);
        Set(SocketOptionName.TcpKeepAliveRetryCount, settings.Probes);

        void Set(SocketOptionName option, int value)
        {
            if (value > 0)
            {
                _socket?.SetSocketOption(SocketOptionLevel.Tcp, option, value);
            }
        }
    }

    public override string ConnectionId
    {
        get => _inner.ConnectionId;
        set => _inner.ConnectionId = value;
    }

    public override EndPoint? LocalEndPoint
    {
        get => _inner.LocalEndPoint;
        set => _inner.LocalEndPoint = value;
    }

    public override EndPoint? RemoteEndPoint
    {
        get => _inner.RemoteEndPoint;
        set => _inner.RemoteEndPoint = value;
    }

    public override CancellationToken ConnectionClosed { get; set; }

    public override IDictionary<object, object?> Items
    {
        get => _items ??= new ConnectionItems();
        set => _items = value;
    }

    public override IFeatureCollection Features => _features ??= new ConnectionFeatures(this);

    public override IDuplexPipe Transport
    {
        get => _transport;
        set => _transport = value;
    }

    PipeReader IDuplexPipe.Input => _input;

    PipeWriter IDuplexPipe.Output => _output;

    public bool IsReset { get; private set; }

    public bool IsHalfClosed { get; private set; }

    public bool EndsQuietly { get; set; }

    public IConnectionLifeObserver? LifeObserver
    {
        get => _lifeObserver;
        set => _lifeObserver = value;
    }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        IsReset = true;
        _inner.Abort(abortReason);
    }

    /// <summary>A read of the stock pipe threw: the connection was reset or aborted.</summary>
    public void OnReadFailed(Exception exception)
    {
        if (exception is ConnectionResetException or ConnectionAbortedException)
        {
            IsReset = true;
        }
    }

    public void ShutdownSending()
    {
        if (!_disposed)
        {
            _socket?.Shutdown(SocketShutdown.Send);
        }
    }

    [SuppressMessage("Usage", "CA2215", Justification = "The base class holds nothing.")]
    public override ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return default;
        }

        _disposed = true;
        Interlocked.Decrement(ref _loop.OpenConnectionCount);
        _ = LingerAsync();
        return default;
    }

    // Sends what is left in the background, for a limited time.
    private async Task LingerAsync()
    {
        Task closing = _inner.DisposeAsync().AsTask();
        try
        {
            await closing.WaitAsync(TimeSpan.FromMilliseconds(_loop.Options.LingerMilliseconds)).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _inner.Abort(new ConnectionAbortedException("The peer did not take the last bytes in time."));
        }
    }

    private void OnInnerClosed()
    {
        if (_disposed)
        {
            return;
        }

        // A receive that failed has marked the socket as no longer connected; a FIN has not.
        if (_socket is { Connected: true } && !IsReset)
        {
            IsHalfClosed = true;
            _lifeObserver?.OnHalfClosed();
        }
        else
        {
            IsReset = true;
            _lifeObserver?.OnReset();
        }
    }
}
