using System.Net;
using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.Admin;
using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Mesh;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Configuration.Tls;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Listeners;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Stores;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Telemetry.Queues;
using VoltageSoda.Edge.Telemetry.Tracing;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Upstream.Dns;

namespace VoltageSoda.Edge.Hosting;

/// <summary>
/// One running edge: loops, listeners, configuration, status server. Start it once, then <see cref="DrainAsync"/> it once; several may run
/// in one process (tests do). Public members are thread-safe after <see cref="StartAsync"/>.
/// </summary>
internal sealed class EdgeHost : IAsyncDisposable
{
    // What waits gets what is left of the 30 s that Kubernetes grants after the two phases of a drain.
    private static readonly TimeSpan TelemetryDrain = TimeSpan.FromSeconds(3);

    private readonly EdgeSettings _settings;
    private readonly TimeProvider _time;
    private readonly ServingOptions _options;
    private readonly ILogger _log;
    private readonly EdgeLog _edgeLog;
    private readonly AccessLog? _accessLog;
    private readonly AccessLog? _statusLog;
    private readonly AccessLog? _adminLog;
    private readonly ITransport _transport;
    private readonly StateRegistry _registry;
    private readonly QuotaStores _stores;
    private readonly NameResolver _resolver;
    private readonly ConnectionLimits _limits;
    private readonly ListenerManager _listeners;
    private readonly Configurator _configurator;
    private readonly ListenerCertificates _certificates;
    private readonly HandshakeGate _handshakes;
    private readonly GatewayCertificates _gatewayCertificates;
    private readonly GatewayListeners _gateways;
    private readonly ControlLoop _control;
    private readonly NodeIdentity _node;
    private readonly BatchQueues _queues;
    private readonly OtlpExporter? _otlp;
    private readonly SpanPump _spans;
    private readonly TaskCompletionSource<StopRequest> _stopRequest = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private StatusServer? _status;
    private bool _isStarted;
    private int _drained;

    /// <summary>Builds what <see cref="StartAsync"/> starts. <paramref name="transports"/> replaces sockets, for a benchmark without any.</summary>
    public EdgeHost(EdgeSettings settings, TimeProvider time, Func<TransportKind, TransportOptions, ITransport>? transports = null)
    {
        _settings = settings;
        _time = time;
        _options = ServingOptionsReader.Read(settings);
        _edgeLog = new EdgeLog(
            new EdgeLogOptions
            {
                Path = settings.Telemetry.ProxyErrorLog ?? "off",
                Format = settings.Telemetry.LogFormat == LogFormat.Json ? EdgeLogFormat.Json : EdgeLogFormat.Text,
                Level = LogLevelNames.TryParse(settings.Telemetry.LogLevel.ToString().ToLowerInvariant(), out LogLevel level) ? level : LogLevel.Information,
            },
            time);
        _log = _edgeLog.CreateLogger("edge");
        if (!TransportProbe.TrySelect(settings.Listeners.Transport.ToString().ToLowerInvariant(), out TransportKind kind, out string reason))
        {
            throw new IOException(reason);
        }

        int loops = settings.Listeners.Loops ?? Environment.ProcessorCount;
        _transport = (transports ?? TransportProbe.Create)(kind, new TransportOptions { LoopCount = loops });
        Metrics = new EdgeMetrics(new MetricsOptions
        {
            Loops = loops,
            ProtocolErrorKinds = WireErrorReasons.Names,
            MaxSeries = settings.Telemetry.MetricsSeries,
            MaxConsumers = settings.Telemetry.MetricsConsumers,
            Time = time,
        });
        Metrics.AddLog("error", () => _edgeLog.DroppedLines);
        _accessLog = OpenAccessLog("access", settings.Telemetry.ProxyAccessLog, loops);
        _statusLog = OpenAccessLog("status", settings.Telemetry.StatusAccessLog, 1);
        _adminLog = OpenAccessLog("admin", settings.Telemetry.AdminAccessLog, 1);

        _node = new NodeIdentity(Guid.NewGuid().ToString(), ShownVersion(settings.Kong.Product), Environment.MachineName, Environment.ProcessId);
        _queues = new BatchQueues(loops, time, _log);
        _otlp = OtlpReader.Read(settings.Telemetry) is { } otlp ? new OtlpExporter(otlp, _node.NodeId, time, _log) : null;
        ISpanExporter[] exporters = _otlp is null ? [new ZipkinExporter(_node.NodeId)] : [new ZipkinExporter(_node.NodeId), _otlp];
        _spans = new SpanPump(loops, exporters, _log);
        Metrics.Traces = (new TraceCounters(_spans, _otlp?.Queue), _queues);
        TracePlanner tracing = new(_queues, time, _otlp is null ? null : OtlpReader.Plan(settings.Telemetry));

        Snapshots = new SnapshotHolder(SnapshotCompiler.Empty(_options));
        _stores = new QuotaStores(time, _log, settings.Tls.TrustedRoots(), Random);
        Metrics.ReadRedis = _stores.Read;
        _registry = new StateRegistry(Metrics, loops) { Queues = _queues, Stores = _stores, Logger = _log };
        Metrics.Queues = _queues;
        ServingOptions gatewayOptions = ServingOptionsReader.Read(settings, ListenerDialect.Istio);
        HeadRules gatewayHeads = new(gatewayOptions.Rules, []);
        Workers = [.. _transport.Loops.Select(loop => new EdgeWorker(
            _transport, loop, Metrics.Loop(loop.Id), Snapshots, State, _options, time)
        {
            GatewayOptions = gatewayOptions,
            GatewayHeads = gatewayHeads,
            AccessLog = _accessLog?.Loop(loop.Id),
            Spans = _spans.Loop(loop.Id),
            Entries = _queues.Shelf(loop.Id),
            Logger = _log,
        })];
        foreach (EventLoop loop in _transport.Loops)
        {
            loop.UnhandledException = exception => Log.ConnectionCrashed(_log, exception, "loop");
        }

        _registry.Loops = [.. Workers.Select(static worker => worker.Upstream)];
        _resolver = new NameResolver(ResolverOptions(settings), time, new DnsNameClient(), _log);
        _limits = new ConnectionLimits(_options.MaxConnections, _options.MaxConnectionsPerAddress);
        _listeners = new ListenerManager(_transport, Workers, _limits, _log);
        _configurator = new Configurator(
            new SnapshotCompiler(
                _registry, Metrics, _options, loops, tracing, _log, time, MeshOptionsReader.Read(settings), mesh => GatewayLogs?.Open(mesh)),
            Snapshots, _registry, _resolver, _queues, new ActiveChecks(time, _log), Metrics, _log, settings.Sources.Mode, time);
        _certificates = new ListenerCertificates(_options.Tls, Metrics, time, _log);
        _handshakes = new HandshakeGate(settings.Tls.Concurrency);
        _gatewayCertificates = new GatewayCertificates(settings.Sources.CertDir, Metrics, time, _log);
        _gateways = new GatewayListeners(
            _listeners, Workers, _gatewayCertificates, () => _options.MaxConnectionsPerListener, _handshakes, gatewayOptions.TlsTimeout, _log);
        GatewayLogs = new GatewayLogs(loops, Metrics, time, _log);
        _configurator.Publishing = snapshot => _gatewayCertificates.Adopt(snapshot.Mesh);
        _configurator.PublishedAsync = snapshot => _gateways.ApplyAsync(snapshot.Mesh, isStart: !_isStarted);
        Metrics.Certificates = () => _certificates.Expiries().Concat(
            Snapshots.Current.Certificates.Identities().Select(static entry => ("sni:" + entry.Name, entry.Identity.NotAfter)))
            .Concat(_gatewayCertificates.Expiries());
        _control = new ControlLoop(State, new MemoryCeiling(MemoryLimit(settings)), _registry, _certificates, _gatewayCertificates, new OutlierClock(_registry, time), time, _log);
        EdgeState = new EdgeStateView(this, settings);
        Log.Starting(_log, GatewayFields.ThisVersion, _transport.Name, loops);
    }

    public EdgeMetrics Metrics { get; }

    /// <summary>Who this process is; new at each start.</summary>
    public NodeIdentity Node => _node;

    public SnapshotHolder Snapshots { get; }

    public ServingState State { get; } = new();

    public IReadOnlyList<EdgeWorker> Workers { get; }

    public EdgeStateView EdgeState { get; }

    /// <summary>Completes when an operator asks the process to end by a way other than a signal.</summary>
    public Task<StopRequest> StopRequested => _stopRequest.Task;

    /// <summary>Cancelled when the drain begins.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>The configuration in force and its history.</summary>
    public Configurator Configurator => _configurator;

    public ILogger Logger => _log;

    public ITransport Transport => _transport;

    public ServingOptions Options => _options;

    public ConnectionLimits Limits => _limits;

    public ListenerCertificates Certificates => _certificates;

    public HandshakeGate Handshakes => _handshakes;

    /// <summary>Sockets of Gateway servers.</summary>
    public GatewayListeners Gateways => _gateways;

    /// <summary>Certificates of Gateway servers.</summary>
    public GatewayCertificates GatewayCertificates => _gatewayCertificates;

    /// <summary>Access logs of Gateway listeners.</summary>
    public GatewayLogs GatewayLogs { get; }

    /// <summary>Bound proxy listeners with their real ports.</summary>
    public IReadOnlyList<EndPoint> ProxyEndPoints => [.. _listeners.Bound.Where(static bound => bound.Plan.Gateway is null).Select(static bound => bound.EndPoint)];

    /// <summary>The same, of the listeners that do or do not terminate TLS.</summary>
    public IReadOnlyList<EndPoint> EndPoints(bool tls) =>
        [.. _listeners.Bound.Where(bound => bound.Plan.Gateway is null && bound.Plan.Tls is not null == tls).Select(static bound => bound.EndPoint)];

    public IReadOnlyList<EndPoint> StatusEndPoints => _status?.StatusAddresses ?? [];

    public IReadOnlyList<EndPoint> GuiEndPoints => _status?.GuiAddresses ?? [];

    public IReadOnlyList<EndPoint> AdminEndPoints => _status?.AdminAddresses ?? [];

    /// <summary>Publishes a loaded configuration, binds every listener and becomes ready. Throws <see cref="IOException"/> when an address is taken.</summary>
    public async Task StartAsync(LoadResult loaded)
    {
        long started = _time.GetTimestamp();
        if (loaded.Model is not null || loaded.Mesh is not null)
        {
            await _configurator.PublishAsync(loaded.Model ?? KongModel.Empty, loaded.Hash, TimeSpan.FromMilliseconds(250), loaded.Mesh);
        }

        bool kongDocument = loaded.Model is not null;
        bool anything = kongDocument || loaded.Files.Count != 0;
        foreach (ListenAddress address in _settings.Listeners.Proxy(kongDocument, anything))
        {
            await _listeners.BindAsync(Plan(address));
        }

        foreach (EdgeWorker worker in Workers)
        {
            worker.Node = _node;
        }

        _status = new StatusServer(
            new StatusServerOptions
            {
                StatusListen = Clear(_settings.Listeners.Status),
                AdminListen = Clear(_settings.Listeners.Admin(kongDocument, anything)),
                GuiListen = _settings.IsGiven(SettingTable.AdminGuiListen) ? Clear(_settings.Listeners.AdminGui(kongDocument, anything)) : [],
                ShowSecrets = _settings.Listeners.AdminShowSecrets,
                KongExact = _settings.Kong.Exact,
                ShowsLatency = _settings.Kong.Headers.HasFlag(KongHeaders.AdminLatency),
                ConfigBodyLimit = _settings.Listeners.AdminBodyLimit,
                Listen = SecureListeners(kongDocument, anything),
                HandshakeTimeout = TimeSpan.FromMilliseconds(_options.TlsTimeout),
                Rules = _options.Rules,
                HeadTimeout = TimeSpan.FromMilliseconds(_options.HeadTimeout),
                IdleTimeout = TimeSpan.FromMilliseconds(_options.IdleTimeout),
                ServerToken = _options.Fields.Product,
                Gateways = MeshEndpoints(),
                StatusAccessLog = _statusLog,
                AdminAccessLog = _adminLog,
            },
            EdgeState,
            new PostedConfigurations(_settings, _configurator, State),
            Metrics,
            _node,
            _edgeLog,
            _time,
            new GatewayStateView(this, _registry, _time));
        await _status.StartAsync(CancellationToken.None);
        _isStarted = true;
        _control.Start();
        Log.Ready(_log, (long)_time.GetElapsedTime(started).TotalMilliseconds);
    }

    /// <summary>
    /// A handler that serves connections of a foreign server (an ASP.NET Core application) on this edge's loops. The port is what upstreams
    /// see in X-Forwarded-Port.
    /// </summary>
    public EdgeConnectionHandler CreateHandler(int port) => new(
        Workers,
        new ListenerPlan
        {
            Address = new ListenAddress { Ip = IPAddress.Loopback, Port = port, Text = $"127.0.0.1:{port}" },
            Count = new ListenerCount(_options.MaxConnectionsPerListener),
            Port = port,
        },
        _limits);

    /// <summary>Compiles and publishes another configuration; an error keeps the old one in force, is told and counted. Does not throw.</summary>
    public Task ReloadAsync(LoadResult loaded) => _configurator.ReloadAsync(loaded);

    /// <summary>Loads aside and does the same; an error of loading is told and counted too.</summary>
    public async Task ReloadAsync(Func<LoadResult> load)
    {
        try
        {
            await ReloadAsync(await Task.Run(load));
        }
        catch (Exception exception)
        {
            _configurator.Failed(exception);
        }
    }

    /// <summary>Asks the process to end, without the wait for load balancers.</summary>
    public void RequestStop() => _stopRequest.TrySetResult(new StopRequest("/quitquitquit", SkipsMinimum: true));

    /// <summary>Opens the log files again.</summary>
    public void ReopenLogs()
    {
        _accessLog?.Reopen();
        _statusLog?.Reopen();
        _adminLog?.Reopen();
        GatewayLogs.Reopen();
        _edgeLog.Reopen();
    }

    /// <summary>
    /// Stops serving in order: readiness off, accept on for <paramref name="minimum"/>, listeners closed, idle connections closed, busy ones
    /// finished within <paramref name="deadline"/>, the rest cut. Returns how many exchanges were cut.
    /// </summary>
    public async Task<int> DrainAsync(TimeSpan minimum, TimeSpan deadline, string reason, CancellationToken now = default)
    {
        if (Interlocked.Exchange(ref _drained, 1) != 0)
        {
            return 0;
        }

        // Whoever reads the line finds it true.
        EdgeState.StopBeingReady();

        // As Istio's agent: clients of Gateways are sent away from the signal on, while new ones are still served.
        State.ClosesGateways = true;
        await _stopping.CancelAsync();
        Metrics.DrainState = DrainState.Announced;
        Log.Draining(_log, reason);
        if (minimum > TimeSpan.Zero)
        {
            await Task.Delay(minimum, _time, now).ContinueWith(static _ => { }, TaskScheduler.Default);
        }

        Metrics.DrainState = DrainState.Draining;
        State.IsDraining = true;
        await _gateways.StopAsync();
        await _listeners.UnbindAsync();
        int cut = await Drain.FinishAsync(Workers, _limits, deadline, _time, now);
        Metrics.DrainState = DrainState.Stopped;
        Log.Stopped(_log, cut);
        return cut;
    }

    public async ValueTask DisposeAsync()
    {
        await DrainAsync(TimeSpan.Zero, TimeSpan.Zero, "dispose");
        await _control.DisposeAsync();
        if (_status is not null)
        {
            await _status.DisposeAsync();
        }

        _configurator.Dispose();
        _stores.Dispose();
        await _resolver.DisposeAsync();
        await _transport.DisposeAsync();

        // The loops have settled their last exchange: what they recorded goes out now or is counted as lost.
        _spans.Dispose();
        await Task.WhenAll(_queues.DrainAsync(TelemetryDrain), _otlp?.DisposeAsync().AsTask() ?? Task.CompletedTask);
        _accessLog?.Dispose();
        _statusLog?.Dispose();
        _adminLog?.Dispose();
        GatewayLogs.Dispose();
        _gateways.Dispose();
        _stopping.Dispose();
        _edgeLog.Dispose();
    }

    // Null is off. A log that cannot be opened at start is a start error; one that cannot be opened again keeps the old file and says so.
    private AccessLog? OpenAccessLog(string name, string? path, int loops)
    {
        if (path is null)
        {
            return null;
        }

        AccessLogOptions options = new()
        {
            Path = path,
            Loops = loops,
            Format = _settings.Telemetry.LogFormat == LogFormat.Json ? AccessLogFormat.Json : AccessLogFormat.Combined,
        };
        AccessLog log = new(options, _time, reason => Log.ReopenFailed(_log, reason));
        Metrics.AddLog(name, () => log.DroppedLines);
        return log;
    }

    // Who asks for kong/3.4.2 as the token is told that version elsewhere too, since tools choose by it.
    private static string ShownVersion(string? product) =>
        product?.Split('/') is [_, { Length: > 0 } version] ? version : GatewayFields.ThisVersion;

    // For the pauses of circuit breakers, which any thread may ask for.
    private static double Random() => System.Security.Cryptography.RandomNumberGenerator.GetInt32(1 << 24) / (double)(1 << 24);

    private List<AdminListen> SecureListeners(bool kongDocument, bool anything)
    {
        List<AdminListen> all = [];
        Add(AdminSurface.Status, _settings.Listeners.Status, _settings.Tls.Status);
        Add(AdminSurface.Admin, _settings.Listeners.Admin(kongDocument, anything), _settings.Tls.Admin);
        if (_settings.IsGiven(SettingTable.AdminGuiListen))
        {
            Add(AdminSurface.Gui, _settings.Listeners.AdminGui(kongDocument, anything), _settings.Tls.Gui);
        }

        return all;

        void Add(AdminSurface surface, IReadOnlyList<ListenAddress> addresses, CertificatePairs certificates)
        {
            foreach (ListenAddress address in addresses.Where(static address => address.Ssl))
            {
                all.Add(new AdminListen(address.EndPoint, surface, _certificates.For(certificates)));
            }
        }
    }

    // Istio's ports, where a Gateway is served or a port is given.
    private List<(AdminSurface Surface, EndPoint Address)> MeshEndpoints()
    {
        bool serves = !Snapshots.Current.Mesh.IsEmpty;
        List<(AdminSurface, EndPoint)> all = [];
        Add(AdminSurface.GatewayStatus, _settings.Listeners.StatusPort, 15021, _settings.Listeners.GatewayBind);
        Add(AdminSurface.GatewayStats, _settings.Listeners.StatsPort, 15090, _settings.Listeners.GatewayBind);
        Add(AdminSurface.GatewayAdmin, _settings.Listeners.AdminPort, 15000, _settings.Listeners.AdminBind);
        return all;

        void Add(AdminSurface surface, int? given, int usual, IPAddress bind)
        {
            if ((given ?? (serves ? usual : 0)) is > 0 and int port)
            {
                all.Add((surface, new IPEndPoint(bind, port)));
            }
        }
    }

    private static IReadOnlyList<EndPoint> Clear(IReadOnlyList<ListenAddress> addresses) =>
        [.. addresses.Where(static address => !address.Ssl).Select(static address => address.EndPoint)];

    /// <summary>How names are looked up with these settings.</summary>
    public static NameResolverOptions ResolverOptions(EdgeSettings settings) => new NameResolverOptions
    {
        ValidTtl = settings.Pools.DnsValidTtl,
        NotFoundTtl = settings.Pools.DnsNotFoundTtl,
        ErrorTtl = settings.Pools.DnsErrorTtl,
        HostsPath = settings.Pools.DnsHostsFile,
        Servers = [.. settings.Pools.DnsResolver.Select(static text => IPEndPoint.TryParse(text, out IPEndPoint? server)
            ? (server.Port == 0 ? new IPEndPoint(server.Address, 53) : server)
            : null).OfType<IPEndPoint>()],
    }.WithOrder(settings.Pools.DnsOrder);

    private static long MemoryLimit(EdgeSettings settings) =>
        settings.Listeners.MemoryLimit != 0 ? settings.Listeners.MemoryLimit : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    private ListenerPlan Plan(ListenAddress address) => new()
    {
        Address = address,
        Count = new ListenerCount(_options.MaxConnectionsPerListener),
        ProxyProtocol = address.ProxyProtocol || _settings.Listeners.ProxyProtocol,
        ProxySources = _options.Forwarded.Trusted,
        Port = address.Port,
        Tls = address.Ssl ? new TlsMiddleware(new KongCertificateChoice(_certificates.For(_settings.Tls.Proxy)), _handshakes, _options.TlsTimeout) : null,
    };
}
