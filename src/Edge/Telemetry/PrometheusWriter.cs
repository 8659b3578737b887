using System.Buffers;
using System.IO.Pipelines;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// Writes the metrics in the Prometheus text format 0.0.4: Kong's names, labels, buckets and order first, then <c>edge_*</c> and
/// <c>vse_*</c>. Any thread; holds nothing and reads the live counters. (kong/plugins/prometheus/exporter.lua of Kong 3.4)
/// </summary>
public static class PrometheusWriter
{
    /// <summary>Media type of the answer, as Kong sends it.</summary>
    public const string ContentType = "text/plain; charset=UTF-8";

    // A scrape of thousands of routes is megabytes: it leaves in pieces and waits for a slow reader. A server's own buffers are 4 KiB, and
    // each that is filled becomes a chunk and a system call: a piece is put together here. It stays out of the large object heap.
    private const int PieceBytes = 32 * 1024;
    private const int PieceRoom = 64 * 1024;

    /// <summary>Writes one scrape.</summary>
    /// <param name="output">Where the text goes.</param>
    /// <param name="metrics">The counters.</param>
    /// <param name="node">For the node labels.</param>
    /// <param name="health">Rows of <c>kong_upstream_target_health</c>; null when no plugin entry asks for it.</param>
    public static void Write(IBufferWriter<byte> output, EdgeMetrics metrics, NodeIdentity node, IReadOnlyList<TargetHealthRow>? health)
    {
        foreach (bool _ in Blocks(output, metrics, node, health))
        {
        }
    }

    /// <summary>Writes one scrape piece by piece, waiting for the reader of the pipe between pieces.</summary>
    public static ValueTask WriteAsync(
        PipeWriter output, EdgeMetrics metrics, NodeIdentity node, IReadOnlyList<TargetHealthRow>? health, CancellationToken cancellation) =>
        WriteAsync(output, piece => Blocks(piece, metrics, node, health), cancellation);

    /// <summary>The same of the given blocks, each of which ends between two lines.</summary>
    internal static async ValueTask WriteAsync(
        PipeWriter output, Func<IBufferWriter<byte>, IEnumerable<bool>> blocks, CancellationToken cancellation)
    {
        ArrayBufferWriter<byte> piece = new(PieceRoom);
        foreach (bool _ in blocks(piece))
        {
            if (piece.WrittenCount >= PieceBytes)
            {
                FlushResult flushed = await output.WriteAsync(piece.WrittenMemory, cancellation);
                if (flushed.IsCompleted || flushed.IsCanceled)
                {
                    return;
                }

                piece.ResetWrittenCount();
            }
        }

        await output.WriteAsync(piece.WrittenMemory, cancellation);
    }

    /// <summary>Kong's families and the edge's own.</summary>
    internal static IEnumerable<bool> Blocks(
        IBufferWriter<byte> output, EdgeMetrics metrics, NodeIdentity node, IReadOnlyList<TargetHealthRow>? health)
    {
        foreach (bool block in KongExposition.Blocks(output, metrics, node, health))
        {
            yield return block;
        }

        foreach (bool block in EdgeExposition.Blocks(output, metrics))
        {
            yield return block;
        }
    }
}
