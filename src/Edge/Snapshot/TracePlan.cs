using VoltageSoda.Edge.Policies.Tracing;
using VoltageSoda.Edge.Telemetry.Tracing;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>How requests are traced: by a zipkin plugin, or by the process when none acts. Immutable.</summary>
internal sealed class TracePlan
{
    public required Propagation Propagation { get; init; }

    /// <summary>Request field with tags of the client; empty when it is not read.</summary>
    public ReadOnlyMemory<byte> TagsField { get; init; }

    /// <summary>Request fields whose values become the tags of <see cref="TraceTarget.HeaderTags"/>.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> TagFields { get; init; } = [];

    /// <summary>Response field with the trace's id; empty when there is none.</summary>
    public ReadOnlyMemory<byte> ResponseField { get; init; }

    /// <summary>Null when spans go nowhere: contexts are passed on all the same.</summary>
    public TraceTarget? Target { get; init; }
}
