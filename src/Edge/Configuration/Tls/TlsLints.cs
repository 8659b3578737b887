using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Transport.Tls;

namespace VoltageSoda.Edge.Configuration.Tls;

/// <summary>What there is to say about the certificates and rules of TLS in the settings. Reads the files they name.</summary>
internal static class TlsLints
{
    private static readonly SourceSpan Place = new(SettingsLoader.EnvironmentName, 0, 0);

    public static void Check(FindingList findings, EdgeSettings settings, TimeProvider clock)
    {
        TlsSettings tls = settings.Tls;
        foreach (CertificatePairs pairs in (ReadOnlySpan<CertificatePairs>)[tls.Proxy, tls.Admin, tls.Status, tls.Gui])
        {
            if (!pairs.IsEmpty)
            {
                Pairs(findings, pairs, clock);
            }
        }

        CipherChoice choice = tls.Choice;
        if (choice.IsEmpty)
        {
            findings.Add(FindingCodes.TlsRulesEmpty, Place, SettingTable.SslProtocols.Name,
                $"{SettingTable.SslProtocols.Name}: no version of TLS is left", hint: "TLSv1.2 and TLSv1.3 are offered");
        }
        else if (choice.Refused.Count != 0)
        {
            findings.Add(FindingCodes.TlsFloor, Place, SettingTable.SslCipherSuite.Name,
                $"not offered: {string.Join(", ", choice.Refused)}", "left out", "TLS 1.2 with ECDHE and AES-GCM or ChaCha20, and TLS 1.3, are offered");
        }

        foreach (string file in tls.Trusted.Where(static entry => entry != "system"))
        {
            if (CertificateText.Read(file, out string reason) is not { } pem)
            {
                findings.Add(FindingCodes.ListenerCertificate, Place, SettingTable.TrustedCertificate.Name, $"{SettingTable.TrustedCertificate.Name}: {reason}");
            }
            else if (!TrustedRoots.TryParse(pem, out _, out reason))
            {
                findings.Add(FindingCodes.ListenerCertificate, Place, SettingTable.TrustedCertificate.Name, $"{SettingTable.TrustedCertificate.Name}: {file}: {reason}");
            }
        }
    }

    private static void Pairs(FindingList findings, CertificatePairs pairs, TimeProvider clock)
    {
        IReadOnlyList<CertificateIdentity>? identities = pairs.Read(
            (property, reason) => findings.Add(FindingCodes.ListenerCertificate, Place, property, $"{property}: {reason}"));
        foreach (CertificateIdentity identity in identities ?? [])
        {
            if (CertificateDates.Problem(identity.NotBefore, identity.NotAfter, clock.GetUtcNow()) is { } problem)
            {
                findings.Add(FindingCodes.CertificateExpired, Place, pairs.CertificateProperty,
                    $"{pairs.CertificateProperty}: {identity.Leaf.Subject}: {problem}", "it is shown nevertheless");
            }
        }
    }
}
