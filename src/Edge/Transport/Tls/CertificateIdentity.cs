using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace VoltageSoda.Edge.Transport.Tls;

/// <summary>Which part of a certificate and key pair cannot be used.</summary>
internal enum PemFault
{
    None,
    Certificate,
    Key,
    Mismatch,
}

/// <summary>A certificate with its chain and private key, ready for handshakes. Immutable, thread-safe.</summary>
internal sealed class CertificateIdentity
{
    private CertificateIdentity(X509Certificate2 leaf, X509Certificate2Collection chain)
    {
        Leaf = leaf;
        Context = SslStreamCertificateContext.Create(leaf, chain, offline: true);
        using ECDsa? ecdsa = leaf.GetECDsaPublicKey();
        IsEcdsa = ecdsa is not null;
    }

    /// <summary>The certificate itself, with its key.</summary>
    public X509Certificate2 Leaf { get; }

    /// <summary>What SslStream shows; made once, since it builds the chain.</summary>
    public SslStreamCertificateContext Context { get; }

    public bool IsEcdsa { get; }

    public DateTimeOffset NotAfter => new(Leaf.NotAfter.ToUniversalTime());

    public DateTimeOffset NotBefore => new(Leaf.NotBefore.ToUniversalTime());

    /// <summary>Reads a PEM chain, leaf first, and its unencrypted key. The reason of a fault never contains the key.</summary>
    public static CertificateIdentity? FromPem(string certificates, string key, out PemFault fault, out string reason)
    {
        fault = PemFault.Certificate;
        reason = "";
        X509Certificate2Collection chain = [];
        try
        {
            chain.ImportFromPem(certificates);
            if (chain.Count == 0)
            {
                reason = "no certificate in PEM form was found";
                return null;
            }

            // A chain may repeat itself or hold the leaf anywhere; the first is the one that the key belongs to.
            X509Certificate2 leaf = chain[0];
            chain.RemoveAt(0);
            fault = PemFault.Key;
            X509Certificate2? whole = WithKey(leaf, key, ref fault, out reason);
            if (whole is null)
            {
                return null;
            }

            fault = PemFault.None;
            return new CertificateIdentity(whole, chain);
        }
        catch (CryptographicException exception)
        {
            reason = exception.Message;
            return null;
        }
    }

    /// <summary>A certificate made here; its key must be attached.</summary>
    public static CertificateIdentity Of(X509Certificate2 leaf) => new(leaf, []);

    private static X509Certificate2? WithKey(X509Certificate2 leaf, string key, ref PemFault fault, out string reason)
    {
        try
        {
            if (leaf.PublicKey.Oid.Value == "1.2.840.10045.2.1")
            {
                using ECDsa ecdsa = ECDsa.Create();
                ecdsa.ImportFromPem(key);
                reason = "";
                return leaf.CopyWithPrivateKey(ecdsa);
            }

            using RSA rsa = RSA.Create();
            rsa.ImportFromPem(key);
            reason = "";
            return leaf.CopyWithPrivateKey(rsa);
        }
        catch (ArgumentException) when (IsAnyKey(key))
        {
            fault = PemFault.Mismatch;
            reason = "the key does not belong to the certificate";
        }
        catch (CryptographicException) when (IsAnyKey(key))
        {
            fault = PemFault.Mismatch;
            reason = "the key does not belong to the certificate";
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            reason = key.Contains("ENCRYPTED", StringComparison.Ordinal)
                ? "the key is encrypted; only unencrypted keys can be read"
                : "no private key in PEM form was found";
        }

        return null;
    }

    private static bool IsAnyKey(string pem)
    {
        try
        {
            using RSA rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            return true;
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            try
            {
                using ECDsa ecdsa = ECDsa.Create();
                ecdsa.ImportFromPem(pem);
                return true;
            }
            catch (Exception inner) when (inner is ArgumentException or CryptographicException)
            {
                return false;
            }
        }
    }
}
