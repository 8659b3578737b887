using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using VoltageSoda.Edge.Policies.Authentication;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Tests.Authentication;

/// <summary>Makes tokens of one algorithm with a key of its own.</summary>
internal sealed class SignedTokens
{
    private readonly JwtAlgorithm _algorithm;
    private readonly RSA? _rsa;
    private readonly ECDsa? _curve;

    public SignedTokens(JwtAlgorithm algorithm)
    {
        _algorithm = algorithm;
        if (algorithm is JwtAlgorithm.ES256 or JwtAlgorithm.ES384 or JwtAlgorithm.ES512)
        {
            _curve = ECDsa.Create(algorithm switch
            {
                JwtAlgorithm.ES256 => ECCurve.NamedCurves.nistP256,
                JwtAlgorithm.ES384 => ECCurve.NamedCurves.nistP384,
                _ => ECCurve.NamedCurves.nistP521,
            });
        }
        else if (!algorithm.IsSymmetric())
        {
            _rsa = RSA.Create(2048);
        }
    }

    private HashAlgorithmName Hash => _algorithm.ToString()[2..] switch
    {
        "256" => HashAlgorithmName.SHA256,
        "384" => HashAlgorithmName.SHA384,
        _ => HashAlgorithmName.SHA512,
    };

    public static string Hs256(string secret, string payload)
    {
        string input = Input("HS256", payload);
        return $"{input}.{Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(input)))}";
    }

    public JwtCredential Credential(Consumer consumer) => new()
    {
        Id = "id",
        Key = "k",
        Algorithm = _algorithm,
        Secret = _algorithm.IsSymmetric() ? "secret" : null,
        PublicKeyPem = _rsa?.ExportSubjectPublicKeyInfoPem() ?? _curve?.ExportSubjectPublicKeyInfoPem(),
        Consumer = consumer,
    };

    public string Sign(string payload)
    {
        string input = Input(_algorithm.ToString(), payload);
        byte[] bytes = Encoding.UTF8.GetBytes(input);
        byte[] signature = _rsa is not null
            ? _rsa.SignData(bytes, Hash, _algorithm >= JwtAlgorithm.PS256 ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1)
            : _curve is not null ? _curve.SignData(bytes, Hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)
            : CryptographicOperations.HmacData(Hash, "secret"u8, bytes);
        return $"{input}.{Base64Url.EncodeToString(signature)}";
    }

    private static string Input(string algorithm, string payload) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{{\"alg\":\"{algorithm}\",\"typ\":\"JWT\"}}")) + "." + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload));
}
