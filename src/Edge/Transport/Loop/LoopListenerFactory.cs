using System.Net;
using Microsoft.AspNetCore.Connections;

namespace VoltageSoda.Edge.Transport.Loop;

/// <summary>Binds listeners of one loop. Safe from any thread.</summary>
internal sealed class LoopListenerFactory(EpollLoop loop, SharedListeners shared, ListenerSocketOptions options) : IConnectionListenerFactory
{
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        ListenerSocket socket = ListenerSocket.NeedsSharing(endpoint, options)
            ? shared.OpenOrShare(endpoint, options)
            : ListenerSocket.Open(endpoint, options);
        var listener = new LoopListener(loop, socket);
        await loop.SwitchTo();
        listener.Start();
        return listener;
    }
}
