using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace VoltageSoda.Edge.Transport.Sockets;

/// <summary>Binds one loop's share of stock listeners. Safe from any thread.</summary>
internal sealed class SerialListenerFactory(SerialTransport transport, SerialLoop loop, ListenerSocketOptions options)
    : IConnectionListenerFactory
{
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        using (await transport.EnterBindingAsync(cancellationToken))
        {
            if (transport.StockListeners.TryGetValue(endpoint, out SharedStockListener? shared) && shared.TryJoin(loop) is { } member)
            {
                return member;
            }

            // UnsafePreferInlineScheduling only spares the stock pipes their extra hop through the pool; it is this factory's alone.
            var factory = new SocketTransportFactory(
                Options.Create(new SocketTransportOptions
                {
                    Backlog = options.Backlog,
                    MaxReadBufferSize = SerialTransport.MaxReadBuffer,
                    MaxWriteBufferSize = SerialTransport.MaxWriteBuffer,
                    UnsafePreferInlineScheduling = true,
                    CreateBoundListenSocket = CreateSocket,
                }),
                NullLoggerFactory.Instance);
            shared = new SharedStockListener(await factory.BindAsync(endpoint, cancellationToken));
            transport.StockListeners[shared.EndPoint] = shared;
            return shared.TryJoin(loop)!;
        }
    }

    private Socket CreateSocket(EndPoint endPoint)
    {
        Socket socket = endPoint is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endPoint is IPEndPoint { AddressFamily: AddressFamily.InterNetworkV6 })
            {
                socket.DualMode = !options.IPv6Only;
            }

            if (options.KeepAlive && endPoint is IPEndPoint)
            {
                SetKeepAlive(socket);
            }

            socket.Bind(endPoint);
            return socket;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket.Dispose();
            throw new AddressInUseException(exception.Message, exception);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void SetKeepAlive(Socket socket)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        SetIfGiven(socket, SocketOptionName.TcpKeepAliveTime, options.KeepAliveIdleSeconds);
        SetIfGiven(socket, SocketOptionName.TcpKeepAliveInterval, options.KeepAliveIntervalSeconds);
        SetIfGiven(socket, SocketOptionName.TcpKeepAliveRetryCount, options.KeepAliveProbes);
    }

    private static void SetIfGiven(Socket socket, SocketOptionName option, int value)
    {
        if (value > 0)
        {
            socket.SetSocketOption(SocketOptionLevel.Tcp, option, value);
        }
    }
}
