using VoltageSoda.Edge.Model;

using static VoltageSoda.Edge.Configuration.Settings.SettingRows;

namespace VoltageSoda.Edge.Configuration.Settings;

/// <content>Kong's properties and telemetry.</content>
public static partial class SettingTable
{
    internal static readonly Setting<IReadOnlyList<ListenAddress>> ProxyListen = Listen("KONG_PROXY_LISTEN",
        "0.0.0.0:8000 reuseport backlog=16384, 0.0.0.0:8443 http2 ssl reuseport backlog=16384",
        "Addresses that serve Kong routes.");

    internal static readonly Setting<IReadOnlyList<ListenAddress>> AdminListen = Listen("KONG_ADMIN_LISTEN",
        "127.0.0.1:8001 reuseport backlog=16384, 127.0.0.1:8444 http2 ssl reuseport backlog=16384",
        "Addresses of the Admin API.");

    internal static readonly Setting<IReadOnlyList<ListenAddress>> AdminGuiListen = Listen("KONG_ADMIN_GUI_LISTEN",
        "0.0.0.0:8002, 0.0.0.0:8445 ssl",
        "Addresses of Kong Manager; there is no GUI, so they answer 404.");

    internal static readonly Setting<IReadOnlyList<ListenAddress>> StatusListen = Listen("KONG_STATUS_LISTEN", "off",
        "Addresses of the Status API (/status, /status/ready, /metrics).");

    internal static readonly Setting<string?> StreamListen = Text("KONG_STREAM_LISTEN", "off",
        "Only off: TCP and UDP proxying is not supported.");

    internal static readonly Setting<long> KeepalivePoolSize = Integer("KONG_UPSTREAM_KEEPALIVE_POOL_SIZE", "512", 0, int.MaxValue,
        "Idle connections kept for one upstream endpoint; 0 keeps none.");

    internal static readonly Setting<long> KeepaliveMaxRequests = Integer("KONG_UPSTREAM_KEEPALIVE_MAX_REQUESTS", "1000", 0, int.MaxValue,
        "Requests on one upstream connection; 0 is no limit.");

    internal static readonly Setting<KongLogLevel> LogLevel = Choice("KONG_LOG_LEVEL", "notice", "Least important level that is logged.",
        ("debug", KongLogLevel.Debug), ("info", KongLogLevel.Info), ("notice", KongLogLevel.Notice), ("warn", KongLogLevel.Warn),
        ("error", KongLogLevel.Error), ("crit", KongLogLevel.Crit), ("alert", KongLogLevel.Alert), ("emerg", KongLogLevel.Emerg));

    internal static readonly Setting<string?> ProxyAccessLog = Text("KONG_PROXY_ACCESS_LOG", "/dev/stdout", "File of the access log, or off.");
    internal static readonly Setting<string?> ProxyErrorLog = Text("KONG_PROXY_ERROR_LOG", "/dev/stderr", "File of the error log, or off.");
    internal static readonly Setting<string?> AdminAccessLog = Text("KONG_ADMIN_ACCESS_LOG", "/dev/stdout", "Access log of the Admin API, or off.");
    internal static readonly Setting<string?> AdminErrorLog = Text("KONG_ADMIN_ERROR_LOG", "/dev/stderr", "Error log of the Admin API, or off.");
    internal static readonly Setting<string?> StatusAccessLog = Text("KONG_STATUS_ACCESS_LOG", "off", "Access log of the Status API, or off.");
    internal static readonly Setting<string?> StatusErrorLog = Text("KONG_STATUS_ERROR_LOG", "/dev/stderr", "Error log of the Status API, or off.");

    internal static readonly Setting<LogFormat> LogFormatChoice = Choice("EDGE_LOG_FORMAT", "text", "How log lines look.",
        ("text", LogFormat.Text), ("json", LogFormat.Json));

    internal static readonly Setting<KongHeaders> Headers = new("KONG_HEADERS", "list of header tokens, off",
        "server_tokens, latency_tokens, X-Kong-Request-Id",
        "Fields added to responses: Server, Via, X-Kong-Proxy-Latency, X-Kong-Response-Latency, X-Kong-Upstream-Latency, "
        + "X-Kong-Admin-Latency, X-Kong-Upstream-Status, X-Kong-Request-Id, server_tokens, latency_tokens.",
        KongHeaderTokens.TryParse);

    internal static readonly Setting<KongHeaders> HeadersUpstream = new("KONG_HEADERS_UPSTREAM", "X-Kong-Request-Id, off",
        "X-Kong-Request-Id", "Fields added to upstream requests.", KongHeaderTokens.TryParseUpstream);

    internal static readonly Setting<TrustedAddresses> TrustedIps = Trusted("KONG_TRUSTED_IPS",
        "Peers whose X-Forwarded-*, X-Real-IP and PROXY headers are believed.");

    internal static readonly Setting<string?> RealIpHeader = new("KONG_REAL_IP_HEADER", "field name", "X-Real-IP",
        "Field that names the client; proxy_protocol takes it from the PROXY header.", TryFieldName)
    {
        Aliases = ["KONG_NGINX_PROXY_REAL_IP_HEADER"],
    };

    internal static readonly Setting<bool> RealIpRecursive = Boolean("KONG_REAL_IP_RECURSIVE", "off",
        "Walk the field from the right past every trusted address.", "KONG_NGINX_PROXY_REAL_IP_RECURSIVE");

    internal static readonly Setting<string?> ErrorDefaultType = Choice<string?>("KONG_ERROR_DEFAULT_TYPE", "text/plain",
        "Type of error bodies when the client does not say.",
        ("application/json", "application/json"), ("application/xml", "application/xml"), ("text/html", "text/html"), ("text/plain", "text/plain"));

    internal static readonly Setting<bool> AllowDebugHeader = Boolean("KONG_ALLOW_DEBUG_HEADER", "off",
        "Answer Kong-Debug: 1 with the route and service that matched.");

    internal static readonly Setting<string?> RouterFlavor = Choice<string?>("KONG_ROUTER_FLAVOR", "traditional_compatible",
        "Only traditional_compatible is served; traditional is served as such with a finding.",
        ("traditional_compatible", "traditional_compatible"), ("traditional", "traditional"), ("expressions", "expressions"));

    internal static readonly Setting<IReadOnlyList<string>> Plugins = List("KONG_PLUGINS", "bundled",
        "Plugins that may be configured: names, bundled, or off.");

    internal static readonly Setting<string?> Database = Choice<string?>("KONG_DATABASE", "off",
        "Only off: configuration is declarative.",
        ("off", "off"), ("postgres", "postgres"), ("cassandra", "cassandra"));

    internal static readonly Setting<string?> Role = Choice<string?>("KONG_ROLE", "traditional",
        "Only traditional: hybrid mode is not supported.",
        ("traditional", "traditional"), ("control_plane", "control_plane"), ("data_plane", "data_plane"));

    internal static readonly Setting<IReadOnlyDictionary<int, int>> PortMaps = PortMap("KONG_PORT_MAPS", ':',
        "Public port : listening port, for X-Forwarded-Port, such as 80:8000.");

    internal static readonly Setting<IReadOnlyList<string>> DnsResolver = NameServers("KONG_DNS_RESOLVER",
        "Name servers (ip or ip:port); without it those of resolv.conf.");

    internal static readonly Setting<string?> DnsHostsFile = Text("KONG_DNS_HOSTSFILE", "/etc/hosts", "Hosts file.");

    internal static readonly Setting<IReadOnlyList<string>> DnsOrder = Words("KONG_DNS_ORDER", "LAST,SRV,A,CNAME",
        "Order in which record types are asked.", "LAST", "SRV", "A", "AAAA", "CNAME");

    internal static readonly Setting<TimeSpan?> DnsValidTtl = DialectDuration("KONG_DNS_VALID_TTL", "the record's own",
        "Overrides the TTL of records.");

    internal static readonly Setting<TimeSpan> DnsStaleTtl = Duration("KONG_DNS_STALE_TTL", "4s", "How long an expired answer may be used while it is refreshed.");
    internal static readonly Setting<TimeSpan> DnsNotFoundTtl = Duration("KONG_DNS_NOT_FOUND_TTL", "30s", "How long \"no such name\" is kept.");
    internal static readonly Setting<TimeSpan> DnsErrorTtl = Duration("KONG_DNS_ERROR_TTL", "1s", "How long a failed answer is kept.");

    internal static readonly Setting<TimeSpan> WorkerStateUpdate = Duration("KONG_WORKER_STATE_UPDATE_FREQUENCY", "5s",
        "Accepted for compatibility; a reload is visible to every loop at once.");

    internal static readonly Setting<string?> VaultEnvPrefix = Text("KONG_VAULT_ENV_PREFIX", "",
        "Put before the name of {vault://env/name} references.");

    internal static readonly Setting<string?> SslCert = Text("KONG_SSL_CERT", "",
        "Default certificates of ssl listeners, with commas: files, PEM or PEM in base64; one RSA and one ECDSA may be given. Files are watched. A self-signed one is made when none is given.");

    internal static readonly Setting<string?> SslCertKey = SecretText("KONG_SSL_CERT_KEY", "Their keys, unencrypted.");
    internal static readonly Setting<string?> AdminSslCert = Text("KONG_ADMIN_SSL_CERT", "", "Certificates of the Admin API.");
    internal static readonly Setting<string?> AdminSslCertKey = SecretText("KONG_ADMIN_SSL_CERT_KEY", "Their keys.");
    internal static readonly Setting<string?> StatusSslCert = Text("KONG_STATUS_SSL_CERT", "", "Certificates of the Status API.");
    internal static readonly Setting<string?> StatusSslCertKey = SecretText("KONG_STATUS_SSL_CERT_KEY", "Their keys.");
    internal static readonly Setting<string?> AdminGuiSslCert = Text("KONG_ADMIN_GUI_SSL_CERT", "", "Certificates of Kong Manager's addresses.");
    internal static readonly Setting<string?> AdminGuiSslCertKey = SecretText("KONG_ADMIN_GUI_SSL_CERT_KEY", "Their keys.");

    internal static readonly Setting<string?> SslCipherSuite = Choice<string?>("KONG_SSL_CIPHER_SUITE", "intermediate",
        "modern is TLS 1.3 alone; custom takes KONG_SSL_CIPHERS. Nothing below TLS 1.2 with ECDHE and AES-GCM or ChaCha20 is offered.",
        ("modern", "modern"), ("intermediate", "intermediate"), ("old", "old"), ("fips", "fips"), ("custom", "custom"));

    internal static readonly Setting<string?> SslCiphers = Text("KONG_SSL_CIPHERS", "",
        "TLS 1.2 suites by OpenSSL's names with colons, for KONG_SSL_CIPHER_SUITE=custom.");

    internal static readonly Setting<string?> SslProtocols = Text("KONG_SSL_PROTOCOLS", "TLSv1.2 TLSv1.3", "TLS versions of ssl listeners; 1.2 is the floor.");

    internal static readonly Setting<string?> TrustedCertificate = Text("KONG_LUA_SSL_TRUSTED_CERTIFICATE", "system",
        "Roots for upstreams that are verified and name no ca_certificates: files with commas, or system.");

    internal static readonly Setting<long> VerifyDepth = Integer("KONG_LUA_SSL_VERIFY_DEPTH", "1", 0, 100,
        "Certificates allowed between an upstream's own and its root, where the service does not say.");

    internal static readonly Setting<bool> ProxySslVerify = Boolean("KONG_NGINX_PROXY_PROXY_SSL_VERIFY", "off",
        "Verify upstreams whose service does not say tls_verify.");

    internal static readonly Setting<Uri?> OtlpEndpoint = HttpUrl("OTEL_EXPORTER_OTLP_ENDPOINT",
        "Collector that gets traces by OTLP; tracing by OTLP is on only when set. Over HTTP, /v1/traces is added to it.");

    internal static readonly Setting<Uri?> OtlpTracesEndpoint = HttpUrl("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "The same for traces alone, taken as it is.");

    internal static readonly Setting<bool> OtelDisabled = Boolean("OTEL_SDK_DISABLED", "off", "Switches tracing by OTLP off, whatever else is set.");

    internal static readonly Setting<bool> OtelTracesExported = Choice("OTEL_TRACES_EXPORTER", "otlp", "none switches tracing by OTLP off.",
        ("otlp", true), ("none", false));

    internal static readonly Setting<string?> OtlpHeaders = SecretPairs("OTEL_EXPORTER_OTLP_HEADERS",
        "Extra fields for the collector, name=value with commas, values percent-encoded.");

    internal static readonly Setting<string?> OtlpTracesHeaders = SecretPairs("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "The same for traces alone.");

    internal static readonly Setting<TimeSpan> OtlpTimeout = Duration("OTEL_EXPORTER_OTLP_TIMEOUT", "10s", "Time for one export.",
        TimeSpan.FromMilliseconds(1));

    internal static readonly Setting<TimeSpan> OtlpTracesTimeout = Duration("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "10s", "The same for traces alone.",
        TimeSpan.FromMilliseconds(1));

    internal static readonly Setting<string?> OtlpProtocol = Choice<string?>("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", "Encoding.",
        ("http/protobuf", "http/protobuf"), ("grpc", "grpc"));

    internal static readonly Setting<string?> OtlpTracesProtocol = Choice<string?>("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf",
        "The same for traces alone.", ("http/protobuf", "http/protobuf"), ("grpc", "grpc"));

    internal static readonly Setting<string?> OtelServiceName = Text("OTEL_SERVICE_NAME", "voltage-edge",
        "Name in traces; wins over service.name of OTEL_RESOURCE_ATTRIBUTES.");

    internal static readonly Setting<string?> OtelResourceAttributes = Text("OTEL_RESOURCE_ATTRIBUTES", "", "Further attributes, name=value with commas.");

    internal static readonly Setting<OtelSampler> OtelTracesSampler = Choice("OTEL_TRACES_SAMPLER", "parentbased_always_on",
        "Which requests are traced by OTLP that no zipkin plugin decides about; parentbased follows a caller's traceparent.",
        ("always_on", OtelSampler.AlwaysOn), ("always_off", OtelSampler.AlwaysOff), ("traceidratio", OtelSampler.Ratio),
        ("parentbased_always_on", OtelSampler.ParentOrAlwaysOn), ("parentbased_always_off", OtelSampler.ParentOrAlwaysOff),
        ("parentbased_traceidratio", OtelSampler.ParentOrRatio));

    internal static readonly Setting<double> OtelSamplerArgument = Ratio("OTEL_TRACES_SAMPLER_ARG", "1", "Share of traces for the ratio samplers.");

    private static Setting[] Telemetry =>
    [
        LogLevel, LogFormatChoice, ProxyAccessLog, ProxyErrorLog, AdminAccessLog, AdminErrorLog, StatusAccessLog, StatusErrorLog,
        OtlpEndpoint, OtlpTracesEndpoint, OtelDisabled, OtelTracesExported, OtlpHeaders, OtlpTracesHeaders, OtlpTimeout, OtlpTracesTimeout,
        OtlpProtocol, OtlpTracesProtocol, OtelServiceName, OtelResourceAttributes, OtelTracesSampler, OtelSamplerArgument,
    ];

    private static Setting[] Kong =>
    [
        Headers, HeadersUpstream, TrustedIps, RealIpHeader, RealIpRecursive, PortMaps, ErrorDefaultType, AllowDebugHeader, RouterFlavor,
        Plugins, Database, Role, DnsResolver, DnsHostsFile, DnsOrder, DnsValidTtl, DnsStaleTtl, DnsNotFoundTtl, DnsErrorTtl,
        WorkerStateUpdate, VaultEnvPrefix, SslCert, SslCertKey, AdminSslCert, AdminSslCertKey, StatusSslCert, StatusSslCertKey,
        AdminGuiSslCert, AdminGuiSslCertKey, SslCipherSuite, SslCiphers, SslProtocols, TrustedCertificate, VerifyDepth, ProxySslVerify,
    ];
}
