using System.Net;

namespace VoltageSoda.Edge.Transport.Loop;

/// <summary>The listening sockets that several loops watch. Thread-safe; used when listeners are bound, not while serving.</summary>
internal sealed class SharedListeners
{
    private readonly Lock _lock = new();
    private readonly Dictionary<EndPoint, ListenerSocket> _sockets = [];

    public ListenerSocket OpenOrShare(EndPoint endPoint, ListenerSocketOptions options)
    {
        lock (_lock)
        {
            if (_sockets.TryGetValue(endPoint, out ListenerSocket? socket) && socket.TryShare())
            {
                return socket;
            }

            // Port 0 is kept under the port it became, so that it always means a new socket.
            socket = ListenerSocket.Open(endPoint, options);
            _sockets[socket.EndPoint] = socket;
            return socket;
        }
    }
}
