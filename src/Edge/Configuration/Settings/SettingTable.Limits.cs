using VoltageSoda.Edge.Model;
using static VoltageSoda.Edge.Configuration.Settings.SettingRows;

namespace VoltageSoda.Edge.Configuration.Settings;

/// <content>Limits, timeouts, HTTP rules, pools.</content>
public static partial class SettingTable
{
    private const long Mebi = 1 << 20;

    internal static readonly Setting<long?> RequestLine = DialectSize("EDGE_LIMIT_REQUEST_LINE", "8KiB (Gateway listeners: within the total)",
        "Longest request line; beyond it 414.", 128, Mebi);

    internal static readonly Setting<long?> HeaderLine = DialectSize("EDGE_LIMIT_HEADER_LINE", "8KiB (Gateway listeners: within the total)",
        "Longest header line; beyond it 431 (Kong listeners 494).", 128, Mebi);

    internal static readonly Setting<long?> HeadersTotal = DialectSize("EDGE_LIMIT_HEADERS_TOTAL", "32KiB (Gateway listeners: 60KiB)",
        "All header lines of a request together.", 1024, Mebi);

    internal static readonly Setting<long> HeaderCount = Integer("EDGE_LIMIT_HEADER_COUNT", "100", 1, 10_000,
        "Header lines of a request.");

    internal static readonly Setting<long> Body = Size("EDGE_LIMIT_BODY", "0",
        "Longest request body; 0 is no limit. Beyond it 413.", 0, long.MaxValue,
        "KONG_NGINX_HTTP_CLIENT_MAX_BODY_SIZE", "KONG_NGINX_PROXY_CLIENT_MAX_BODY_SIZE", "KONG_CLIENT_MAX_BODY_SIZE");

    internal static readonly Setting<long> ResponseHead = Size("EDGE_LIMIT_RESPONSE_HEAD", "64KiB",
        "Longest head of an upstream's response; beyond it 502.", 1024, 16 * Mebi);

    internal static readonly Setting<long> ResponseHeaderCount = Integer("EDGE_LIMIT_RESPONSE_HEADER_COUNT", "200", 1, 10_000,
        "Header lines of an upstream's response; beyond it 502.");

    internal static readonly Setting<long> ConnectionRequests = Integer("EDGE_LIMIT_CONN_REQUESTS", "10000", 0, int.MaxValue,
        "Requests on one client connection, then it is closed politely; 0 is no limit.");

    internal static readonly Setting<long> Connections = Integer("EDGE_LIMIT_CONNECTIONS", "50000", 0, int.MaxValue,
        "Client connections of the process; 0 is no limit.");

    internal static readonly Setting<long> ConnectionsPerListener = Integer("EDGE_LIMIT_CONNECTIONS_LISTENER", "10000", 0, int.MaxValue,
        "Client connections of one listener; 0 is no limit.");

    internal static readonly Setting<long> ConnectionsPerIp = Integer("EDGE_LIMIT_CONNECTIONS_PER_IP", "0", 0, int.MaxValue,
        "Client connections of one address; 0 is no limit.");

    internal static readonly Setting<long> Pipeline = Integer("EDGE_H1_PIPELINE", "16", 1, 1024,
        "Requests read ahead on one HTTP/1.1 connection.");

    internal static readonly Setting<long> MaxHops = Integer("EDGE_MAX_HOPS", "10", 1, 1000,
        "How often a request may pass through this edge (counted in Via); beyond it 508.");

    internal static readonly Setting<TimeSpan> RequestHeadTimeout = Duration("EDGE_TIMEOUT_REQUEST_HEAD", "10s",
        "From the first byte of a request to the end of its head; then 408.");

    internal static readonly Setting<TimeSpan?> IdleTimeout = DialectDuration("EDGE_TIMEOUT_IDLE", "75s, HTTP/2 180s (Gateway listeners: 1h)",
        "How long a keep-alive connection may be idle.");

    internal static readonly Setting<TimeSpan> StreamIdleTimeout = Duration("EDGE_TIMEOUT_STREAM_IDLE", "300s",
        "How long an exchange may move no byte in either direction.");

    internal static readonly Setting<TimeSpan> RequestTimeout = Duration("EDGE_TIMEOUT_REQUEST", "300s",
        "Time to receive a whole request; off for upgrades and gRPC.");

    internal static readonly Setting<TimeSpan> TlsTimeout = Duration("EDGE_TIMEOUT_TLS", "10s",
        "Time for a TLS handshake; Gateway listeners take 15s unless it is given.");

    internal static readonly Setting<TimeSpan> TunnelTimeout = Duration("EDGE_TIMEOUT_TUNNEL", "1h",
        "How long a tunnel (WebSocket) may be idle.");

    internal static readonly Setting<TimeSpan> ProxyHeaderTimeout = Duration("EDGE_TIMEOUT_PROXY_PROTOCOL", "3s",
        "Time for a PROXY header to arrive.");

    internal static readonly Setting<TimeSpan> LingerTimeout = Duration("EDGE_LINGER_TIMEOUT", "2s",
        "How long a refused connection is drained so that the peer sees the answer.");

    internal static readonly Setting<long> LingerBytes = Size("EDGE_LINGER_BYTES", "256KiB",
        "How many bytes are drained then.");

    internal static readonly Setting<long> MinBodyRate = Size("EDGE_MIN_BODY_RATE", "240",
        "Bytes per second that a request body must bring after 5 s; then 408. 0 is off.");

    internal static readonly Setting<long> MinResponseRate = Size("EDGE_MIN_RESPONSE_RATE", "240",
        "Bytes per second that a client must take after 5 s while bytes wait for it. 0 is off.");

    internal static readonly Setting<EscapedSlashes?> Slashes = DialectChoice("EDGE_ESCAPED_SLASHES", "keep (Gateway listeners: redirect)",
        "What happens to %2F and %5C in a path.",
        ("keep", EscapedSlashes.Keep), ("reject", EscapedSlashes.Reject), ("redirect", EscapedSlashes.Redirect));

    internal static readonly Setting<UnderscoreHeaders?> Underscores = DialectChoice("EDGE_UNDERSCORE_HEADERS",
        "allow (Gateway listeners: reject)", "What happens to field names with an underscore.",
        ("allow", UnderscoreHeaders.Allow), ("drop", UnderscoreHeaders.Drop), ("reject", UnderscoreHeaders.Reject));

    internal static readonly Setting<string?> Product = ProductToken("EDGE_PRODUCT",
        "Token in Server and Via; without it voltagesoda-edge/<version>.");

    internal static readonly Setting<TimeSpan> PoolIdle = Duration("EDGE_POOL_IDLE", "55s",
        "How long an upstream connection may be idle in the pool (below the 60 s of common servers).", null,
        "KONG_UPSTREAM_KEEPALIVE_IDLE_TIMEOUT");

    internal static readonly Setting<TimeSpan> PoolAge = Duration("EDGE_POOL_AGE", "0",
        "How old an upstream connection may grow before it is not reused; 0 is no limit.");

    internal static readonly Setting<long> PoolConnections = Integer("EDGE_POOL_CONNECTIONS", "0", 0, int.MaxValue,
        "Connections to one cluster in the process; 0 is no limit.");

    internal static readonly Setting<long> PoolPending = Integer("EDGE_POOL_PENDING", "1024", 0, int.MaxValue,
        "Requests of one cluster that may wait for a connection.");

    internal static readonly Setting<TimeSpan> PoolPendingTimeout = Duration("EDGE_POOL_PENDING_TIMEOUT", "5s",
        "How long a request may wait for a connection.");

    internal static readonly Setting<long> HalfOpenProbes = Integer("EDGE_HALF_OPEN_PROBES", "0", 0, 65_535,
        "Requests that an endpoint gets after an ejection until all of them have succeeded; the first that fails ejects it again. 0 returns it at once, as Envoy does.");

    internal static readonly Setting<TimeSpan> RedisBudget = Duration("EDGE_REDIS_BUDGET", "50ms",
        "Longest time one rate-limit check may wait for Redis.", TimeSpan.FromMilliseconds(1));

    internal static readonly Setting<RedisFallback> RedisFallbackMode = Choice("EDGE_REDIS_FALLBACK", "off",
        "While Redis is unreachable and fault_tolerant is on: off lets requests through as Kong does, local counts in this process.",
        ("off", RedisFallback.Off), ("local", RedisFallback.Local));

    internal static readonly Setting<RedisServers?> RedisServerList = new(
        "EDGE_REDIS_SERVERS", "redis://, cluster:// or sentinel:// servers", "",
        "Servers that every Redis rule uses instead of its own host and port: redis://host:port, cluster://host:port,host:port or "
            + "sentinel://host:port,host:port/primary. User, password, TLS and database stay the plugin's.",
        RedisServersSyntax.TryParse);

    internal static readonly Setting<string?> RedisSentinelUser = Text("EDGE_REDIS_SENTINEL_USERNAME", "",
        "ACL user at the sentinels of EDGE_REDIS_SERVERS.");

    internal static readonly Setting<string?> RedisSentinelPassword = SecretText("EDGE_REDIS_SENTINEL_PASSWORD",
        "Password at the sentinels of EDGE_REDIS_SERVERS.");

    internal static readonly Setting<long> RateLimitLease = Integer("EDGE_RATELIMIT_LEASE", "0", 0, 100_000,
        "Tokens a pod takes from Redis in one round trip for a consumer (or what else is counted), at most a tenth of the limit; 0 and 1 "
            + "ask for every request, as rules with several windows do. Never admits more than the limit; may admit up to pods x block fewer per window.");

    internal static readonly Setting<long> RateLimitMemory = Size("EDGE_RATELIMIT_MEMORY", "20MiB",
        "Memory of one rate-limiting or token-bucket instance for what it counts in this process. Beyond it new identifiers displace the least used.",
        64 * 1024, Mebi << 12);

    internal static readonly Setting<long> H2MaxStreams = Integer("EDGE_H2_MAX_STREAMS", "100", 1, 100_000,
        "Concurrent streams of one HTTP/2 connection.");

    internal static readonly Setting<long> H2ResetRate = Integer("EDGE_H2_RESET_RATE", "200", 1, int.MaxValue,
        "Streams reset before an answer, in 10 s, before the connection is closed.");

    internal static readonly Setting<long> H2Continuations = Integer("EDGE_H2_CONTINUATIONS", "8", 0, 1024,
        "CONTINUATION frames of one header block.");

    internal static readonly Setting<long> H2ControlRate = Integer("EDGE_H2_CONTROL_RATE", "100", 1, int.MaxValue,
        "PING, SETTINGS and PRIORITY frames, each, in 10 s.");

    internal static readonly Setting<int?> TlsConcurrency = AutoInteger("EDGE_TLS_CONCURRENCY", "auto", 1, 1_000_000,
        "TLS handshakes at once; auto is 64 per core.");

    internal static readonly Setting<long> AdminBodyLimit = Size("EDGE_LIMIT_ADMIN_BODY", "10MiB",
        "Bytes of a document posted to the Admin API; 0 is no limit.", 0, long.MaxValue, "KONG_NGINX_ADMIN_CLIENT_MAX_BODY_SIZE");

    internal static readonly Setting<long> MetricsSeries = Integer("EDGE_METRICS_SERIES", "100000", 1, 10_000_000,
        "Label sets of request and bandwidth counters; more are counted in one overflow series per route and status class.");

    internal static readonly Setting<long> MetricsConsumers = Integer("EDGE_METRICS_CONSUMERS", "10000", 0, 1_000_000,
        "Consumers with a label of their own in metrics; more share the label overflow.");

    private static Setting[] Limits =>
    [
        MetricsSeries, MetricsConsumers,
        RequestLine, HeaderLine, HeadersTotal, HeaderCount, Body, ResponseHead, ResponseHeaderCount, ConnectionRequests, Connections,
        ConnectionsPerListener, ConnectionsPerIp, Pipeline, MaxHops, MinBodyRate, MinResponseRate, LingerBytes,
        AdminBodyLimit,
    ];

    private static Setting[] Timeouts =>
    [
        RequestHeadTimeout, IdleTimeout, StreamIdleTimeout, RequestTimeout, TlsTimeout, TunnelTimeout, ProxyHeaderTimeout, LingerTimeout,
    ];

    private static Setting[] Http => [Slashes, Underscores, Product];

    private static Setting[] Pools =>
    [
        KeepalivePoolSize, KeepaliveMaxRequests, PoolIdle, PoolAge, PoolConnections, PoolPending, PoolPendingTimeout, HalfOpenProbes, RedisBudget,
        RedisFallbackMode, RedisServerList, RedisSentinelUser, RedisSentinelPassword, RateLimitLease, RateLimitMemory,
    ];

    private static Setting[] Http2 => [H2MaxStreams, H2ResetRate, H2Continuations, H2ControlRate, TlsConcurrency];
}
