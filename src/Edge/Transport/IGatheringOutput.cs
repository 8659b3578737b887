using System.Buffers;
using System.IO.Pipelines;

namespace VoltageSoda.Edge.Transport;

/// <summary>
/// What the PipeWriter of a connection can do beyond its base class. Cast <c>connection.Transport.Output</c>. Loop thread only.
/// </summary>
public interface IGatheringOutput
{
    /// <summary>
    /// Sends what was written before and then <paramref name="source"/>, without copying it where that pays. The memory must stay valid
    /// until the result completes.
    /// </summary>
    ValueTask<FlushResult> WriteAsync(in ReadOnlySequence<byte> source, CancellationToken cancellationToken = default);
}
