using VoltageSoda.Edge.Telemetry.Queues;

namespace VoltageSoda.Edge.Telemetry.Tracing;

/// <summary>Where the spans of one plugin instance go and what they say beside the exchange's own facts. Immutable.</summary>
internal sealed class TraceTarget
{
    /// <summary>Kong's <c>local_service_name</c>.</summary>
    public string LocalServiceName { get; init; } = "kong";

    /// <summary>Name of a remote side that has none; null for no such.</summary>
    public string? DefaultServiceName { get; init; }

    /// <summary>Whether the id of the caller's credential is told.</summary>
    public bool TellsCredential { get; init; } = true;

    /// <summary>Names are method and path instead of the method (Kong: <c>http_span_name: method_path</c>).</summary>
    public bool NamesPath { get; init; }

    /// <summary>Durations of phases are tags instead of annotations (Kong: <c>phase_duration_flavor: tags</c>).</summary>
    public bool TagsPhases { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> StaticTags { get; init; } = [];

    /// <summary>Tag names of <see cref="SpanRecord.HeaderTag"/>, by index.</summary>
    public IReadOnlyList<string> HeaderTags { get; init; } = [];

    /// <summary>Takes the spans as Zipkin JSON; null when they are not sent so.</summary>
    public BatchQueue? Zipkin { get; init; }

    /// <summary>Whether the spans go to the process's OTLP collector too.</summary>
    public bool ToOtlp { get; init; }
}
