namespace VoltageSoda.Edge.Model.Mesh;

/// <summary>An Istio Telemetry document (<c>telemetry/v1alpha1/telemetry.proto</c>). Immutable.</summary>
public sealed record TelemetryDocument : MeshObject
{
    /// <summary>Labels of the workloads it holds for; empty is the namespace.</summary>
    public LabelSet Selector { get; init; } = LabelSet.Empty;

    /// <summary>Metrics.</summary>
    public IReadOnlyList<TelemetryMetrics> Metrics { get; init; } = [];

    /// <summary>Access logs.</summary>
    public IReadOnlyList<TelemetryAccessLog> AccessLogging { get; init; } = [];

    /// <summary>Traces.</summary>
    public IReadOnlyList<TelemetryTracing> Tracing { get; init; } = [];
}

/// <summary>Which side of a request a rule holds for.</summary>
public enum TelemetryMode
{
    /// <summary>Both.</summary>
    ClientAndServer,

    /// <summary>The side that sends: what a gateway is.</summary>
    Client,

    /// <summary>The side that serves.</summary>
    Server,
}

/// <summary>Metrics of some providers.</summary>
/// <param name="Providers">Names of providers; empty takes those of the parent.</param>
/// <param name="Overrides">Changes, later ones win.</param>
/// <param name="ReportingInterval">Time between reports of TCP connections; null is 5 s.</param>
/// <param name="Span">Where it begins.</param>
public sealed record TelemetryMetrics(
    IReadOnlyList<LocatedName> Providers, IReadOnlyList<MetricOverride> Overrides, TimeSpan? ReportingInterval, SourceSpan Span);

/// <summary>A change of one metric or of all.</summary>
/// <param name="Metric">Istio's name (REQUEST_COUNT), <c>ALL_METRICS</c>, or that of a custom metric.</param>
/// <param name="Mode">Which side.</param>
/// <param name="Disabled">Not reported; null keeps the parent's.</param>
/// <param name="TagOverrides">Changes of labels.</param>
/// <param name="Span">Where it begins.</param>
public sealed record MetricOverride(
    string Metric, TelemetryMode Mode, bool? Disabled, IReadOnlyList<TagOverride> TagOverrides, SourceSpan Span);

/// <summary>A change of one label.</summary>
/// <param name="Tag">Name of the label.</param>
/// <param name="Remove">True takes the label away.</param>
/// <param name="Value">CEL expression, or a template with <c>{{ }}</c>; null when the label is removed.</param>
/// <param name="Span">Where it begins.</param>
public sealed record TagOverride(string Tag, bool Remove, string? Value, SourceSpan Span);

/// <summary>Access logs of some providers.</summary>
/// <param name="Providers">Names of providers.</param>
/// <param name="Mode">Which side.</param>
/// <param name="Disabled">Not written; null keeps the parent's.</param>
/// <param name="Filter">CEL expression that must hold; null is always.</param>
/// <param name="Labels">More fields by template (<c>format.labels</c>, not in Istio's API).</param>
/// <param name="Span">Where it begins.</param>
public sealed record TelemetryAccessLog(
    IReadOnlyList<LocatedName> Providers, TelemetryMode Mode, bool? Disabled, string? Filter, IReadOnlyList<HeaderValue> Labels, SourceSpan Span);

/// <summary>Traces of some providers.</summary>
public sealed record TelemetryTracing
{
    /// <summary>Where it begins.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>Names of providers.</summary>
    public IReadOnlyList<LocatedName> Providers { get; init; } = [];

    /// <summary>Which side.</summary>
    public TelemetryMode Mode { get; init; }

    /// <summary>Percent of requests traced, 0 to 100; null takes the parent's.</summary>
    public double? RandomSamplingPercentage { get; init; }

    /// <summary>No spans are reported; null takes the parent's.</summary>
    public bool? DisableSpanReporting { get; init; }

    /// <summary>The request id carries the decision; null takes the parent's.</summary>
    public bool? UseRequestIdForTraceSampling { get; init; }

    /// <summary>Tags that are added.</summary>
    public IReadOnlyList<CustomTag> CustomTags { get; init; } = [];

    /// <summary>Characters of a path in a tag (not in Istio's API at this place); null takes the proxy's.</summary>
    public int? MaxPathTagLength { get; init; }
}

/// <summary>A tag of spans.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Source">Where its value comes from.</param>
/// <param name="Value">The literal, the variable's name, the header's name or the format.</param>
/// <param name="DefaultValue">Value when the source has none; null adds no tag.</param>
/// <param name="Span">Where it begins.</param>
public sealed record CustomTag(string Name, CustomTagSource Source, string Value, string? DefaultValue, SourceSpan Span);

/// <summary>Where a tag's value comes from.</summary>
public enum CustomTagSource
{
    /// <summary>It is written out.</summary>
    Literal,

    /// <summary>An environment variable.</summary>
    Environment,

    /// <summary>A header of the request.</summary>
    Header,

    /// <summary>An access log format.</summary>
    Formatter,
}
