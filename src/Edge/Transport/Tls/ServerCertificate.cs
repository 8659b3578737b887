using System.Net.Security;

namespace VoltageSoda.Edge.Transport.Tls;

/// <summary>What a listener shows for a name: one certificate, or one per key type, with the options of their handshakes. Immutable, thread-safe.</summary>
internal sealed class ServerCertificate
{
    private readonly Entry _first;
    private readonly Entry? _ecdsa;
    private readonly bool _tls12;
    private readonly bool _tls13;

    /// <param name="identities">In order of preference, at least one; a second is used when the two have different key types.</param>
    /// <param name="rules">Versions and suites.</param>
    public ServerCertificate(IReadOnlyList<CertificateIdentity> identities, TlsServerRules rules)
    {
        Identities = identities;
        CertificateIdentity? ecdsa = identities.FirstOrDefault(static identity => identity.IsEcdsa);
        CertificateIdentity? other = identities.FirstOrDefault(static identity => !identity.IsEcdsa);
        _first = new Entry(other ?? identities[0], rules);
        _ecdsa = ecdsa is not null && other is not null ? new Entry(ecdsa, rules) : null;
        _tls12 = rules.Tls12;
        _tls13 = rules.Tls13;
    }

    public IReadOnlyList<CertificateIdentity> Identities { get; }

    /// <summary>The options for a client: ECDSA is preferred where the client takes it, since signing with it costs a tenth of RSA.</summary>
    public SslServerAuthenticationOptions Options(bool offersTls13, bool acceptsEcdsa)
    {
        Entry entry = acceptsEcdsa && _ecdsa is { } ecdsa ? ecdsa : _first;
        return _tls13 && (offersTls13 || !_tls12) ? entry.Tls13 : entry.Tls12;
    }

    private sealed class Entry(CertificateIdentity identity, TlsServerRules rules)
    {
        public SslServerAuthenticationOptions Tls13 { get; } = rules.Options(identity, tls13: true);

        public SslServerAuthenticationOptions Tls12 { get; } = rules.Options(identity, tls13: false);
    }
}
