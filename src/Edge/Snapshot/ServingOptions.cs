using VoltageSoda.Edge.Policies.Text;
using VoltageSoda.Edge.Policies.Transformation;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Transport.Tls;
using VoltageSoda.Edge.Upstream;
using VoltageSoda.Edge.Upstream.Tls;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>
/// Limits and timeouts of the data plane, taken from the settings once at start (http-hardening.md section 5 names the variables). All
/// times in milliseconds, all sizes in bytes; immutable.
/// </summary>
internal sealed record ServingOptions
{
    public RequestRules Rules { get; init; } = RequestRules.Kong;

    public HeadLimits ResponseHead { get; init; } = HeadLimits.Response;

    /// <summary><c>EDGE_LIMIT_BODY</c>; 0 without limit.</summary>
    public long MaxRequestBody { get; init; }

    /// <summary><c>EDGE_LIMIT_CONN_REQUESTS</c>.</summary>
    public int MaxRequestsPerConnection { get; init; } = 10_000;

    public int MaxConnections { get; init; } = 50_000;

    public int MaxConnectionsPerListener { get; init; } = 10_000;

    public int MaxConnectionsPerAddress { get; init; }

    /// <summary>From the first byte of a head to its end.</summary>
    public int HeadTimeout { get; init; } = 10_000;

    /// <summary>Idle keep-alive.</summary>
    public int IdleTimeout { get; init; } = 75_000;

    /// <summary>Receiving one whole request.</summary>
    public int RequestTimeout { get; init; } = 300_000;

    /// <summary>No byte in either direction of a stream.</summary>
    public int StreamIdleTimeout { get; init; } = 300_000;

    /// <summary>Bytes per second a client must send of an owed body.</summary>
    public int MinBodyRate { get; init; } = 240;

    /// <summary>Bytes per second a client must take of a waiting answer.</summary>
    public int MinResponseRate { get; init; } = 240;

    /// <summary>Grace before the rates count.</summary>
    public int RateGrace { get; init; } = 5_000;

    public int TunnelIdleTimeout { get; init; } = 3_600_000;

    public int LingerTimeout { get; init; } = 2_000;

    public int LingerBytes { get; init; } = 256 * 1024;

    /// <summary>Unread request body drained to keep a connection after a local answer.</summary>
    public int DrainBodyBytes { get; init; } = 64 * 1024;

    public int DrainBodyTimeout { get; init; } = 1_000;

    public int ProxyHeaderTimeout { get; init; } = 3_000;

    /// <summary>Own pseudonyms in Via before a request counts as a loop; 508 above.</summary>
    public int MaxHops { get; init; } = 10;

    /// <summary>Bytes of a request body kept so that an idempotent request can be sent again.</summary>
    public int ReplayBytes { get; init; } = 64 * 1024;

    /// <summary>Largest body collected for a plugin that needs it whole.</summary>
    public int CollectBytes { get; init; } = 1024 * 1024;

    public Protocol.Http.EscapedSlashes EscapedSlashes { get; init; }

    /// <summary><see cref="EscapedSlashes"/> is what somebody set: no document changes it.</summary>
    public bool FixesEscapedSlashes { get; init; }

    public bool MergeSlashes { get; init; } = true;

    public PoolSettings Pool { get; init; } = PoolSettings.Default;

    /// <summary>Connections of one cluster over all loops; 0 without limit.</summary>
    public int MaxUpstreamConnections { get; init; }

    /// <summary>Requests of one cluster that may wait for a connection.</summary>
    public int MaxUpstreamPending { get; init; } = 4096;

    /// <summary><c>EDGE_HALF_OPEN_PROBES</c>: requests that decide about an endpoint after an ejection; 0 returns it at once.</summary>
    public int HalfOpenProbes { get; init; }

    /// <summary><c>EDGE_LOCALITY</c>: where the edge is, <c>region/zone/subzone</c>; empty when not known.</summary>
    public string Locality { get; init; } = "";

    /// <summary><c>EDGE_MISSING_SUBSET</c>: a subset that no rule defines stands for the whole service.</summary>
    public bool MissingSubsetUsesService { get; init; }

    public ForwardedOptions Forwarded { get; init; } = new();

    /// <summary>Kong's <c>error_default_type</c>.</summary>
    public ErrorMediaType ErrorDefaultType { get; init; } = ErrorMediaType.Plain;

    /// <summary><c>KONG_ALLOW_DEBUG_HEADER</c>: Kong-Debug: 1 shows route and service.</summary>
    public bool AllowDebugHeader { get; init; }

    public QuotaOptions Quota { get; init; } = new();

    public GatewayFields Fields { get; init; } = GatewayFields.Default;

    /// <summary>Versions and cipher suites of TLS listeners.</summary>
    public TlsServerRules Tls { get; init; } = TlsServerRules.Default;

    /// <summary>What holds for https services that do not say otherwise.</summary>
    public UpstreamTls UpstreamTls { get; init; } = new();

    /// <summary><c>EDGE_TIMEOUT_TLS</c>: a handshake from accept to its end.</summary>
    public int TlsTimeout { get; init; } = 10_000;
}
