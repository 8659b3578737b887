namespace VoltageSoda.Edge.Protocol.Http;

/// <summary>
/// One validated response head from an upstream. Filled by a reader, valid until <see cref="Reset"/>; spans point into the block of
/// <see cref="Headers"/>. The received reason phrase is not kept: ours is written. One thread at a time.
/// </summary>
public sealed class ResponseHead
{
    public HeaderBlock Headers { get; } = new();

    /// <summary>100 to 599.</summary>
    public int Status => throw new NotImplementedException();

    public HttpVersion Version => throw new NotImplementedException();

    public BodyFraming Framing => throw new NotImplementedException();

    /// <summary>True when the upstream connection may be reused once the body is complete; false for bodies that end by close.</summary>
    public bool KeepAlive => throw new NotImplementedException();

    /// <summary>True for 1xx other than 101: another head follows.</summary>
    public bool IsInterim => Status is >= 100 and < 200 and not 101;

    /// <summary>The protocol of a 101 whose Connection lists upgrade; else empty.</summary>
    public ReadOnlySpan<byte> UpgradeProtocol => throw new NotImplementedException();

    /// <summary>Bytes of the head on the wire, final empty line included.</summary>
    public int HeadLength => throw new NotImplementedException();

    /// <summary>Makes the object ready for the next head and keeps its block.</summary>
    public void Reset() => throw new NotImplementedException();

    /// <summary>As <see cref="Reset"/>, and returns the block to the pool.</summary>
    public void Release() => throw new NotImplementedException();
}
