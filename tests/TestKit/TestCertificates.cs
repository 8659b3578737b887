using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace VoltageSoda.Edge.TestKit;

/// <summary>A private root and the certificates it issues. Immutable once made.</summary>
public sealed class TestAuthority : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _root;

    /// <summary>Makes a root of its own.</summary>
    public TestAuthority(string name = "Test Root")
    {
        CertificateRequest request = new($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        _root = request.CreateSelfSigned(TestCertificate.Epoch, TestCertificate.Doomsday);
    }

    /// <summary>The root as PEM.</summary>
    public string Pem => _root.ExportCertificatePem();

    /// <summary>The root.</summary>
    public X509Certificate2 Root => _root;

    /// <summary>Issues a certificate for the names; <paramref name="rsa"/> instead of ECDSA.</summary>
    public TestCertificate Issue(string[] names, bool rsa = false, DateTimeOffset? notAfter = null)
    {
        using ECDsa ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using RSA rsaKey = RSA.Create(2048);
        CertificateRequest request = rsa
            ? new CertificateRequest($"CN={names[0]}", rsaKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest($"CN={names[0]}", ecdsa, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder alternatives = new();
        foreach (string name in names)
        {
            if (System.Net.IPAddress.TryParse(name, out System.Net.IPAddress? address))
            {
                alternatives.AddIpAddress(address);
            }
            else if (name.Contains("://", StringComparison.Ordinal))
            {
                alternatives.AddUri(new Uri(name));
            }
            else
            {
                alternatives.AddDnsName(name);
            }
        }

        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        X509SignatureGenerator signer = X509SignatureGenerator.CreateForECDsa(_key);
        using X509Certificate2 bare = request.Create(
            _root.SubjectName, signer, TestCertificate.Epoch, notAfter ?? TestCertificate.Doomsday, RandomNumberGenerator.GetBytes(8));
        X509Certificate2 whole = rsa ? bare.CopyWithPrivateKey(rsaKey) : bare.CopyWithPrivateKey(ecdsa);
        return new TestCertificate(whole, rsa ? rsaKey.ExportPkcs8PrivateKeyPem() : ecdsa.ExportPkcs8PrivateKeyPem());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _key.Dispose();
        _root.Dispose();
    }
}

/// <summary>A certificate with its key.</summary>
/// <param name="Certificate">With the key attached.</param>
/// <param name="KeyPem">The key as PEM.</param>
public sealed record TestCertificate(X509Certificate2 Certificate, string KeyPem)
{
    /// <summary>Begin of every certificate's life.</summary>
    public static readonly DateTimeOffset Epoch = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>End of every life that is not cut short.</summary>
    public static readonly DateTimeOffset Doomsday = new(2090, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The certificate as PEM.</summary>
    public string Pem => Certificate.ExportCertificatePem();

    /// <summary>Options of a server that shows it.</summary>
    public SslServerAuthenticationOptions ServerOptions() => new() { ServerCertificate = Certificate };

    /// <summary>A multi-line text as the value of a YAML field, indented by <paramref name="spaces"/>.</summary>
    public static string Block(string pem, int spaces) =>
        "|\n" + string.Join("\n", pem.Trim().Split('\n').Select(line => new string(' ', spaces) + line));
}
