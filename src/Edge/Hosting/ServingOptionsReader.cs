using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.Text;
using VoltageSoda.Edge.Policies.Transformation;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Upstream.Tls;

namespace VoltageSoda.Edge.Hosting;

/// <summary>Turns the settings of the process into what the data plane reads. Pure.</summary>
internal static class ServingOptionsReader
{
    // Istio's limit for gateways (pilot/pkg/networking/core/listener.go).
    private static readonly TimeSpan GatewayHandshake = TimeSpan.FromSeconds(15);

    /// <param name="settings">The process's settings.</param>
    /// <param name="dialect">Whose defaults hold.</param>
    public static ServingOptions Read(EdgeSettings settings, ListenerDialect dialect = ListenerDialect.Kong)
    {
        LimitSettings limits = settings.Limits;
        TimeoutSettings times = settings.Timeouts;
        Configuration.Settings.PoolSettings pools = settings.Pools;
        bool isKong = dialect == ListenerDialect.Kong;
        return new ServingOptions
        {
            Rules = (isKong ? RequestRules.Kong : RequestRules.Istio) with
            {
                Limits = new HeadLimits
                {
                    StartLine = limits.RequestLine(dialect),
                    HeaderLine = limits.HeaderLine(dialect),
                    HeadersTotal = limits.HeadersTotal(dialect),
                    HeaderCount = limits.HeaderCount,
                },
                Underscores = limits.UnderscoreHeaders(dialect) switch
                {
                    UnderscoreHeaders.Reject => UnderscorePolicy.Reject,
                    UnderscoreHeaders.Drop => UnderscorePolicy.Drop,
                    _ => UnderscorePolicy.Allow,
                },
                GuardedNames = isKong ? [settings.Kong.RealIpHeader] : [],
            },
            ResponseHead = HeadLimits.Response with
            {
                StartLine = limits.ResponseHead,
                HeaderLine = limits.ResponseHead,
                HeadersTotal = limits.ResponseHead,
                HeaderCount = limits.ResponseHeaderCount,
            },
            EscapedSlashes = limits.EscapedSlashes(dialect) switch
            {
                EscapedSlashes.Reject => Protocol.Http.EscapedSlashes.Reject,
                EscapedSlashes.Redirect => Protocol.Http.EscapedSlashes.Redirect,
                _ => Protocol.Http.EscapedSlashes.Keep,
            },
            FixesEscapedSlashes = settings.IsGiven(SettingTable.Slashes),
            Locality = settings.Sources.Locality ?? "",
            MissingSubsetUsesService = settings.Sources.MissingSubsetUsesService,
            MaxRequestBody = limits.Body,
            MaxRequestsPerConnection = limits.ConnectionRequests,
            MaxConnections = limits.Connections,
            MaxConnectionsPerListener = limits.ConnectionsPerListener,
            MaxConnectionsPerAddress = limits.ConnectionsPerIp,
            HeadTimeout = Milliseconds(times.RequestHead),
            IdleTimeout = Milliseconds(times.Idle(dialect, http2: false)),
            RequestTimeout = Milliseconds(times.Request),
            StreamIdleTimeout = Milliseconds(times.StreamIdle),
            MinBodyRate = (int)limits.MinBodyRate,
            MinResponseRate = (int)limits.MinResponseRate,
            TunnelIdleTimeout = Milliseconds(times.Tunnel),
            LingerTimeout = Milliseconds(times.Linger),
            LingerBytes = (int)Math.Min(limits.LingerBytes, int.MaxValue),
            ProxyHeaderTimeout = Milliseconds(times.ProxyHeader),
            Tls = settings.Tls.Rules,
            UpstreamTls = new UpstreamTls
            {
                Verify = settings.Tls.VerifyUpstreams,
                Depth = settings.Tls.VerifyDepth,
                Roots = settings.Tls.TrustedRoots(),
            },
            TlsTimeout = Milliseconds(isKong || settings.IsGiven(SettingTable.TlsTimeout) ? times.Tls : GatewayHandshake),
            MaxHops = limits.MaxHops,
            Pool = new Upstream.PoolSettings(
                pools.IdleConnections,
                pools.MaxRequests,
                Milliseconds(pools.Idle),
                pools.Age == TimeSpan.Zero ? 0 : Milliseconds(pools.Age),
                Math.Max(1, pools.Pending),
                Milliseconds(pools.PendingTimeout)),
            MaxUpstreamConnections = pools.Connections,
            MaxUpstreamPending = pools.Pending,
            HalfOpenProbes = pools.HalfOpenProbes,
            Forwarded = !isKong ? new ForwardedOptions() : new ForwardedOptions
            {
                Trusted = new CidrMatch(
                    settings.Kong.TrustedIps.Networks.Select(static network => network.ToString())
                        .Concat(settings.Kong.TrustedIps.UnixSockets ? ["unix:"] : [])),
                RealIpHeader = settings.Kong.RealIpHeader,
                Recursive = settings.Kong.RealIpRecursive,
            },
            ErrorDefaultType = settings.Kong.ErrorDefaultType switch
            {
                "application/json" => ErrorMediaType.Json,
                "text/html" => ErrorMediaType.Html,
                "application/xml" => ErrorMediaType.Xml,
                _ => ErrorMediaType.Plain,
            },
            AllowDebugHeader = settings.Kong.AllowDebugHeader,
            Quota = new QuotaOptions
            {
                Budget = Milliseconds(pools.RedisBudget),
                CountsLocallyWithoutStore = pools.RedisFallback == RedisFallback.Local,
                Exact = settings.Kong.Exact,
                Lease = pools.RateLimitLease,
                LocalMemory = pools.RateLimitMemory,
                Servers = pools.RedisServers,
            },
            Fields = new GatewayFields(settings.Kong.Product, settings.Kong.Headers, settings.Kong.HeadersUpstream),
        };
    }

    private static int Milliseconds(TimeSpan span) => (int)Math.Clamp(span.TotalMilliseconds, 1, int.MaxValue);
}
