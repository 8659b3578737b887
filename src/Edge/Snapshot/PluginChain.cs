using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.Authentication;
using VoltageSoda.Edge.Policies.Authorization;
using VoltageSoda.Edge.Policies.Limits;
using VoltageSoda.Edge.Policies.Transformation;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>
/// The one configuration per plugin name that runs for a route and consumer, compiled; null where a plugin does not act. Kong's lookup
/// order was applied when the snapshot was built. Immutable, shared by all loops.
/// </summary>
internal sealed class PluginChain
{
    public static readonly PluginChain Empty = new();

    public CorrelationId? Correlation { get; init; }

    /// <summary>How requests are traced; null when they are not.</summary>
    public TracePlan? Trace { get; init; }

    public CorsPolicy? Cors { get; init; }

    public JwtVerifier? Jwt { get; init; }

    public KeyAuth? KeyAuth { get; init; }

    public BasicAuth? BasicAuth { get; init; }

    public IpRestriction? IpRestriction { get; init; }

    public BodySizeLimit? BodySize { get; init; }

    public GroupAcl? Acl { get; init; }

    public RateLimitPlan? RateLimit { get; init; }

    public TokenBucketPlan? TokenBucket { get; init; }

    /// <summary>Whether <see cref="RateLimit"/> or <see cref="TokenBucket"/> decides.</summary>
    public bool HasQuota => RateLimit is not null || TokenBucket is not null;

    public RequestTransform? RequestTransform { get; init; }

    public ResponseTransform? ResponseTransform { get; init; }

    public RequestTermination? Termination { get; init; }

    /// <summary>Where requests are counted; null when no prometheus plugin acts.</summary>
    public RouteMetrics? Metrics { get; init; }

    /// <summary>Where a log entry of each request goes; null when no http-log plugin acts.</summary>
    public HttpLogPlan? HttpLog { get; init; }

    /// <summary>What only looks at an answer, without what changes it: for an answer that stands in for one that went wrong.</summary>
    public PluginChain Recording => Metrics is null && HttpLog is null && Trace is null
        ? Empty
        : new PluginChain { Metrics = Metrics, HttpLog = HttpLog, Trace = Trace };

    /// <summary>Every plugin that applies, acting or loaded but inactive, in the order in which they run; for explain.</summary>
    public IReadOnlyList<KongPlugin> Sources { get; init; } = [];
}
