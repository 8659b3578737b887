using System.IO.Pipelines;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Downstream;

// The end of a connection.
internal sealed partial class Http1Connection
{
    private bool _closing;

    // Half-closes, then reads what the client still sends for a while: closing with unread bytes would reset the connection and take
    // the answer with it.
    private async Task CloseAsync(bool linger)
    {
        try
        {
            // A transport of ours sends and closes when it is disposed; a FIN of its own would only cost a system call.
            if (linger || _life is null)
            {
                // The timer also ends the wait for a client that takes nothing of what is still unsent.
                ServingOptions options = _options;
                _closing = true;
                _timedOut = false;
                _worker.Loop.Timers.Schedule(this, _worker.Loop.NowMilliseconds + options.LingerTimeout);
                await _output.CompleteAsync();
                if (linger && !_reset)
                {
                    await LingerAsync(options.LingerBytes);
                }
            }
        }
        catch (IOException)
        {
            // The client is gone already.
        }
        finally
        {
            _worker.Loop.Timers.Remove(this);
            await _input.CompleteAsync();
            await _transport.DisposeAsync();
        }
    }

    private void NoteClose(Exchange exchange)
    {
        if (exchange.KeepAlive)
        {
            return;
        }

        _closeReason = exchange.Failure switch
        {
            Failure.DownstreamGone => CloseReason.ClientReset,
            Failure.DownstreamInvalid => exchange.WireError == WireError.HeadTimeout ? CloseReason.RequestTimeout : CloseReason.ProtocolError,
            Failure.DownstreamTimeout => CloseReason.RequestTimeout,
            Failure.DownstreamSlow => CloseReason.WriteTimeout,
            Failure.UpstreamTruncated => CloseReason.UpstreamAborted,
            Failure.Internal => CloseReason.InternalError,
            _ when _closeReason == CloseReason.Tunnel => CloseReason.Tunnel,
            _ when _worker.State.IsDraining => CloseReason.Drain,
            _ when _worker.State.Pressure != MemoryPressure.None => CloseReason.Memory,
            _ when !MayServeMore => CloseReason.Limit,
            _ => CloseReason.Completed,
        };
        if (_closeReason == CloseReason.Limit)
        {
            _worker.Metrics.LimitHit(LimitKind.ConnectionRequests);
        }
    }

    private void CountOpen()
    {
        if (_gateway?.Stats is { } stats)
        {
            stats.Count(GatewayCounter.Connections, _worker.Loop.Id);
            stats.Count(GatewayCounter.TlsConnections, _worker.Loop.Id, _gateway.IsTls ? 1 : 0);
        }
    }

    private void CountClose()
    {
        if (_gateway?.Stats is not { } stats)
        {
            return;
        }

        stats.Count(GatewayCounter.ConnectionsClosed, _worker.Loop.Id);
        GatewayCounter? why = _closeReason switch
        {
            CloseReason.IdleTimeout => GatewayCounter.IdleTimeouts,
            CloseReason.ProtocolError => GatewayCounter.ProtocolErrors,
            CloseReason.Drain => GatewayCounter.DrainCloses,
            _ => null,
        };
        if (why is { } counter)
        {
            stats.Count(counter, _worker.Loop.Id);
        }
    }

    private async Task LingerAsync(long left)
    {
        while (left > 0 && !_timedOut)
        {
            ReadResult read = await _input.ReadAsync();
            left -= read.Buffer.Length;
            _input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted || read.IsCanceled)
            {
                break;
            }
        }
    }
}
