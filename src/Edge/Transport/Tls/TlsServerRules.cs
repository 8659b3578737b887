using System.Net.Security;
using System.Security.Authentication;

namespace VoltageSoda.Edge.Transport.Tls;

/// <summary>Versions and cipher suites that listeners agree to; never below TLS 1.2. Immutable.</summary>
internal sealed record TlsServerRules
{
    /// <summary>Suites of TLS 1.2 that give forward secrecy and authenticated encryption, with OpenSSL's names.</summary>
    public static readonly IReadOnlyList<(TlsCipherSuite Suite, string Name)> Tls12Suites =
    [
        (TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "ECDHE-ECDSA-AES128-GCM-SHA256"),
        (TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, "ECDHE-RSA-AES128-GCM-SHA256"),
        (TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, "ECDHE-ECDSA-AES256-GCM-SHA384"),
        (TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, "ECDHE-RSA-AES256-GCM-SHA384"),
        (TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, "ECDHE-ECDSA-CHACHA20-POLY1305"),
        (TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, "ECDHE-RSA-CHACHA20-POLY1305"),
    ];

    /// <summary>Everything that is acceptable. Below the list that it is made from.</summary>
    public static readonly TlsServerRules Default = new();

    /// <summary>TLS 1.2 is offered.</summary>
    public bool Tls12 { get; init; } = true;

    /// <summary>TLS 1.3 is offered.</summary>
    public bool Tls13 { get; init; } = true;

    /// <summary>Suites of TLS 1.2, a part of <see cref="Tls12Suites"/>.</summary>
    public IReadOnlyList<TlsCipherSuite> Suites { get; init; } = [.. Tls12Suites.Select(static suite => suite.Suite)];

    /// <summary>
    /// Options for one certificate. A client that offers TLS 1.3 gets options for it alone: only without a list of suites does the platform keep
    /// the session context that resumption and cheap handshakes need, and every suite of TLS 1.3 is acceptable.
    /// </summary>
    public SslServerAuthenticationOptions Options(CertificateIdentity certificate, bool tls13) => new()
    {
        ServerCertificateContext = certificate.Context,
        EnabledSslProtocols = tls13 ? SslProtocols.Tls13 : SslProtocols.Tls12,
        CipherSuitesPolicy = tls13 || !OperatingSystem.IsLinux() ? null : new CipherSuitesPolicy(Suites),
        ApplicationProtocols = [SslApplicationProtocol.Http11],
        AllowRenegotiation = false,
        ClientCertificateRequired = false,
    };

    /// <summary>OpenSSL's name of a suite.</summary>
    public static string NameOf(TlsCipherSuite suite)
    {
        foreach ((TlsCipherSuite known, string name) in Tls12Suites)
        {
            if (known == suite)
            {
                return name;
            }
        }

        return suite.ToString();
    }
}
