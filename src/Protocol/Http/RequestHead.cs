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
    /// <summary>The fields as received, dropped look-alikes excepted; Host replaced by the authority of an absolute-form target.</summary>
    public HeaderBlock Headers { get; } = new();

    public KnownMethod Method => throw new NotImplementedException();

    /// <summary>The method token as received.</summary>
    public ReadOnlySpan<byte> MethodBytes => throw new NotImplementedException();

    /// <summary>Origin-form target with query, bytes 0x80-0xff percent-encoded; <c>*</c> for asterisk-form.</summary>
    public ReadOnlySpan<byte> Target => throw new NotImplementedException();

    /// <summary>The target up to the query, raw (not canonical).</summary>
    public ReadOnlySpan<byte> Path => throw new NotImplementedException();

    /// <summary>The query with its leading <c>?</c>, as received; empty when there is none.</summary>
    public ReadOnlySpan<byte> Query => throw new NotImplementedException();

    /// <summary>True when a <c>?</c> was sent, even with nothing behind it.</summary>
    public bool HasQuery => throw new NotImplementedException();

    public HttpVersion Version => throw new NotImplementedException();

    public BodyFraming Framing => throw new NotImplementedException();

    /// <summary>True when the client expects the connection to live on after this exchange.</summary>
    public bool KeepAlive => throw new NotImplementedException();

    /// <summary>True when the client waits for 100 (never for HTTP/1.0).</summary>
    public bool ExpectContinue => throw new NotImplementedException();

    /// <summary>True when this is a complete and valid WebSocket handshake (RFC 6455 section 4.2.1).</summary>
    public bool IsWebSocketUpgrade => throw new NotImplementedException();

    /// <summary>Effective host with port if given: the absolute-form authority, else the Host value; empty for HTTP/1.0 without Host.</summary>
    public ReadOnlySpan<byte> Authority => throw new NotImplementedException();

    public bool IsAbsoluteForm => Scheme != UriScheme.None;

    public UriScheme Scheme => throw new NotImplementedException();

    /// <summary>True for <c>OPTIONS *</c>.</summary>
    public bool IsAsterisk => throw new NotImplementedException();

    /// <summary>True when TE lists trailers.</summary>
    public bool AcceptsTrailers => throw new NotImplementedException();

    /// <summary>Bytes of the head on the wire, final empty line included, leading empty lines not.</summary>
    public int HeadLength => throw new NotImplementedException();

    /// <summary>Fields dropped because their name imitates a guarded one with <c>_</c> for <c>-</c>.</summary>
    public int DroppedLookalikes => throw new NotImplementedException();

    /// <summary>Makes the object ready for the next head and keeps its block.</summary>
    public void Reset() => throw new NotImplementedException();

    /// <summary>As <see cref="Reset"/>, and returns the block to the pool (idle connection).</summary>
    public void Release() => throw new NotImplementedException();
}
