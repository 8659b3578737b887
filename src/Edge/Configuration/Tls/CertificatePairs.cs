using VoltageSoda.Edge.Transport.Tls;

namespace VoltageSoda.Edge.Configuration.Tls;

/// <summary>A property of a listener's certificates with the property of their keys, as given. Immutable.</summary>
/// <param name="Name">Which listener: <c>proxy</c>, <c>admin</c>, <c>status</c>, <c>gui</c>.</param>
/// <param name="CertificateProperty">Variable of the certificates.</param>
/// <param name="KeyProperty">Variable of the keys.</param>
/// <param name="Certificates">Paths or texts.</param>
/// <param name="Keys">Paths or texts, as many.</param>
internal sealed record CertificatePairs(
    string Name, string CertificateProperty, string KeyProperty, IReadOnlyList<string> Certificates, IReadOnlyList<string> Keys)
{
    /// <summary>Nothing is given: a certificate is made at start.</summary>
    public bool IsEmpty => Certificates.Count == 0 && Keys.Count == 0;

    /// <summary>Files that may change while they are used.</summary>
    public IEnumerable<string> Files => Certificates.Concat(Keys).Where(CertificateText.IsPath);

    /// <summary>Reads all of them; what cannot be used is told to <paramref name="failed"/> with its property. Null when any failed.</summary>
    public IReadOnlyList<CertificateIdentity>? Read(Action<string, string> failed)
    {
        if (Certificates.Count != Keys.Count)
        {
            failed(CertificateProperty, $"{Certificates.Count} certificates and {Keys.Count} keys ({KeyProperty}) are given: each certificate needs its key");
            return null;
        }

        List<CertificateIdentity> identities = [];
        bool good = true;
        for (int i = 0; i < Certificates.Count; i++)
        {
            string place = CertificateText.IsPath(Certificates[i]) ? $"{Certificates[i]}: " : "";
            if (CertificateText.Read(Certificates[i], out string reason) is not { } certificate)
            {
                failed(CertificateProperty, reason);
                good = false;
            }
            else if (CertificateText.Read(Keys[i], out reason) is not { } key)
            {
                failed(KeyProperty, reason);
                good = false;
            }
            else if (CertificateIdentity.FromPem(certificate, key, out PemFault fault, out reason) is { } identity)
            {
                identities.Add(identity);
            }
            else
            {
                failed(fault == PemFault.Certificate ? CertificateProperty : KeyProperty, fault == PemFault.Key ? reason : place + reason);
                good = false;
            }
        }

        return good ? identities : null;
    }
}
