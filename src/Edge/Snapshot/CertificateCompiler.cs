using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Transport.Tls;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>
/// Turns configured certificates and server names into what listeners look up. What did not change since the last compilation is taken over, since
/// building a chain costs milliseconds. Not thread-safe.
/// </summary>
internal sealed class CertificateCompiler(TlsServerRules rules)
{
    private Dictionary<(string Cert, string Key), CertificateIdentity> _known = [];

    public SniCertificates Compile(KongModel model)
    {
        Dictionary<(string Cert, string Key), CertificateIdentity> used = [];
        Dictionary<Guid, ServerCertificate> certificates = [];
        foreach (KongCertificate certificate in model.Certificates)
        {
            List<CertificateIdentity> identities = [];
            Add(identities, used, certificate.CertPem, certificate.KeyPem);
            if (certificate is { AltCertPem: { } pem, AltKeyPem: { } key })
            {
                Add(identities, used, pem, key);
            }

            if (identities.Count != 0)
            {
                certificates[certificate.Id] = new ServerCertificate(identities, rules);
            }
        }

        _known = used;
        Dictionary<string, ServerCertificate> names = new(StringComparer.OrdinalIgnoreCase);
        foreach (KongSni sni in model.Snis)
        {
            if (certificates.TryGetValue(sni.Certificate.Id, out ServerCertificate? certificate))
            {
                names[sni.Name.TrimEnd('.')] = certificate;
            }
        }

        return new SniCertificates(names);
    }

    private void Add(
        List<CertificateIdentity> identities, Dictionary<(string Cert, string Key), CertificateIdentity> used, string cert, Secret key)
    {
        (string, string) pair = (cert, key.Reveal());
        if (_known.GetValueOrDefault(pair) is { } known || (known = CertificateIdentity.FromPem(cert, key.Reveal(), out _, out _)) is not null)
        {
            used[pair] = known;
            identities.Add(known);
        }
    }
}
