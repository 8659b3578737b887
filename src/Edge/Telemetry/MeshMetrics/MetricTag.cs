using System.Text;
using VoltageSoda.Edge.Telemetry.MeshLog;

namespace VoltageSoda.Edge.Telemetry.MeshMetrics;

/// <summary>A label that a Telemetry document sets. Immutable, thread-safe.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Source">What makes its value, for telling two of one name apart.</param>
internal sealed record MetricTag(string Name, string Source)
{
    /// <summary>The value, where it is always the same.</summary>
    public string? Fixed { get; init; }

    /// <summary>Position of the label of Istio's whose value it has; -1 for none.</summary>
    public int Copies { get; init; } = -1;

    /// <summary>What is read from the exchange; null where it is not.</summary>
    public LogFormat? Format { get; init; }

    /// <summary>Value when there is none to read.</summary>
    public byte[] Default { get; init; } = Encoding.ASCII.GetBytes(DestinationLabels.Unknown);

    /// <summary>Whether every exchange has to be asked.</summary>
    public bool IsRead => Format is not null;
}
