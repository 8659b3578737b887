using System.Security.Cryptography.X509Certificates;
using VoltageSoda.Edge.Configuration.Tls;
using VoltageSoda.Edge.Transport.Tls;
using T = VoltageSoda.Edge.Configuration.Settings.SettingTable;

namespace VoltageSoda.Edge.Configuration.Settings;

/// <summary>Certificates and rules of TLS, towards clients and towards upstreams. Immutable view of <see cref="EdgeSettings"/>.</summary>
public sealed class TlsSettings(EdgeSettings all)
{
    /// <summary>Certificates of proxy listeners.</summary>
    internal CertificatePairs Proxy => Pairs("proxy", T.SslCert, T.SslCertKey);

    /// <summary>Certificates of the Admin API.</summary>
    internal CertificatePairs Admin => Pairs("admin", T.AdminSslCert, T.AdminSslCertKey);

    /// <summary>Certificates of the Status API.</summary>
    internal CertificatePairs Status => Pairs("status", T.StatusSslCert, T.StatusSslCertKey);

    /// <summary>Certificates of Kong Manager's addresses.</summary>
    internal CertificatePairs Gui => Pairs("gui", T.AdminGuiSslCert, T.AdminGuiSslCertKey);

    /// <summary>Versions and suites, and what of the settings is not offered.</summary>
    internal CipherChoice Choice => CipherChoice.Of(
        all.Get(T.SslProtocols), all.IsGiven(T.SslProtocols), all.Get(T.SslCipherSuite) ?? "intermediate", all.Get(T.SslCiphers));

    /// <summary>Versions and suites.</summary>
    internal TlsServerRules Rules => Choice.Rules;

    /// <summary>Files of trusted roots for outgoing TLS; the word <c>system</c> stands for those of the system.</summary>
    public IReadOnlyList<string> Trusted => CertificateText.Split(all.Get(T.TrustedCertificate));

    /// <summary>Those roots, or null when they are the system's alone. What cannot be read was reported and is left out.</summary>
    internal X509Certificate2Collection? TrustedRoots()
    {
        if (Trusted.All(static entry => entry == "system"))
        {
            return null;
        }

        X509Certificate2Collection roots = [];
        foreach (string entry in Trusted)
        {
            if (entry == "system")
            {
                using X509Store store = new(StoreName.Root, StoreLocation.LocalMachine, OpenFlags.ReadOnly);
                roots.AddRange(store.Certificates);
            }
            else if (CertificateText.Read(entry, out _) is { } pem && Transport.Tls.TrustedRoots.TryParse(pem, out X509Certificate2Collection found, out _))
            {
                roots.AddRange(found);
            }
        }

        return roots;
    }

    /// <summary>Certificates allowed between an upstream's own and its root.</summary>
    public int VerifyDepth => (int)all.Get(T.VerifyDepth);

    /// <summary>Whether upstreams are verified whose service does not say.</summary>
    public bool VerifyUpstreams => all.Get(T.ProxySslVerify);

    /// <summary>Handshakes with clients at once.</summary>
    public int Concurrency => all.Limits.TlsConcurrency ?? Environment.ProcessorCount * 64;

    private CertificatePairs Pairs(string name, Setting<string?> certificates, Setting<string?> keys) =>
        new(name, certificates.Name, keys.Name, CertificateText.Split(all.Get(certificates)), CertificateText.Split(all.Get(keys)));
}
