using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Exchanges.Mesh;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Relay;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Downstream;

/// <summary>
/// One client connection that speaks HTTP/1.1: reads heads, hands each to the exchange runner, and ends the connection the way the last
/// answer needs. One request is served at a time, so answers keep their order and pipelined heads wait in the pipe. Loop-thread only;
/// holds no exchange memory while idle.
/// </summary>
internal sealed partial class Http1Connection : TimerEntry, IConnectionLifeObserver, IDownstream
{
    // What a client that is in the middle of a head gets for the rest of it once the edge ends.
    private const int LastHeadMs = 1000;

    private readonly EdgeWorker _worker;
    private readonly GatewayEntry? _gateway;
    private readonly ServingOptions _options;
    private readonly UriScheme _scheme;
    private readonly ConnectionContext _transport;
    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly ConnectionFacts _facts;
    private readonly ITransferProgress? _progress;
    private readonly IConnectionLifeSignal? _life;
    private RequestRules _rules = null!;
    private Exchange? _exchange;
    private TunnelRelay? _tunnel;
    private ConnectionPhase _phase = ConnectionPhase.Waiting;
    private CloseReason _closeReason = CloseReason.ClientClosed;
    private int _served;
    private bool _timedOut;
    private bool _reset;
    private bool _stopping;
    private long _headsUntil = long.MaxValue;

    /// <param name="worker">The loop.</param>
    /// <param name="transport">The accepted connection; owned from here on.</param>
    /// <param name="facts">What is known of it.</param>
    /// <param name="gateway">Where it came in; null on a Kong listener.</param>
    public Http1Connection(EdgeWorker worker, ConnectionContext transport, in ConnectionFacts facts, GatewayEntry? gateway = null)
    {
        _worker = worker;
        _gateway = gateway;
        _options = gateway is null ? worker.Options : worker.GatewayOptions;
        _transport = transport;
        _input = transport.Transport.Input;
        _output = transport.Transport.Output;
        _facts = facts;
        _scheme = HeadRules.SchemeOf(in facts, _options.Forwarded.Trusted);
        _progress = transport as ITransferProgress;
        _life = transport as IConnectionLifeSignal;
        Serial = worker.NextConnectionSerial();
    }

    private enum HeadOutcome
    {
        Complete,
        Refused,
        Ended,
    }

    /// <summary>Whether another request may follow on this connection (<c>EDGE_LIMIT_CONN_REQUESTS</c>).</summary>
    public bool MayServeMore => _options.MaxRequestsPerConnection == 0 || _served < _options.MaxRequestsPerConnection;

    public bool IsHalfClosed => _life is { IsHalfClosed: true };

    public long Serial { get; }

    public int Served => _served;

    public ClientAddress LocalAddress => _transport.LocalEndPoint is IPEndPoint local ? ClientAddress.From(local.Address) : default;

    public GatewayEntry? Gateway => _gateway;

    public EndPoint? LocalEndPoint => _transport.LocalEndPoint;

    /// <summary>Nothing is being answered. A head that is not whole is no exchange yet: nobody can say that a request was lost with it.</summary>
    public bool IsIdle => (_exchange is null || _phase == ConnectionPhase.Reading) && _tunnel is null;

    /// <summary>Serves until the connection ends. Never throws.</summary>
    public async Task ServeAsync()
    {
        _worker.Metrics.ConnectionOpened();
        CountOpen();
        if (_life is { } life)
        {
            life.LifeObserver = this;
            life.EndsQuietly = true;
        }

        bool linger = false;
        try
        {
            linger = await ServeRequestsAsync();
        }
        catch (IOException)
        {
            _closeReason = CloseReason.ClientReset;
        }
        catch (Exception exception)
        {
            _closeReason = CloseReason.InternalError;
            _worker.Crashed(_transport, exception);
        }
        finally
        {
            if (_exchange is { } left)
            {
                _exchange = null;
                EndBody(left);
                _worker.Return(left);
            }

            _worker.Metrics.ConnectionClosed(_phase, _closeReason);
            CountClose();
        }

        await CloseAsync(linger);
    }

    /// <summary>Ends an idle connection now and a busy one after its answer; loop-thread only.</summary>
    public void StopPolitely()
    {
        _stopping = true;
        if (_exchange is null && _tunnel is null)
        {
            _input.CancelPendingRead();
        }
        else if (_phase == ConnectionPhase.Reading)
        {
            // A head that comes in pieces, or never, must not hold the drain until its own timeout.
            _headsUntil = _worker.Loop.NowMilliseconds + LastHeadMs;
            _worker.Loop.Timers.Schedule(this, HeadDeadline(_exchange!));
        }
    }

    /// <summary>Cuts whatever goes on; loop-thread only.</summary>
    public void Cut()
    {
        _closeReason = CloseReason.Drain;
        _tunnel?.Stop();
        _exchange?.ClientGone();
        _transport.Abort();
    }

    public void OnHalfClosed()
    {
        // The client has said all it will say and may still read: an answer that is on its way is delivered.
        _exchange?.ClientHalfClosed();
    }

    public void OnReset()
    {
        _reset = true;
        _exchange?.ClientGone();
        _tunnel?.Stop();
    }

    /// <summary>
    /// Bytes the client took while flushes waited. A transport that cannot tell is given the benefit of the doubt: there only the silence
    /// timeout ends a write.
    /// </summary>
    public long BytesMoved => _progress?.BytesMoved ?? _worker.Loop.NowMilliseconds * (1L << 20);

    /// <summary>
    /// Reads what is left of a request body after its answer, within the drain limits, so that the connection can be kept; false when it
    /// has to end.
    /// </summary>
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    public async ValueTask<bool> DrainBodyAsync(Exchange exchange)
    {
        ServingOptions options = _options;
        Http1BodySource body = exchange.RequestBody;
        long until = body.BytesRead + options.DrainBodyBytes;
        _worker.Loop.Timers.Schedule(this, _worker.Loop.NowMilliseconds + options.DrainBodyTimeout);
        try
        {
            while (true)
            {
                switch (body.TryRead(out _))
                {
                    case BodyEvent.Data when body.BytesRead <= until:
                        body.Advance();
                        break;
                    case BodyEvent.Blocked:
                        await body.WaitAsync();
                        break;
                    case BodyEvent.End:
                        return true;
                    default:
                        return false;
                }
            }
        }
        finally
        {
            _worker.Loop.Timers.Cancel(this);
        }
    }

    /// <summary>Carries an upgraded connection until either side ends.</summary>
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder))]
    public async ValueTask TunnelAsync(Exchange exchange)
    {
        _tunnel = new TunnelRelay(
            _worker.Loop, _transport.Transport, exchange.Attempt.Connection!.Transport.Transport, _options.TunnelIdleTimeout);
        await _tunnel.RunAsync();
        exchange.TunnelBytes = _tunnel.BytesToClient;
        _tunnel = null;
        _closeReason = CloseReason.Tunnel;
    }

    protected internal override void OnExpired(long nowMs)
    {
        _timedOut = true;
        _input.CancelPendingRead();
        if (_closing)
        {
            _output.CancelPendingFlush();
        }
    }

    // True when the connection has to be closed so that the last answer still gets through.
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ServeRequestsAsync()
    {
        while (true)
        {
            HeadOutcome outcome = await ReadHeadAsync();
            if (outcome == HeadOutcome.Ended)
            {
                return false;
            }

            Exchange exchange = _exchange!;
            Move(ConnectionPhase.Writing);
            _served++;
            if (outcome == HeadOutcome.Refused)
            {
                WireError error = exchange.WireError;
                await (_gateway is null ? ExchangeRunner.RefuseAsync(exchange, error) : MeshRunner.RefuseAsync(exchange, error));
            }
            else
            {
                await (_gateway is null ? ExchangeRunner.RunAsync(exchange) : MeshRunner.RunAsync(exchange));
            }

            bool keep = exchange.KeepAlive && !_reset;
            bool truncated = exchange.Failure is Failure.UpstreamTruncated or Failure.DownstreamSlow;
            bool linger = MaySendMore(exchange, outcome);
            NoteClose(exchange);
            EndBody(exchange);
            _exchange = null;
            _worker.Return(exchange);
            if (keep)
            {
                continue;
            }

            if (truncated || _reset)
            {
                // The client must be able to see that the body is not whole, also where only the end of the connection ends it.
                _transport.Abort();
                return false;
            }

            return linger;
        }
    }

    // A client that announced the end and whose message is read whole sends nothing more: a close cannot reset the answer.
    private static bool MaySendMore(Exchange exchange, HeadOutcome outcome) =>
        outcome == HeadOutcome.Refused
        || exchange.Request.KeepAlive
        || (exchange.HasBody && !exchange.RequestBody.IsComplete);

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    private async ValueTask<HeadOutcome> ReadHeadAsync()
    {
        EventLoop loop = _worker.Loop;
        bool inHead = false;
        while (true)
        {
            // A part of a head that was examined would be offered again by TryRead: only ReadAsync waits for more.
            ReadResult read = default;
            if (inHead || !_input.TryRead(out read))
            {
                if (!inHead)
                {
                    Move(ConnectionPhase.Waiting);
                    if (_stopping || _worker.State.IsDraining)
                    {
                        _closeReason = CloseReason.Drain;
                        return HeadOutcome.Ended;
                    }

                    loop.Timers.Schedule(this, loop.NowMilliseconds + _options.IdleTimeout);
                }

                read = await _input.ReadAsync();
                loop.Timers.Cancel(this);
            }

            ReadOnlySequence<byte> buffer = read.Buffer;
            if (read.IsCanceled)
            {
                if (inHead)
                {
                    RequestHeadReader.Abandon(in buffer, _exchange!.Request);
                }

                _input.AdvanceTo(buffer.Start, buffer.End);
                return Interrupted(inHead);
            }

            if (buffer.IsEmpty)
            {
                _input.AdvanceTo(buffer.End);
                if (read.IsCompleted)
                {
                    return EndedInHead(inHead);
                }

                continue;
            }

            if (!inHead)
            {
                inHead = true;
                Begin(loop.NowMilliseconds);
            }

            Exchange exchange = _exchange!;
            ParseResult result = RequestHeadReader.Read(
                in buffer, exchange.Request, _rules, out SequencePosition consumed, out WireError error);
            if (result == ParseResult.Complete)
            {
                BeginBody(exchange, buffer, consumed, read.IsCompleted);
                return HeadOutcome.Complete;
            }

            if (result == ParseResult.Refused)
            {
                exchange.WireError = error;
                if (error.ClosesConnection())
                {
                    // Nothing further on this connection is parsed.
                    _input.AdvanceTo(buffer.End);
                }
                else
                {
                    BeginBody(exchange, buffer, consumed, read.IsCompleted);
                }

                return HeadOutcome.Refused;
            }

            if (read.IsCompleted)
            {
                RequestHeadReader.Abandon(buffer.Slice(consumed), exchange.Request);
            }

            _input.AdvanceTo(consumed, buffer.End);
            if (read.IsCompleted)
            {
                return EndedInHead(inHead);
            }

            loop.Timers.Schedule(this, HeadDeadline(exchange));
        }
    }

    // Counts from the first byte and is not moved by further ones.
    private long HeadDeadline(Exchange exchange) => Math.Min(exchange.StartedAt + _options.HeadTimeout, _headsUntil);

    private void Begin(long now)
    {
        Exchange exchange = _worker.Rent();
        exchange.Downstream = this;
        exchange.Output = _output;
        exchange.Connection = _facts;
        exchange.StartedAt = now;
        _exchange = exchange;
        if (_gateway is null)
        {
            _rules = _worker.Snapshots.Current.HeadRules.For(_scheme);
        }
        else
        {
            _rules = _worker.GatewayHeads.For(_scheme);
            exchange.EnterMesh(_gateway);
        }

        Move(ConnectionPhase.Reading);
    }

    private void BeginBody(Exchange exchange, in ReadOnlySequence<byte> buffer, SequencePosition consumed, bool ended)
    {
        ServingOptions options = _options;
        exchange.ClientWrite.Reset(options.StreamIdleTimeout, options.MinResponseRate, options.RateGrace);
        if (!exchange.Request.Framing.HasBody)
        {
            _input.AdvanceTo(consumed);
            return;
        }

        exchange.HasBody = true;

        // A gRPC stream is a request for as long as its client has something to say.
        bool isStream = GrpcReply.IsGrpc(exchange.Request.Headers);
        exchange.ClientRead.Reset(
            options.StreamIdleTimeout, options.MinBodyRate, options.RateGrace, isStream ? long.MaxValue : exchange.StartedAt + options.RequestTimeout);
        exchange.RequestBody.Begin(_input, _life, exchange.Request.Framing, buffer.Slice(consumed), ended, options.MaxRequestBody);
    }

    private static void EndBody(Exchange exchange)
    {
        if (exchange.HasBody)
        {
            exchange.HasBody = false;
            exchange.RequestBody.End();
        }
    }

    private HeadOutcome Interrupted(bool inHead)
    {
        if (_timedOut)
        {
            _timedOut = false;
            if (inHead)
            {
                _exchange!.WireError = WireError.HeadTimeout;
                _closeReason = CloseReason.RequestTimeout;
                return HeadOutcome.Refused;
            }

            _closeReason = CloseReason.IdleTimeout;
            return HeadOutcome.Ended;
        }

        _closeReason = _reset ? CloseReason.ClientReset : CloseReason.Drain;
        return HeadOutcome.Ended;
    }

    private HeadOutcome EndedInHead(bool inHead)
    {
        if (!inHead)
        {
            return HeadOutcome.Ended;
        }

        _exchange!.WireError = WireError.EndOfInput;
        return HeadOutcome.Refused;
    }

    private void Move(ConnectionPhase next)
    {
        if (next != _phase)
        {
            _worker.Metrics.ConnectionMoved(_phase, next);
            _phase = next;
        }
    }
}
