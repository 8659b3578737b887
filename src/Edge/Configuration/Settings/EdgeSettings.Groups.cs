using System.Net;
using VoltageSoda.Edge.Model;
using T = VoltageSoda.Edge.Configuration.Settings.SettingTable;

namespace VoltageSoda.Edge.Configuration.Settings;

/// <summary>Where the configuration comes from. Immutable view of <see cref="EdgeSettings"/>.</summary>
public sealed class SourceSettings(EdgeSettings all)
{
    /// <summary>Kong file or folder; null when none.</summary>
    public string? KongFile => all.Get(T.DeclarativeConfig);

    /// <summary>Kong document as text; null when none.</summary>
    public string? KongText => all.Get(T.DeclarativeConfigString);

    /// <summary>Files and folders of any dialect.</summary>
    public IReadOnlyList<string> Paths => all.Get(T.EdgeConfig);

    /// <summary>How deviations are treated.</summary>
    public ConfigMode Mode => all.Get(T.Mode);

    /// <summary>Reload on change.</summary>
    public bool Watch => all.Get(T.Watch);

    /// <summary>Order of Istio routes.</summary>
    public IstioRouteOrder IstioRouteOrder => all.Get(T.RouteOrder);

    /// <summary>An undefined subset gets the whole service.</summary>
    public bool MissingSubsetUsesService => all.Get(T.MissingSubsetUsesService);

    /// <summary>Where the edge is: <c>region/zone/subzone</c>; null when not known.</summary>
    public string? Locality => all.Get(T.Locality);

    /// <summary>Folder of certificates.</summary>
    public string? CertDir => all.Get(T.CertDir);

    /// <summary>IstioOperator document to take.</summary>
    public string? ClusterName => all.Get(T.ClusterName);
}

/// <summary>What is bound, and the process. Immutable view.</summary>
public sealed class ListenerSettings(EdgeSettings all)
{
    /// <summary>
    /// The proxy addresses: Kong's defaults hold when any <c>KONG_*</c> variable or Kong document is given or nothing is configured at all,
    /// else none.
    /// </summary>
    public IReadOnlyList<ListenAddress> Proxy(bool kongDocument, bool anythingConfigured) => Effective(T.ProxyListen, kongDocument, anythingConfigured);

    /// <summary>The Admin API addresses, by the same rule.</summary>
    public IReadOnlyList<ListenAddress> Admin(bool kongDocument, bool anythingConfigured) => Effective(T.AdminListen, kongDocument, anythingConfigured);

    /// <summary>The addresses of Kong Manager, by the same rule.</summary>
    public IReadOnlyList<ListenAddress> AdminGui(bool kongDocument, bool anythingConfigured) => Effective(T.AdminGuiListen, kongDocument, anythingConfigured);

    /// <summary>The Status API addresses.</summary>
    public IReadOnlyList<ListenAddress> Status => all.Get(T.StatusListen);

    /// <summary>Address of Gateway servers.</summary>
    public IPAddress GatewayBind => all.Get(T.GatewayBind);

    /// <summary>Gateway port to local port.</summary>
    public IReadOnlyDictionary<int, int> GatewayPortMap => all.Get(T.GatewayPortMap);

    /// <summary>Port of the health endpoints; null is 15021 with a Gateway, 0 is off.</summary>
    public int? StatusPort => all.Get(T.StatusPort);

    /// <summary>Port of statistics; null is 15090 with a Gateway, 0 is off.</summary>
    public int? StatsPort => all.Get(T.StatsPort);

    /// <summary>Port of administration; null is 15000 with a Gateway, 0 is off.</summary>
    public int? AdminPort => all.Get(T.AdminPort);

    /// <summary>Address of administration.</summary>
    public IPAddress AdminBind => all.Get(T.AdminBind);

    /// <summary>Largest document that may be posted to the Admin API, in bytes; 0 is no limit.</summary>
    public long AdminBodyLimit => all.Get(T.AdminBodyLimit);

    /// <summary>Show secrets in the Admin API.</summary>
    public bool AdminShowSecrets => all.Get(T.AdminShowSecrets);

    /// <summary>Transport.</summary>
    public TransportChoice Transport => all.Get(T.Transport);

    /// <summary>Event loops; null is automatic.</summary>
    public int? Loops => all.Get(T.Loops);

    /// <summary>Require PROXY headers everywhere.</summary>
    public bool ProxyProtocol => all.Get(T.ProxyProtocol);

    /// <summary>Memory ceiling in bytes; 0 is the container's.</summary>
    public long MemoryLimit => all.Get(T.MemoryLimit);

    /// <summary>Accept this long after SIGTERM.</summary>
    public TimeSpan MinimumDrain => all.Get(T.MinimumDrain);

    /// <summary>Then wait this long for exchanges.</summary>
    public TimeSpan DrainTimeout => all.Get(T.DrainTimeout);

    private IReadOnlyList<ListenAddress> Effective(Setting<IReadOnlyList<ListenAddress>> row, bool kongDocument, bool anythingConfigured) =>
        all.IsGiven(row) || kongDocument || all.AnyKongVariable || !anythingConfigured ? all.Get(row) : [];
}

/// <summary>Sizes and counts; 0 means no limit unless said otherwise. Immutable view.</summary>
public sealed class LimitSettings(EdgeSettings all)
{
    /// <summary>Bytes of the request line.</summary>
    public int RequestLine(ListenerDialect dialect) => (int)(all.Get(T.RequestLine) ?? (dialect == ListenerDialect.Kong ? 8192 : HeadersTotal(dialect)));

    /// <summary>Bytes of one header line.</summary>
    public int HeaderLine(ListenerDialect dialect) => (int)(all.Get(T.HeaderLine) ?? (dialect == ListenerDialect.Kong ? 8192 : HeadersTotal(dialect)));

    /// <summary>Bytes of all header lines.</summary>
    public int HeadersTotal(ListenerDialect dialect) => (int)(all.Get(T.HeadersTotal) ?? (dialect == ListenerDialect.Kong ? 32 : 60) * 1024);

    /// <summary>Header lines of a request.</summary>
    public int HeaderCount => (int)all.Get(T.HeaderCount);

    /// <summary>Bytes of a request body.</summary>
    public long Body => all.Get(T.Body);

    /// <summary>Bytes of a response head.</summary>
    public int ResponseHead => (int)all.Get(T.ResponseHead);

    /// <summary>Header lines of a response.</summary>
    public int ResponseHeaderCount => (int)all.Get(T.ResponseHeaderCount);

    /// <summary>Requests on one client connection.</summary>
    public int ConnectionRequests => (int)all.Get(T.ConnectionRequests);

    /// <summary>Connections of the process.</summary>
    public int Connections => (int)all.Get(T.Connections);

    /// <summary>Connections of one listener.</summary>
    public int ConnectionsPerListener => (int)all.Get(T.ConnectionsPerListener);

    /// <summary>Connections of one address.</summary>
    public int ConnectionsPerIp => (int)all.Get(T.ConnectionsPerIp);

    /// <summary>Requests read ahead.</summary>
    public int Pipeline => (int)all.Get(T.Pipeline);

    /// <summary>Passes through this edge.</summary>
    public int MaxHops => (int)all.Get(T.MaxHops);

    /// <summary>Bytes per second of a request body.</summary>
    public long MinBodyRate => all.Get(T.MinBodyRate);

    /// <summary>Bytes per second that a client takes.</summary>
    public long MinResponseRate => all.Get(T.MinResponseRate);

    /// <summary>Bytes drained after a refusal.</summary>
    public long LingerBytes => all.Get(T.LingerBytes);

    /// <summary>Escaped slashes in a path.</summary>
    public EscapedSlashes EscapedSlashes(ListenerDialect dialect) => all.Get(T.Slashes)
        ?? (dialect == ListenerDialect.Kong ? Settings.EscapedSlashes.Keep : Settings.EscapedSlashes.Redirect);

    /// <summary>Field names with an underscore.</summary>
    public UnderscoreHeaders UnderscoreHeaders(ListenerDialect dialect) => all.Get(T.Underscores)
        ?? (dialect == ListenerDialect.Kong ? Settings.UnderscoreHeaders.Allow : Settings.UnderscoreHeaders.Reject);

    /// <summary>Concurrent HTTP/2 streams.</summary>
    public int H2MaxStreams => (int)all.Get(T.H2MaxStreams);

    /// <summary>HTTP/2 resets in 10 s.</summary>
    public int H2ResetRate => (int)all.Get(T.H2ResetRate);

    /// <summary>CONTINUATION frames of a block.</summary>
    public int H2Continuations => (int)all.Get(T.H2Continuations);

    /// <summary>HTTP/2 control frames in 10 s.</summary>
    public int H2ControlRate => (int)all.Get(T.H2ControlRate);

    /// <summary>TLS handshakes at once; null is 64 per core.</summary>
    public int? TlsConcurrency => all.Get(T.TlsConcurrency);
}

/// <summary>Times. Immutable view.</summary>
public sealed class TimeoutSettings(EdgeSettings all)
{
    /// <summary>Request head.</summary>
    public TimeSpan RequestHead => all.Get(T.RequestHeadTimeout);

    /// <summary>Keep-alive idle.</summary>
    public TimeSpan Idle(ListenerDialect dialect, bool http2) => all.Get(T.IdleTimeout)
        ?? (dialect == ListenerDialect.Istio ? TimeSpan.FromHours(1) : TimeSpan.FromSeconds(http2 ? 180 : 75));

    /// <summary>No byte in either direction.</summary>
    public TimeSpan StreamIdle => all.Get(T.StreamIdleTimeout);

    /// <summary>Whole request.</summary>
    public TimeSpan Request => all.Get(T.RequestTimeout);

    /// <summary>TLS handshake.</summary>
    public TimeSpan Tls => all.Get(T.TlsTimeout);

    /// <summary>Tunnel idle.</summary>
    public TimeSpan Tunnel => all.Get(T.TunnelTimeout);

    /// <summary>PROXY header.</summary>
    public TimeSpan ProxyHeader => all.Get(T.ProxyHeaderTimeout);

    /// <summary>Drain of a refused connection.</summary>
    public TimeSpan Linger => all.Get(T.LingerTimeout);
}

/// <summary>Upstream connections, DNS and Redis. Immutable view.</summary>
public sealed class PoolSettings(EdgeSettings all)
{
    /// <summary>Idle connections per endpoint.</summary>
    public int IdleConnections => (int)all.Get(T.KeepalivePoolSize);

    /// <summary>Requests on one connection; 0 is no limit.</summary>
    public int MaxRequests => (int)all.Get(T.KeepaliveMaxRequests);

    /// <summary>Idle time.</summary>
    public TimeSpan Idle => all.Get(T.PoolIdle);

    /// <summary>Age; zero is no limit.</summary>
    public TimeSpan Age => all.Get(T.PoolAge);

    /// <summary>Connections per cluster; 0 is no limit.</summary>
    public int Connections => (int)all.Get(T.PoolConnections);

    /// <summary>Waiting requests per cluster.</summary>
    public int Pending => (int)all.Get(T.PoolPending);

    /// <summary>Time a request may wait.</summary>
    public TimeSpan PendingTimeout => all.Get(T.PoolPendingTimeout);

    /// <summary>Requests that decide about an endpoint after an ejection; 0 returns it at once.</summary>
    public int HalfOpenProbes => (int)all.Get(T.HalfOpenProbes);

    /// <summary>Time a rate-limit check may wait for Redis.</summary>
    public TimeSpan RedisBudget => all.Get(T.RedisBudget);

    /// <summary>What a limiter does without Redis.</summary>
    public RedisFallback RedisFallback => all.Get(T.RedisFallbackMode);

    /// <summary>Servers of every Redis rule, with the sentinels' login; null leaves each rule its own.</summary>
    public RedisServers? RedisServers => all.Get(T.RedisServerList) is not { } servers ? null : servers with
    {
        SentinelUser = all.Get(T.RedisSentinelUser),
        SentinelPassword = all.Get(T.RedisSentinelPassword) is { Length: > 0 } password ? new Secret(password) : null,
    };

    /// <summary>Most tokens a pod takes in one round trip; 0 for none.</summary>
    public int RateLimitLease => (int)all.Get(T.RateLimitLease);

    /// <summary>Bytes of one instance's counters in this process.</summary>
    public long RateLimitMemory => all.Get(T.RateLimitMemory);

    /// <summary>Name servers; empty takes resolv.conf.</summary>
    public IReadOnlyList<string> DnsResolver => all.Get(T.DnsResolver);

    /// <summary>Hosts file.</summary>
    public string DnsHostsFile => all.Get(T.DnsHostsFile) ?? "/etc/hosts";

    /// <summary>Record types in order.</summary>
    public IReadOnlyList<string> DnsOrder => all.Get(T.DnsOrder);

    /// <summary>Overriding TTL; null keeps the record's.</summary>
    public TimeSpan? DnsValidTtl => all.Get(T.DnsValidTtl);

    /// <summary>Use of expired answers.</summary>
    public TimeSpan DnsStaleTtl => all.Get(T.DnsStaleTtl);

    /// <summary>Keeping of "no such name".</summary>
    public TimeSpan DnsNotFoundTtl => all.Get(T.DnsNotFoundTtl);

    /// <summary>Keeping of failures.</summary>
    public TimeSpan DnsErrorTtl => all.Get(T.DnsErrorTtl);
}

/// <summary>Kong's properties. Immutable view.</summary>
public sealed class KongSettings(EdgeSettings all)
{
    /// <summary>Response fields.</summary>
    public KongHeaders Headers => all.Get(T.Headers);

    /// <summary>Upstream fields.</summary>
    public KongHeaders HeadersUpstream => all.Get(T.HeadersUpstream);

    /// <summary>Trusted peers.</summary>
    public TrustedAddresses TrustedIps => all.Get(T.TrustedIps);

    /// <summary>Field that names the client, or proxy_protocol.</summary>
    public string RealIpHeader => all.Get(T.RealIpHeader) ?? "X-Real-IP";

    /// <summary>Walk past trusted addresses.</summary>
    public bool RealIpRecursive => all.Get(T.RealIpRecursive);

    /// <summary>Public port to listening port.</summary>
    public IReadOnlyDictionary<int, int> PortMaps => all.Get(T.PortMaps);

    /// <summary>Type of error bodies.</summary>
    public string ErrorDefaultType => all.Get(T.ErrorDefaultType) ?? "text/plain";

    /// <summary>Answer Kong-Debug.</summary>
    public bool AllowDebugHeader => all.Get(T.AllowDebugHeader);

    /// <summary>Enabled plugins as written.</summary>
    public IReadOnlyList<string> Plugins => all.Get(T.Plugins);

    /// <summary>Token for Server and Via; null is our own.</summary>
    public string? Product => all.Get(T.Product);

    /// <summary>Kong's behaviour even where ours is better.</summary>
    public bool Exact => all.Get(T.KongExact);
}

/// <summary>Logs and traces. Immutable view.</summary>
public sealed class TelemetrySettings(EdgeSettings all)
{
    /// <summary>Level.</summary>
    public KongLogLevel LogLevel => all.Get(T.LogLevel);

    /// <summary>Format.</summary>
    public LogFormat LogFormat => all.Get(T.LogFormatChoice);

    /// <summary>Label sets of request and bandwidth counters.</summary>
    public int MetricsSeries => (int)all.Get(T.MetricsSeries);

    /// <summary>Consumers with a label of their own.</summary>
    public int MetricsConsumers => (int)all.Get(T.MetricsConsumers);

    /// <summary>Access log file; null is off.</summary>
    public string? ProxyAccessLog => Target(T.ProxyAccessLog);

    /// <summary>Error log file; null is off.</summary>
    public string? ProxyErrorLog => Target(T.ProxyErrorLog);

    /// <summary>Admin access log file; null is off.</summary>
    public string? AdminAccessLog => Target(T.AdminAccessLog);

    /// <summary>Admin error log file; null is off.</summary>
    public string? AdminErrorLog => Target(T.AdminErrorLog);

    /// <summary>Status access log file; null is off.</summary>
    public string? StatusAccessLog => Target(T.StatusAccessLog);

    /// <summary>Status error log file; null is off.</summary>
    public string? StatusErrorLog => Target(T.StatusErrorLog);

    /// <summary>OTLP collector for traces, with its path; null is off.</summary>
    public Uri? OtlpTraces => all.Get(T.OtelDisabled) || !all.Get(T.OtelTracesExported)
        ? null
        : all.Get(T.OtlpTracesEndpoint) ?? (all.Get(T.OtlpEndpoint) is { } server && !OtlpByGrpc
            ? new Uri(server.AbsoluteUri.TrimEnd('/') + "/v1/traces")
            : all.Get(T.OtlpEndpoint));

    /// <summary>gRPC instead of HTTP with protobuf.</summary>
    public bool OtlpByGrpc => ForTraces(T.OtlpTracesProtocol, T.OtlpProtocol) == "grpc";

    /// <summary>Fields for the collector.</summary>
    public string? OtlpHeaders => ForTraces(T.OtlpTracesHeaders, T.OtlpHeaders);

    /// <summary>Time for one export.</summary>
    public TimeSpan OtlpTimeout => ForTraces(T.OtlpTracesTimeout, T.OtlpTimeout);

    /// <summary>Name in traces when it was given.</summary>
    public string? OtelServiceName => all.IsGiven(T.OtelServiceName) ? all.Get(T.OtelServiceName) : null;

    /// <summary>Further attributes as they were given.</summary>
    public string? OtelResourceAttributes => all.Get(T.OtelResourceAttributes);

    /// <summary>Sampler.</summary>
    public OtelSampler OtelSampler => all.Get(T.OtelTracesSampler);

    /// <summary>Its argument, 0 to 1.</summary>
    public double OtelSamplerRatio => all.Get(T.OtelSamplerArgument);

    // What is given for traces alone replaces what is given for all signals (OpenTelemetry's exporter specification).
    private TValue ForTraces<TValue>(Setting<TValue> traces, Setting<TValue> signals) => all.Get(all.IsGiven(traces) ? traces : signals);

    private string? Target(Setting<string?> row) => all.Get(row) is { } text && LogTarget.PathOf(text) is var path && path != "off" ? path : null;
}
