using VoltageSoda.Edge.Protocol.Http1;

namespace VoltageSoda.Edge.Protocol.Http;

/// <summary>Scheme of an absolute-form request target.</summary>
public enum UriScheme : byte
{
    /// <summary>Origin-form or asterisk-form: the target names no scheme.</summary>
    None,
    Http,
    Https,
}

/// <summary>
/// One validated request head. Filled by a reader, valid until <see cref="Reset"/>; all spans point into the block of
/// <see cref="Headers"/>. Also holds the reader's place between two calls while the head is incomplete. One thread at a time.
/// </summary>
public sealed class RequestHead
{
    // Mutable struct: the reader works on it by reference.
    internal HeadProgress Progress;

    /// <summary>The fields as received, dropped look-alikes excepted; Host replaced by the authority of an absolute-form target.</summary>
    public HeaderBlock Headers { get; } = new();

    /// <summary>The method, when it is one with a meaning to the edge.</summary>
    public KnownMethod Method { get; internal set; }

    /// <summary>The method token as received.</summary>
    public ReadOnlySpan<byte> MethodBytes => Headers.Slice(0, MethodLength);

    /// <summary>Origin-form target with query, bytes 0x80-0xff percent-encoded; <c>*</c> for asterisk-form.</summary>
    public ReadOnlySpan<byte> Target => Headers.Slice(TargetStart, TargetLength);

    /// <summary>The target up to the query, raw (not canonical).</summary>
    public ReadOnlySpan<byte> Path => Headers.Slice(TargetStart, PathLength);

    /// <summary>The query with its leading <c>?</c>, as received; empty when there is none.</summary>
    public ReadOnlySpan<byte> Query => Headers.Slice(TargetStart + PathLength, TargetLength - PathLength);

    /// <summary>True when a <c>?</c> was sent, even with nothing behind it.</summary>
    public bool HasQuery => TargetLength > PathLength;

    /// <summary>The version of the message; answers are always written as HTTP/1.1.</summary>
    public HttpVersion Version { get; internal set; }

    /// <summary>Where the body ends.</summary>
    public BodyFraming Framing { get; internal set; }

    /// <summary>True when the client expects the connection to live on after this exchange.</summary>
    public bool KeepAlive { get; internal set; }

    /// <summary>True when the client waits for 100 (never for HTTP/1.0).</summary>
    public bool ExpectContinue { get; internal set; }

    /// <summary>True when this is a complete and valid WebSocket handshake (RFC 6455 section 4.2.1).</summary>
    public bool IsWebSocketUpgrade { get; internal set; }

    /// <summary>Effective host with port if given: the absolute-form authority, else the Host value; empty for HTTP/1.0 without Host.</summary>
    public ReadOnlySpan<byte> Authority => Headers.Slice(AuthorityStart, AuthorityLength);

    /// <summary>True when the target named a scheme and an authority.</summary>
    public bool IsAbsoluteForm => Scheme != UriScheme.None;

    /// <summary>The scheme of an absolute-form target.</summary>
    public UriScheme Scheme { get; internal set; }

    /// <summary>True for <c>OPTIONS *</c>.</summary>
    public bool IsAsterisk { get; internal set; }

    /// <summary>True when TE lists trailers.</summary>
    public bool AcceptsTrailers { get; internal set; }

    /// <summary>Bytes of the head on the wire, final empty line included, leading empty lines not.</summary>
    public int HeadLength { get; internal set; }

    /// <summary>Fields dropped because their name imitates a guarded one with <c>_</c> for <c>-</c>.</summary>
    public int DroppedLookalikes { get; internal set; }

    /// <summary>True once any byte of a start line was seen: an idle connection has none, a slow one has.</summary>
    public bool IsStarted => Progress.Phase != HeadPhase.StartLine || Progress.Scanned > 0 || Progress.Gathered > 0;

    /// <summary>True once the start line was read and is valid, also when what follows is refused.</summary>
    public bool HasStartLine => Progress.Phase != HeadPhase.StartLine;

    /// <summary>Bytes of the pooled block held, for memory accounting.</summary>
    public int BlockCapacity => Headers.BlockCapacity;

    internal int MethodLength { get; set; }

    internal int TargetStart { get; set; }

    internal int TargetLength { get; set; }

    internal int PathLength { get; set; }

    internal bool TargetNeedsEncoding { get; set; }

    internal int AuthorityStart { get; set; }

    internal int AuthorityLength { get; set; }

    /// <summary>Becomes a copy of another complete head.</summary>
    public void CopyFrom(RequestHead other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Reset();
        Headers.CopyFrom(other.Headers);
        Method = other.Method;
        Version = other.Version;
        Framing = other.Framing;
        KeepAlive = other.KeepAlive;
        ExpectContinue = other.ExpectContinue;
        IsWebSocketUpgrade = other.IsWebSocketUpgrade;
        Scheme = other.Scheme;
        IsAsterisk = other.IsAsterisk;
        AcceptsTrailers = other.AcceptsTrailers;
        HeadLength = other.HeadLength;
        MethodLength = other.MethodLength;
        TargetStart = other.TargetStart;
        TargetLength = other.TargetLength;
        PathLength = other.PathLength;
        AuthorityStart = other.AuthorityStart;
        AuthorityLength = other.AuthorityLength;
    }

    /// <summary>Makes the object ready for the next head and keeps its block.</summary>
    public void Reset()
    {
        Headers.Clear();
        Clear();
    }

    /// <summary>As <see cref="Reset"/>, and returns the block to the pool (idle connection).</summary>
    public void Release()
    {
        Headers.Release();
        Clear();
    }

    /// <summary>Drops what was noted of a target whose line was refused.</summary>
    internal void ForgetTarget()
    {
        TargetStart = 0;
        TargetLength = 0;
        PathLength = 0;
        AuthorityStart = 0;
        AuthorityLength = 0;
    }

    private void Clear()
    {
        Progress = default;
        Method = default;
        Version = default;
        Framing = default;
        KeepAlive = false;
        ExpectContinue = false;
        IsWebSocketUpgrade = false;
        Scheme = default;
        IsAsterisk = false;
        AcceptsTrailers = false;
        HeadLength = 0;
        DroppedLookalikes = 0;
        MethodLength = 0;
        TargetNeedsEncoding = false;
        ForgetTarget();
    }
}
