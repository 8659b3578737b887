using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Relay;

/// <summary>
/// Takes the body bytes of one message and frames them for the other side. Loop-thread only; one writer.
/// </summary>
internal abstract class BodySink
{
    /// <summary>Whether bytes were written that no flush has taken yet.</summary>
    public abstract bool HasUnflushed { get; }

    /// <summary>Body bytes taken so far, framing excluded.</summary>
    public abstract long BytesWritten { get; }

    /// <summary>Copies a small run into the output without sending; false when the run is better sent by <see cref="SendAsync"/>.</summary>
    public abstract bool TryBuffer(ReadOnlySpan<byte> data);

    /// <summary>Sends everything buffered and then <paramref name="data"/>, without copying it where the transport can; false when the
    /// other side is gone or the wait was cancelled.</summary>
    public abstract ValueTask<bool> SendAsync(ReadOnlyMemory<byte> data);

    /// <summary>Sends what is buffered; false when the other side is gone or the wait was cancelled.</summary>
    public abstract ValueTask<bool> FlushAsync();

    /// <summary>Writes the end of the body (last chunk and <paramref name="trailers"/>) into the output; the caller flushes.</summary>
    public abstract void Complete(HeaderBlock? trailers);

    /// <summary>Ends a pending send or flush with false.</summary>
    public abstract void CancelWait();
}
