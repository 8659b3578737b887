namespace VoltageSoda.Edge.Telemetry;

/// <summary>Which per-route metrics a prometheus plugin entry switches on (kong/plugins/prometheus/schema.lua; all default off).</summary>
[Flags]
public enum RouteMetricSet
{
    None = 0,

    /// <summary><c>status_code_metrics</c></summary>
    StatusCodes = 1,

    /// <summary><c>latency_metrics</c></summary>
    Latency = 2,

    /// <summary><c>bandwidth_metrics</c></summary>
    Bandwidth = 4,

    /// <summary><c>per_consumer</c>: fills the consumer label.</summary>
    PerConsumer = 8,

    /// <summary><c>upstream_health_metrics</c>: process-wide, read by the exposition and not by <see cref="RouteMetrics.Record"/>.</summary>
    UpstreamHealth = 16,
}
