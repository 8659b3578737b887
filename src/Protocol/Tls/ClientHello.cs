namespace VoltageSoda.Edge.Protocol.Tls;

/// <summary>What a client offers in its first TLS message, as far as the choice of a certificate depends on it. Immutable value.</summary>
public readonly record struct ClientHello
{
    /// <summary>Requested host in lower case without trailing dot (RFC 6066 section 3); null when none, or none that could be a host name, was sent.</summary>
    public string? ServerName { get; init; }

    /// <summary>TLS 1.3 is among the offered versions (RFC 8446 section 4.2.1).</summary>
    public bool OffersTls13 { get; init; }

    /// <summary>
    /// An ECDSA certificate can be used: a signature scheme for it is offered and, for TLS 1.2, a cipher suite that authenticates with it.
    /// </summary>
    public bool AcceptsEcdsa { get; init; }
}

/// <summary>What <see cref="ClientHelloReader"/> made of the first bytes of a connection.</summary>
public enum ClientHelloResult
{
    /// <summary>More bytes are needed.</summary>
    Incomplete,

    /// <summary>A whole ClientHello was read.</summary>
    Complete,

    /// <summary>The bytes are the beginning of a request in plain HTTP.</summary>
    PlainHttp,

    /// <summary>The bytes are neither TLS nor HTTP, or a ClientHello whose lengths contradict each other.</summary>
    NotTls,

    /// <summary>The message is longer than is accepted.</summary>
    TooLarge,
}
