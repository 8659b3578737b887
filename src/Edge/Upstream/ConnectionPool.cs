using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Transport.Async;
using VoltageSoda.Edge.Transport.Tls;
using VoltageSoda.Edge.Upstream.Tls;

namespace VoltageSoda.Edge.Upstream;

/// <summary>
/// The connections of one loop to one endpoint: idle ones last in, first out; requests without one wait in a bounded queue.
/// </summary>
/// <remarks>
/// Everything runs on the owning loop's thread; only the permit callbacks may be called from
/// elsewhere, and post. A connection comes back only when both messages on it are complete and no byte is left over; before it is reused
/// its readability is checked, so one that the upstream has closed or written to while idle is discarded (http-hardening: pool hygiene).
/// </remarks>
internal sealed partial class ConnectionPool : TimerEntry, IPermitWaiter, IPermitHolder
{
    // A waiting loop gets its turn after this many hand-overs inside one loop, so a busy loop cannot keep a permit for ever.
    private const int HandOversBeforeYield = 32;

    private static readonly Action<object?> PermitPosted = static state => ((ConnectionPool)state!).ServePending();
    private static readonly Action<object?> GiveUpPosted = static state => ((ConnectionPool)state!).GiveUpOneIdle();

    private readonly UpstreamLoop _owner;
    private readonly UpstreamTls? _tls;
    private readonly ITransport _transport;
    private readonly EventLoop _loop;
    private readonly LoopMetrics _metrics;
    private readonly UpstreamEndpoint _endpoint;
    private readonly PermitLedger _ledger;
    private readonly Queue<PendingAcquire> _pending = new();
    private readonly ClusterStats? _stats;
    private PoolSettings _settings;
    private UpstreamConnection? _idle;
    private int _idleCount;
    private int _pendingCount;
    private int _handOvers;
    private bool _draining;

    /// <param name="owner">What it shares with the loop's other pools.</param>
    /// <param name="endpoint">Where it connects to.</param>
    /// <param name="ledger">Permits of the cluster.</param>
    /// <param name="tls">How its connections are secured; null for the endpoint's own way.</param>
    public ConnectionPool(UpstreamLoop owner, UpstreamEndpoint endpoint, PermitLedger ledger, UpstreamTls? tls = null)
    {
        _owner = owner;
        _tls = tls ?? endpoint.Tls;
        _transport = owner.Transport;
        _loop = owner.Loop;
        _metrics = owner.Metrics;
        _endpoint = endpoint;
        _ledger = ledger;
        _settings = endpoint.PoolSettings ?? owner.Settings;
        _stats = endpoint.Stats;
        ledger.Register(this);
    }

    public UpstreamEndpoint Endpoint => _endpoint;

    public int IdleCount => _idleCount;

    /// <summary>Adopts the settings of a new configuration; loop-thread only.</summary>
    public void SetSettings(PoolSettings settings)
    {
        _settings = settings;
        DrainNamed();
    }

    /// <summary>Takes the most recently used idle connection that is still good.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryTakeIdle(out UpstreamConnection connection)
    {
        UpstreamConnection? candidate = _idle;
        if (candidate is null)
        {
            connection = null!;
            return false;
        }

        return TryTakeIdleCore(out connection);
    }

    /// <summary>Counts one more exchange on a connection that was idle.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public UpstreamConnection Lease(UpstreamConnection connection)
    {
        connection.Requests++;
        return connection;
    }

    /// <summary>
    /// Takes a connection back. <paramref name="reusable"/> says that request and response are both complete, nothing is left in its
    /// buffer and neither side asked to close.
    /// </summary>
    public void Return(UpstreamConnection connection, bool reusable)
    {
        EndRequest(connection);
        long now = _loop.NowMilliseconds;
        PoolSettings settings = _settings;
        if (!reusable
            || _draining
            || (settings.MaxRequests != 0 && connection.Requests >= settings.MaxRequests)
            || IsAged(connection, now))
        {
            CountClosed(connection, reusable, now);
            Close(connection);
            return;
        }

        bool othersWait = _ledger.HasWaiters;
        if (_pendingCount != 0 && (!othersWait || _handOvers < HandOversBeforeYield))
        {
            if (HandOver(connection))
            {
                _handOvers = othersWait ? _handOvers + 1 : 0;
                return;
            }
        }
        else if (othersWait)
        {
            _handOvers = 0;
            Close(connection);
            return;
        }

        if (_idleCount >= settings.MaxIdle)
        {
            Close(connection);
            return;
        }

        connection.IdleSince = now;
        connection.NextIdle = _idle;
        _idle = connection;
        _idleCount++;
        if (!IsScheduled)
        {
            _loop.Timers.Schedule(this, NextSweep(now, DueOf(connection)));
        }
    }

    /// <summary>
    /// Closes a leased connection that must not be used again, at once and with a reset. <paramref name="isBusy"/> says that its exchange is
    /// not over.
    /// </summary>
    public void Abort(UpstreamConnection connection, bool isBusy = true)
    {
        EndRequest(connection);
        bool theirs = connection.Life is { } life && (life.IsReset || life.IsHalfClosed);
        connection.Transport.Abort();
        Close(connection, theirs, isBusy);
    }

    /// <summary>Closes what is idle and everything that comes back from now on.</summary>
    public void Drain()
    {
        _draining = true;
        DrainNamed();
        CloseIdle();
        _ledger.Unregister(this);
    }

    /// <summary>Ends draining: the endpoint is named by the configuration again.</summary>
    public void Undrain()
    {
        if (_draining)
        {
            _draining = false;
            _ledger.Register(this);
        }
    }

    /// <summary>Closes every idle connection, for instance under memory pressure.</summary>
    public void CloseIdle()
    {
        while (_idle is { } connection)
        {
            _idle = connection.NextIdle;
            connection.NextIdle = null;
            _idleCount--;
            Close(connection);
        }

        CloseNamedIdle();
    }

    void IPermitWaiter.PermitMayBeFree() => _loop.Post(PermitPosted, this);

    void IPermitHolder.GiveUpIdle() => _loop.Post(GiveUpPosted, this);

    /// <summary>The pending deadline of one waiting request passed.</summary>
    internal void PendingExpired(PendingAcquire pending)
    {
        if (!pending.IsDone && !pending.IsConnecting)
        {
            FinishPending(pending, new AcquireResult(AcquireFailure.Overflow));
        }
    }

    // An idle connection owes us nothing: bytes mean an unasked message, an end means the upstream closed it.
    private bool IsQuiet(UpstreamConnection connection)
    {
        if (!connection.Input.TryRead(out ReadResult result))
        {
            return true;
        }

        if (!result.Buffer.IsEmpty)
        {
            _endpoint.Metrics.ConnectionPoisoned(_loop.Id);
        }

        connection.Input.AdvanceTo(result.Buffer.End);
        return false;
    }

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    private async ValueTask<AcquireResult> ConnectAsync(int connectTimeoutMs)
    {
        ConnectResult opened;
        CountConnect();
        try
        {
            long deadline = _loop.NowMilliseconds + connectTimeoutMs;
            opened = await _transport.ConnectAsync(_loop, _endpoint.Address, connectTimeoutMs);
            if (_settings.KeepAlive is { } probes && opened.Connection is IProbedConnection probed)
            {
                probed.KeepAlive(probes);
            }

            if (_tls is not null && opened.Connection is { } socket)
            {
                opened = await SecureAsync(socket, (int)Math.Max(deadline - _loop.NowMilliseconds, 1));
            }
        }
        catch (Exception)
        {
            ReturnPermit();
            throw;
        }

        if (opened.Connection is { } transport)
        {
            _endpoint.Metrics.ConnectionOpened(_loop.Id);
            return new AcquireResult(Lease(new UpstreamConnection(transport, this, _loop.NowMilliseconds)));
        }

        ReturnPermit();
        _endpoint.Metrics.ConnectionReset(_loop.Id, UpstreamResetStage.Connect);
        CountConnectFailure(opened.Failure);
        return new AcquireResult(opened.Failure == ConnectFailure.TimedOut ? AcquireFailure.ConnectTimeout : AcquireFailure.ConnectFailed, opened.Failure);
    }

    // The time to connect covers the handshake (http-hardening section 5).
    private async Task<ConnectResult> SecureAsync(ConnectionContext socket, int timeoutMs)
    {
        (TlsConnection? secured, TlsOutcome outcome) = await UpstreamHandshake.RunAsync(_loop, socket, _endpoint, _tls!, timeoutMs);
        _metrics.TlsHandshake(ProtocolSide.Upstream, outcome);
        return secured is not null
            ? new ConnectResult(secured)
            : new ConnectResult(outcome == TlsOutcome.Timeout ? ConnectFailure.TimedOut : ConnectFailure.Other);
    }

    private void GiveUpOneIdle()
    {
        if (_idle is { } connection && _ledger.HasWaiters)
        {
            _idle = connection.NextIdle;
            connection.NextIdle = null;
            _idleCount--;
            Close(connection);
        }
    }

    // The permit goes back only after the socket: two must never be open where one is allowed.
    private void Close(UpstreamConnection connection, bool theirs = false, bool isBusy = false)
    {
        CountClose(theirs, isBusy);
        connection.Output.Complete();
        connection.Input.Complete();
        ValueTask disposal = connection.Transport.DisposeAsync();
        if (disposal.IsCompletedSuccessfully)
        {
            ReturnPermit();
        }
        else
        {
            _ = FinishCloseAsync(disposal);
        }
    }

    private async Task FinishCloseAsync(ValueTask disposal)
    {
        try
        {
            await disposal;
        }
        catch (IOException)
        {
            // The upstream is gone already.
        }
        finally
        {
            ReturnPermit();
        }
    }
}
