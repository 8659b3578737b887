using System.Net;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Transport.Sockets;

/// <summary>One loop's share of a stock listener. AcceptAsync is for one caller at a time and resumes on the loop.</summary>
internal sealed class SerialListener(SerialLoop loop, SharedStockListener shared) : IConnectionListener
{
    // Connections that wait for their loop; beyond it the stock listener stops accepting.
    private const int MaxWaiting = 64;

    private readonly Channel<ConnectionContext> _waiting =
        Channel.CreateBounded<ConnectionContext>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });

    public EndPoint EndPoint => shared.EndPoint;

    /// <summary>Where the stock listener leaves this loop's connections.</summary>
    public ChannelWriter<ConnectionContext> Waiting => _waiting.Writer;

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        await loop.SwitchTo();
        while (await _waiting.Reader.WaitToReadAsync(cancellationToken))
        {
            if (_waiting.Reader.TryRead(out ConnectionContext? connection))
            {
                return new SerialConnection(loop, connection);
            }
        }

        return null;
    }

    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        await shared.LeaveAsync(this);
        _waiting.Writer.TryComplete();
    }

    public async ValueTask DisposeAsync()
    {
        await UnbindAsync();
        while (_waiting.Reader.TryRead(out ConnectionContext? connection))
        {
            await connection.DisposeAsync();
        }
    }
}
