namespace VoltageSoda.Edge.Telemetry;

/// <summary>How a TLS handshake ended: the <c>result</c> label of <c>vse_tls_handshakes_total</c>. Values index counters.</summary>
public enum TlsOutcome
{
    /// <summary>A session was agreed on.</summary>
    Ok,

    /// <summary>It was not done in time.</summary>
    Timeout,

    /// <summary>The other side closed or reset the connection.</summary>
    Closed,

    /// <summary>A request in plain HTTP on a TLS listener.</summary>
    PlainHttp,

    /// <summary>The first bytes are no TLS.</summary>
    NotTls,

    /// <summary>No common version.</summary>
    Version,

    /// <summary>No common cipher suite.</summary>
    Cipher,

    /// <summary>No common application protocol.</summary>
    Alpn,

    /// <summary>The other side refused with an alert: for upstreams mostly a client certificate that it wants or does not take.</summary>
    Alert,

    /// <summary>The upstream's certificate is outside its time.</summary>
    Expired,

    /// <summary>The upstream's certificate is for other names.</summary>
    WrongName,

    /// <summary>The upstream's certificate does not lead to a trusted root.</summary>
    Untrusted,

    /// <summary>The upstream's chain is longer than allowed.</summary>
    TooDeep,

    /// <summary>No server of a Gateway listener has the name that the client asked for.</summary>
    UnknownName,

    /// <summary>The server of a Gateway listener has no certificate to show.</summary>
    NoCertificate,

    /// <summary>The process is draining.</summary>
    Drain,

    /// <summary>Anything else.</summary>
    Other,
}

/// <summary>Finds the cause of a failed handshake in what the platform throws. Pure.</summary>
internal static class TlsOutcomes
{
    /// <summary>Names as they appear in metrics and logs.</summary>
    public static string Name(TlsOutcome outcome) => outcome switch
    {
        TlsOutcome.Ok => "ok",
        TlsOutcome.Timeout => "timeout",
        TlsOutcome.Closed => "closed",
        TlsOutcome.PlainHttp => "plain_http",
        TlsOutcome.NotTls => "not_tls",
        TlsOutcome.Version => "version",
        TlsOutcome.Cipher => "cipher",
        TlsOutcome.Alpn => "alpn",
        TlsOutcome.Alert => "alert",
        TlsOutcome.Expired => "expired",
        TlsOutcome.WrongName => "wrong_name",
        TlsOutcome.Untrusted => "untrusted",
        TlsOutcome.TooDeep => "too_deep",
        TlsOutcome.UnknownName => "unknown_name",
        TlsOutcome.NoCertificate => "no_certificate",
        TlsOutcome.Drain => "drain",
        _ => "other",
    };

    /// <summary>
    /// OpenSSL says what went wrong in the text of its innermost error only. Unknown texts count as <see cref="TlsOutcome.Other"/>.
    /// </summary>
    public static TlsOutcome Of(Exception exception)
    {
        if (exception is OperationCanceledException)
        {
            return TlsOutcome.Timeout;
        }

        string text = Text(exception);
        return Has(text, "wrong version number") || Has(text, "http request") ? TlsOutcome.NotTls
            : Has(text, "application protocol") ? TlsOutcome.Alpn
            : Has(text, "unsupported protocol") || Has(text, "protocol version") || Has(text, "version too low") ? TlsOutcome.Version
            : Has(text, "shared cipher") || Has(text, "signature algorithm") ? TlsOutcome.Cipher
            : Has(text, "alert") ? TlsOutcome.Alert
            : exception is IOException ? TlsOutcome.Closed
            : TlsOutcome.Other;
    }

    /// <summary>What OpenSSL, or whoever threw, said.</summary>
    public static string Text(Exception exception)
    {
        while (exception.InnerException is { } inner)
        {
            exception = inner;
        }

        return exception.Message;
    }

    private static bool Has(string text, string part) => text.Contains(part, StringComparison.OrdinalIgnoreCase);
}
