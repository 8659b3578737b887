using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Transport.Loop;

namespace VoltageSoda.Edge.Tests.Transport;

/// <summary>One transport with listeners that hand their connections to a test's handler on the loop. Owned by one test.</summary>
internal sealed class TransportBench : IAsyncDisposable
{
    private readonly List<IConnectionListener> _listeners = [];
    private readonly List<Task> _accepting = [];

    public TransportBench(TransportKind kind, TransportOptions? options = null)
    {
        Transport = TransportProbe.Create(kind, options ?? new TransportOptions { LoopCount = 1 });
    }

    public ITransport Transport { get; }

    public EventLoop Loop => Transport.Loops[0];

    /// <summary>The address of the first listener.</summary>
    public EndPoint EndPoint => _listeners[0].EndPoint;

    /// <summary>Listens on a loop; each connection is handled, then disposed.</summary>
    public async Task<EndPoint> ListenAsync(
        Func<ConnectionContext, Task> handler, EndPoint? endPoint = null, EventLoop? loop = null, ListenerSocketOptions? options = null)
    {
        loop ??= Loop;
        IConnectionListener listener = await Transport.CreateListenerFactory(loop, options ?? new ListenerSocketOptions())
            .BindAsync(endPoint ?? new IPEndPoint(IPAddress.Loopback, 0));
        _listeners.Add(listener);
        _accepting.Add(await loop.RunAsync(() => Task.FromResult(AcceptAsync(listener, handler))));
        return listener.EndPoint;
    }

    /// <summary>Listens and gives the connections one by one instead of handling them.</summary>
    public async Task<Func<Task<ConnectionContext>>> ListenForOneAsync()
    {
        var accepted = System.Threading.Channels.Channel.CreateUnbounded<ConnectionContext>();
        await ListenAsync(connection =>
        {
            accepted.Writer.TryWrite(connection);
            return new TaskCompletionSource().Task;
        });
        return async () => await accepted.Reader.ReadAsync().AsTask().WaitAsync(LoopRunner.Limit);
    }

    /// <summary>A stock socket connected to the first listener.</summary>
    public async Task<Socket> ConnectSocketAsync(EndPoint? endPoint = null)
    {
        endPoint ??= EndPoint;
        var socket = new Socket(
            endPoint.AddressFamily, SocketType.Stream, endPoint is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        await socket.ConnectAsync(endPoint).WaitAsync(LoopRunner.Limit);
        return socket;
    }

    /// <summary>A stock socket and its accepted other side.</summary>
    public async Task<(Socket Client, ConnectionContext Server)> ConnectPairAsync()
    {
        Func<Task<ConnectionContext>> next = await ListenForOneAsync();
        Socket client = await ConnectSocketAsync();
        return (client, await next());
    }

    /// <summary>Unbinds the first listener and waits until its accept loop has ended.</summary>
    public async Task UnbindAsync()
    {
        await _listeners[0].UnbindAsync();
        await _accepting[0].WaitAsync(LoopRunner.Limit);
    }

    /// <summary>Waits until every connection of the loops is closed, and checks that no buffer is missing.</summary>
    public async Task ExpectNothingLeftAsync()
    {
        foreach (EventLoop loop in Transport.Loops)
        {
            await Eventually.TrueAsync(() => loop.OpenConnections == 0, "every connection is closed");
            if (loop is EpollLoop epoll)
            {
                Assert.Equal(0, await loop.RunAsync(() => Task.FromResult(epoll.Buffers.Outstanding)));
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IConnectionListener listener in _listeners)
        {
            await listener.DisposeAsync().AsTask().WaitAsync(LoopRunner.Limit);
        }

        await Task.WhenAll(_accepting).WaitAsync(LoopRunner.Limit);
        await Transport.DisposeAsync().AsTask().WaitAsync(LoopRunner.Limit);
    }

    private static async Task AcceptAsync(IConnectionListener listener, Func<ConnectionContext, Task> handler)
    {
        while (await listener.AcceptAsync() is { } connection)
        {
            _ = HandleAsync(connection, handler);
        }
    }

    private static async Task HandleAsync(ConnectionContext connection, Func<ConnectionContext, Task> handler)
    {
        try
        {
            await handler(connection);
        }
        catch (ConnectionResetException)
        {
        }
        catch (ConnectionAbortedException)
        {
        }

        await connection.DisposeAsync();
    }
}
