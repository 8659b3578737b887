using System.Net;
using System.Net.Sockets;

namespace VoltageSoda.Edge.Tests.Transport;

/// <summary>A TCP listener whose accept queue is full: the kernel drops further SYNs, so that a connect to it never completes.</summary>
internal sealed class FullListener : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _clients = [];

    public FullListener()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(0);
        EndPoint = _listener.LocalEndPoint!;

        // A backlog of 0 admits one, or two while the kernel counts lazily; the rest stay in SYN_SENT.
        for (int i = 0; i < 4; i++)
        {
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            _clients.Add(client);
            try
            {
                client.Connect(EndPoint);
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.WouldBlock)
            {
            }
        }
    }

    public EndPoint EndPoint { get; }

    public void Dispose()
    {
        _clients.ForEach(client => client.Dispose());
        _listener.Dispose();
    }
}
