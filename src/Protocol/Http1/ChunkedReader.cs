using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.Http1;

/// <summary>What one call of <see cref="ChunkedReader.Read"/> found.</summary>
public enum ChunkedStep : byte
{
    /// <summary>All input was consumed; more is needed.</summary>
    NeedMore,

    /// <summary>A run of body bytes was found; call again for what follows.</summary>
    Data,

    /// <summary>The body ended; bytes behind <c>consumed</c> belong to the next message.</summary>
    End,

    /// <summary>The framing is broken; nothing further may be read.</summary>
    Refused,
}

/// <summary>
/// Reads chunked coding (RFC 9112 section 7.1) byte by byte over spans. Buffers no data: runs point into the input; only an unfinished
/// trailer line is kept, in the trailer block. A mutable struct: keep it in a field and never copy it. Default value is ready to use.
/// </summary>
public struct ChunkedReader
{
    /// <summary>
    /// Consumes framing up to and including the next run of data. Call until NeedMore, End or Refused. Every consumed byte is final.
    /// <paramref name="trailers"/> receives the permitted trailer fields: give the same block on every call of one body.
    /// <paramref name="data"/> is the run found, a part of <paramref name="input"/>; empty unless Data is returned.
    /// </summary>
    public ChunkedStep Read(ReadOnlySpan<byte> input, HeaderBlock trailers, out int consumed, out ReadOnlySpan<byte> data, out WireError error) =>
        throw new NotImplementedException();

    /// <summary>Body bytes yielded so far.</summary>
    public readonly long DataBytes => throw new NotImplementedException();

    /// <summary>True when the end of the body was reached.</summary>
    public readonly bool IsEnded => throw new NotImplementedException();

    /// <summary>Makes the reader ready for the next body.</summary>
    public void Reset() => throw new NotImplementedException();
}
