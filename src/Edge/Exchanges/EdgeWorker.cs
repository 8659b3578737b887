using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>
/// Everything one event loop owns besides its sockets: the exchange pool, its metrics shard, its end of the access log, request ids and the
/// wall clock of the turn. Loop-thread only, except what says otherwise.
/// </summary>
internal sealed class EdgeWorker
{
    private const int MaxPooledExchanges = 1024;

    private readonly Stack<Exchange> _exchanges = new();
    private readonly TimeProvider _time;
    private readonly int _loops;
    private readonly byte[] _date = new byte[29];
    private long _unixAt = long.MinValue;
    private long _unixMilliseconds;
    private long _dateSecond = -1;
    private long _connections;

    public EdgeWorker(
        ITransport transport, EventLoop loop, LoopMetrics metrics, SnapshotHolder snapshots, ServingState state, ServingOptions options, TimeProvider time)
    {
        Loop = loop;
        Metrics = metrics;
        Snapshots = snapshots;
        State = state;
        Options = options;
        _time = time;
        Upstream = new UpstreamLoop(transport, loop, options.Pool) { Metrics = metrics };
        _loops = transport.Loops.Count;
        QuotaChecks = new Stores.QuotaChecks(loop);
    }

    /// <summary>What this loop's connection pools need of it.</summary>
    public UpstreamLoop Upstream { get; }

    public EventLoop Loop { get; }

    public LoopMetrics Metrics { get; }

    public SnapshotHolder Snapshots { get; }

    /// <summary>Draining and memory pressure of the process.</summary>
    public ServingState State { get; }

    public ServingOptions Options { get; }

    /// <summary>The same for Gateway listeners.</summary>
    public ServingOptions GatewayOptions { get; init; } = new();

    /// <summary>How Gateway listeners read request heads; the same for every snapshot.</summary>
    public HeadRules GatewayHeads { get; init; } = new(Protocol.Http1.RequestRules.Istio, []);

    public RequestIdGenerator RequestIds { get; } = new();

    public CorrelationIds CorrelationIds { get; } = new();

    /// <summary>This process, for answers that name it; null offline.</summary>
    public NodeIdentity? Node { get; set; }

    public Microsoft.Extensions.Logging.ILogger Logger { get; init; } = Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

    /// <summary>Connections being served on this loop, for drain.</summary>
    public HashSet<IDownstream> Connections { get; } = [];

    /// <summary>Copies of requests under way.</summary>
    public HashSet<Exchange> Shadows { get; } = [];

    /// <summary>Gives up the copies of requests that are under way.</summary>
    public void EndShadows()
    {
        foreach (Exchange shadow in Shadows.ToArray())
        {
            shadow.TimeOut(Failure.RouteTimeout);
        }
    }

    /// <summary>Takes the records of sampled exchanges; null records none.</summary>
    public Telemetry.Tracing.LoopSpans? Spans { get; init; }

    /// <summary>TLS handshakes with clients that run on this loop, for drain.</summary>
    public HashSet<Transport.Tls.TlsHandshake> Handshakes { get; } = [];

    /// <summary>Null when the access log is off.</summary>
    public LoopAccessLog? AccessLog { get; init; }

    /// <summary>Spare entries for what leaves the process in queues.</summary>
    public Telemetry.Queues.EntryShelf Entries { get; init; } = new();

    /// <summary>Questions to rate limit stores.</summary>
    public Stores.QuotaChecks QuotaChecks { get; }

    /// <summary>Exchanges that are not in the pool: 0 when nothing is in flight.</summary>
    public int LiveExchanges { get; private set; }

    /// <summary>Wall clock of this turn, milliseconds since 1970 UTC.</summary>
    public long UnixMilliseconds
    {
        get
        {
            long now = Loop.NowMilliseconds;
            if (now != _unixAt)
            {
                _unixAt = now;
                _unixMilliseconds = _time.GetUtcNow().ToUnixTimeMilliseconds();
            }

            return _unixMilliseconds;
        }
    }

    /// <summary>The Date field of this second (RFC 9110 section 5.6.7).</summary>
    public ReadOnlySpan<byte> Date
    {
        get
        {
            long second = UnixMilliseconds / 1000;
            if (second != _dateSecond)
            {
                _dateSecond = second;
                DateTimeOffset.FromUnixTimeSeconds(second).TryFormat(_date, out _, "R", System.Globalization.CultureInfo.InvariantCulture);
            }

            return _date;
        }
    }

    /// <summary>Logs and counts an exception that no branch of an exchange foresaw.</summary>
    public void Crashed(Exchange exchange, Exception exception)
    {
        Metrics.InternalError();
        Log.ExchangeCrashed(Logger, exception, System.Text.Encoding.ASCII.GetString(exchange.RequestId));
    }

    /// <summary>Logs and counts an exception that ended a connection.</summary>
    public void Crashed(Microsoft.AspNetCore.Connections.ConnectionContext connection, Exception exception)
    {
        Metrics.InternalError();
        Log.ConnectionCrashed(Logger, exception, connection.ConnectionId);
    }

    /// <summary>Numbers a connection, unique in this process.</summary>
    public long NextConnectionSerial() => (_connections++ * _loops) + Loop.Id + 1;

    public Exchange Rent()
    {
        LiveExchanges++;
        if (_exchanges.TryPop(out Exchange? exchange))
        {
            return exchange;
        }

        exchange = new Exchange(this);
        exchange.Reset();
        return exchange;
    }

    public void Return(Exchange exchange)
    {
        LiveExchanges--;
        exchange.Reset();
        if (_exchanges.Count < MaxPooledExchanges)
        {
            _exchanges.Push(exchange);
        }
        else
        {
            exchange.Request.Release();
            exchange.Response.Release();
        }
    }
}
