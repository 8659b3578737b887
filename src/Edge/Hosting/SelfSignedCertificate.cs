using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using VoltageSoda.Edge.Transport.Tls;

namespace VoltageSoda.Edge.Hosting;

/// <summary>
/// Makes the certificates that TLS listeners show when none is configured, one RSA and one ECDSA for <c>localhost</c>, as Kong does in its
/// prefix folder. They live as long as the process. Stateless.
/// </summary>
internal static class SelfSignedCertificate
{
    public static IReadOnlyList<CertificateIdentity> Make(DateTimeOffset now)
    {
        using RSA rsa = RSA.Create(2048);
        using ECDsa ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return
        [
            Sign(new CertificateRequest("CN=localhost, O=VoltageSoda.Edge", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), now),
            Sign(new CertificateRequest("CN=localhost, O=VoltageSoda.Edge", ecdsa, HashAlgorithmName.SHA256), now),
        ];
    }

    private static CertificateIdentity Sign(CertificateRequest request, DateTimeOffset now)
    {
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));

        // Clocks differ a little; Kong gives twenty years.
        return CertificateIdentity.Of(request.CreateSelfSigned(now.AddDays(-1), now.AddYears(20)));
    }
}
