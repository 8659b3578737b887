using VoltageSoda.Edge.Protocol.Http1;

namespace VoltageSoda.Edge.Protocol.Http;

/// <summary>
/// One validated response head from an upstream. Filled by a reader, valid until <see cref="Reset"/>; spans point into the block of
/// <see cref="Headers"/>. The received reason phrase is not kept: ours is written. One thread at a time.
/// </summary>
public sealed class ResponseHead
{
    // Mutable struct: the reader works on it by reference.
    internal HeadProgress Progress;

    /// <summary>The fields as received; Transfer-Encoding removed where there can be no body.</summary>
    public HeaderBlock Headers { get; } = new();

    /// <summary>100 to 599.</summary>
    public int Status { get; internal set; }

    /// <summary>The version of the message; answers to clients are always written as HTTP/1.1.</summary>
    public HttpVersion Version { get; internal set; }

    /// <summary>Where the body ends.</summary>
    public BodyFraming Framing { get; internal set; }

    /// <summary>True when the upstream connection may be reused once the body is complete; false for bodies that end by close.</summary>
    public bool KeepAlive { get; internal set; }

    /// <summary>True for 1xx other than 101: another head follows.</summary>
    public bool IsInterim => Status is >= 100 and < 200 and not 101;

    /// <summary>The protocol of a 101 whose Connection lists upgrade; else empty.</summary>
    public ReadOnlySpan<byte> UpgradeProtocol => Headers.Slice(UpgradeStart, UpgradeLength);

    /// <summary>Bytes of the head on the wire, final empty line included.</summary>
    public int HeadLength { get; internal set; }

    /// <summary>True once any byte of the head was seen.</summary>
    public bool IsStarted => Progress.Phase != HeadPhase.StartLine || Progress.Scanned > 0 || Progress.Gathered > 0;

    internal int UpgradeStart { get; set; }

    internal int UpgradeLength { get; set; }

    /// <summary>Makes the object ready for the next head and keeps its block.</summary>
    public void Reset()
    {
        Headers.Clear();
        Clear();
    }

    /// <summary>As <see cref="Reset"/>, and returns the block to the pool.</summary>
    public void Release()
    {
        Headers.Release();
        Clear();
    }

    private void Clear()
    {
        Progress = default;
        Status = 0;
        Version = default;
        Framing = default;
        KeepAlive = false;
        HeadLength = 0;
        UpgradeStart = 0;
        UpgradeLength = 0;
    }
}
