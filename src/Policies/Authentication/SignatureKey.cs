using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace VoltageSoda.Edge.Policies.Authentication;

/// <summary>
/// The key of one credential, tied to one algorithm: a public key never serves as an HMAC secret, nor an RS key for ES. Thread-safe; RSA, ECDsa
/// and keyed hash objects are not, so they are lent to one call at a time.
/// </summary>
internal abstract class SignatureKey
{
    /// <summary>Checks the signature over the signing input (header, dot, payload).</summary>
    public abstract bool Verify(ReadOnlySpan<byte> input, ReadOnlySpan<byte> signature);

    /// <summary>The key for a shared secret; null for an empty one, which must never verify anything.</summary>
    public static SignatureKey? FromSecret(JwtAlgorithm algorithm, byte[]? secret) =>
        secret is null or [] ? null : new HmacKey(algorithm, secret);

    /// <summary>Reads a PEM public key and checks that it fits the algorithm.</summary>
    public static SignatureKey? FromPem(JwtAlgorithm algorithm, string pem, out string? error)
    {
        error = null;
        try
        {
            if (algorithm is JwtAlgorithm.ES256 or JwtAlgorithm.ES384 or JwtAlgorithm.ES512)
            {
                using ECDsa curve = ECDsa.Create();
                curve.ImportFromPem(pem);
                int wanted = algorithm switch { JwtAlgorithm.ES256 => 256, JwtAlgorithm.ES384 => 384, _ => 521 };
                error = curve.KeySize == wanted ? null : $"{algorithm} needs a key on a curve of {wanted} bits, this one has {curve.KeySize}";
                return error is null ? new EcdsaKey(algorithm, curve.ExportSubjectPublicKeyInfo()) : null;
            }

            using RSA rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            return new RsaKey(algorithm, rsa.ExportSubjectPublicKeyInfo());
        }
        catch (Exception failure) when (failure is ArgumentException or CryptographicException)
        {
            error = $"not a public key for {algorithm}: {failure.Message}";
            return null;
        }
    }

    /// <summary>Decodes secret_is_base64 as Kong does: either alphabet, padding optional. Null when it is not base64.</summary>
    public static byte[]? DecodeSecret(string secret)
    {
        string text = secret.Replace('-', '+').Replace('_', '/').TrimEnd('=');
        text = text.PadRight((text.Length + 3) / 4 * 4, '=');
        byte[] buffer = new byte[text.Length];
        return Convert.TryFromBase64String(text, buffer, out int length) ? buffer[..length] : null;
    }

    private static HashAlgorithmName HashOf(JwtAlgorithm algorithm) => ((int)algorithm % 3) switch
    {
        0 => HashAlgorithmName.SHA256,
        1 => HashAlgorithmName.SHA384,
        _ => HashAlgorithmName.SHA512,
    };

    // A keyed hash is kept ready: setting the key up anew would cost more than hashing a token.
    private sealed class HmacKey(JwtAlgorithm algorithm, byte[] secret) : SignatureKey
    {
        private readonly ConcurrentBag<IncrementalHash> _idle = [];

        public override bool Verify(ReadOnlySpan<byte> input, ReadOnlySpan<byte> signature)
        {
            Span<byte> computed = stackalloc byte[HMACSHA512.HashSizeInBytes];
            IncrementalHash hash = _idle.TryTake(out IncrementalHash? idle) ? idle : IncrementalHash.CreateHMAC(HashOf(algorithm), secret);
            hash.AppendData(input);
            int length = hash.GetHashAndReset(computed);
            _idle.Add(hash);
            return CryptographicOperations.FixedTimeEquals(computed[..length], signature);
        }
    }

    private sealed class RsaKey(JwtAlgorithm algorithm, byte[] publicKey) : SignatureKey
    {
        private readonly HashAlgorithmName _hash = HashOf(algorithm);

        private readonly RSASignaturePadding _padding = algorithm >= JwtAlgorithm.PS256 ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;

        private readonly ConcurrentBag<RSA> _idle = [];

        public override bool Verify(ReadOnlySpan<byte> input, ReadOnlySpan<byte> signature)
        {
            RSA key = _idle.TryTake(out RSA? idle) ? idle : Import();
            bool valid = key.VerifyData(input, signature, _hash, _padding);
            _idle.Add(key);
            return valid;
        }

        private RSA Import()
        {
            RSA rsa = RSA.Create();
            rsa.ImportSubjectPublicKeyInfo(publicKey, out _);
            return rsa;
        }
    }

    private sealed class EcdsaKey(JwtAlgorithm algorithm, byte[] publicKey) : SignatureKey
    {
        private readonly HashAlgorithmName _hash = HashOf(algorithm);

        // RFC 7518 3.4: R and S side by side, each as long as the curve's order.
        private readonly int _length = algorithm switch { JwtAlgorithm.ES256 => 64, JwtAlgorithm.ES384 => 96, _ => 132 };

        private readonly ConcurrentBag<ECDsa> _idle = [];

        public override bool Verify(ReadOnlySpan<byte> input, ReadOnlySpan<byte> signature)
        {
            if (signature.Length != _length)
            {
                return false;
            }

            ECDsa key = _idle.TryTake(out ECDsa? idle) ? idle : Import();
            bool valid = key.VerifyData(input, signature, _hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            _idle.Add(key);
            return valid;
        }

        private ECDsa Import()
        {
            ECDsa curve = ECDsa.Create();
            curve.ImportSubjectPublicKeyInfo(publicKey, out _);
            return curve;
        }
    }
}
