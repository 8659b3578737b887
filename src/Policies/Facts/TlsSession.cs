namespace VoltageSoda.Edge.Policies.Facts;

/// <summary>What a TLS handshake agreed on, as text ready for logs and matching. Immutable; one per connection, shared by its requests.</summary>
public sealed class TlsSession
{
    /// <summary><c>TLSv1.2</c> or <c>TLSv1.3</c>, as nginx's <c>$ssl_protocol</c>.</summary>
    public required ReadOnlyMemory<byte> Version { get; init; }

    /// <summary>OpenSSL's name of the cipher suite, as nginx's <c>$ssl_cipher</c>.</summary>
    public required ReadOnlyMemory<byte> Cipher { get; init; }

    /// <summary>Host that the client asked for, in lower case; empty when it named none.</summary>
    public ReadOnlyMemory<byte> ServerName { get; init; }
}
