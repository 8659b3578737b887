using System.Buffers;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// Writes the metrics in the Prometheus text format 0.0.4: Kong's names, labels, buckets and order first, then <c>edge_*</c> and
/// <c>vse_*</c>. Any thread; holds nothing and reads the live counters.
/// </summary>
public static class PrometheusWriter
{
    /// <summary>Media type of the answer, as Kong sends it.</summary>
    public const string ContentType = "text/plain; charset=UTF-8";

    /// <summary>Writes one scrape.</summary>
    public static void Write(IBufferWriter<byte> output, EdgeMetrics metrics, NodeIdentity node, IReadOnlyList<TargetHealthRow> health) =>
        throw new NotImplementedException();
}
