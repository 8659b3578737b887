namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// The facts of one line: spans over the exchange's own memory, read before <see cref="LoopAccessLog.Write"/> returns. Fields that are
/// not known stay empty (printed <c>-</c>, absent in JSON). Values are raw: the log escapes, cuts and masks.
/// </summary>
public ref struct AccessLogLine
{
    /// <summary>Wall clock, milliseconds since 1970 UTC, from the loop's cached clock.</summary>
    public long UnixMilliseconds { get; set; }

    /// <summary>Client address as text (after real-ip rules), without port.</summary>
    public ReadOnlySpan<byte> RemoteAddress { get; set; }

    /// <summary>User name of basic authentication, if any.</summary>
    public ReadOnlySpan<byte> RemoteUser { get; set; }

    public ReadOnlySpan<byte> Method { get; set; }

    /// <summary>Request target as received, with query.</summary>
    public ReadOnlySpan<byte> Target { get; set; }

    /// <summary>10, 11 or 20; 0 when the request line was not understood.</summary>
    public int HttpVersion { get; set; }

    /// <summary>Status sent; 499 when the client left first, 0 when nothing was sent.</summary>
    public int Status { get; set; }

    /// <summary>Body bytes sent to the client.</summary>
    public long BodyBytesSent { get; set; }

    public ReadOnlySpan<byte> Referer { get; set; }

    public ReadOnlySpan<byte> UserAgent { get; set; }

    /// <summary>Kind of refusal or failure, empty for a served request. Written as <c>reason=</c> and subject to the flood guard.</summary>
    public ReadOnlySpan<byte> Reason { get; set; }

    /// <summary>JSON only, as is everything that follows.</summary>
    public ReadOnlySpan<byte> Host { get; set; }

    public ReadOnlySpan<byte> RequestId { get; set; }

    /// <summary>Version and cipher suite of TLS, as nginx's $ssl_protocol and $ssl_cipher; empty on a plain connection.</summary>
    public ReadOnlySpan<byte> TlsVersion { get; set; }

    public ReadOnlySpan<byte> TlsCipher { get; set; }

    public ReadOnlySpan<byte> Service { get; set; }

    public ReadOnlySpan<byte> Route { get; set; }

    public ReadOnlySpan<byte> Consumer { get; set; }

    /// <summary>Endpoint of the last attempt as <c>ip:port</c>.</summary>
    public ReadOnlySpan<byte> UpstreamAddress { get; set; }

    /// <summary>Attempts made; 0 when nothing was proxied.</summary>
    public int Attempts { get; set; }

    /// <summary>Request bytes, head included.</summary>
    public long BytesReceived { get; set; }

    /// <summary>Response bytes, head included.</summary>
    public long BytesSent { get; set; }

    /// <summary>Milliseconds, or -1.</summary>
    public int KongMs { get; set; }

    /// <summary>Milliseconds, or -1 when nothing was proxied.</summary>
    public int UpstreamMs { get; set; }

    /// <summary>Milliseconds, or -1.</summary>
    public int RequestMs { get; set; }
}
