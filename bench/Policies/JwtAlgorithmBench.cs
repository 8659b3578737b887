using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using BenchmarkDotNet.Attributes;
using VoltageSoda.Edge.Policies.Authentication;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Bench.Policies;

/// <summary>
/// A valid token with time claims, from header to identity, per algorithm (RSA keys of 2048 bits): verified each time, and remembered. Nothing
/// allocates but the ES family when it is verified, inside the platform.
/// </summary>
[MemoryDiagnoser]
public class JwtAlgorithmBench
{
    private JwtVerifier _verifier = null!;
    private HeaderFields _headers;

    [Params("HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")]
    public string Algorithm { get; set; } = "HS256";

    [Params(false, true)]
    public bool Cached { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        string input = Base64Url.EncodeToString(Encoding.ASCII.GetBytes($"{{\"alg\":\"{Algorithm}\",\"typ\":\"JWT\"}}")) + "."
            + Base64Url.EncodeToString("{\"iss\":\"client-key\",\"sub\":\"user-42\",\"nbf\":1700000000,\"exp\":1800001800}"u8);
        byte[] bytes = Encoding.ASCII.GetBytes(input);
        byte[] secret = Encoding.ASCII.GetBytes("a secret that is long enough for the longest of the hashes: 64..");
        HashAlgorithmName hash = new("SHA" + Algorithm[2..]);
        using RSA rsa = RSA.Create(2048);
        using ECDsa curve = ECDsa.Create(Algorithm switch
        {
            "ES384" => ECCurve.NamedCurves.nistP384,
            "ES512" => ECCurve.NamedCurves.nistP521,
            _ => ECCurve.NamedCurves.nistP256,
        });
        byte[] signature = Algorithm[..2] switch
        {
            "HS" => CryptographicOperations.HmacData(hash, secret, bytes),
            "RS" => rsa.SignData(bytes, hash, RSASignaturePadding.Pkcs1),
            "PS" => rsa.SignData(bytes, hash, RSASignaturePadding.Pss),
            _ => curve.SignData(bytes, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
        };
        _verifier = new JwtVerifier(
            new JwtOptions { VerifyExp = true, VerifyNbf = true, MaximumExpiration = 3600 },
            new CredentialTable([new JwtCredential
            {
                Id = "id",
                Key = "client-key",
                Algorithm = Enum.Parse<JwtAlgorithm>(Algorithm),
                Secret = Encoding.ASCII.GetString(secret),
                PublicKeyPem = Algorithm.StartsWith("ES", StringComparison.Ordinal) ? curve.ExportSubjectPublicKeyInfoPem() : rsa.ExportSubjectPublicKeyInfoPem(),
                Consumer = new Consumer("id", "name", null, ["admin"]),
            }]),
            Cached ? new TokenCache(512, (1, 2)) : null);
        _headers = HeaderFields.Of("Accept: */*", $"Authorization: Bearer {input}.{Base64Url.EncodeToString(signature)}");
        if (!Verify() || !Verify())
        {
            throw new InvalidOperationException("wrong verdict");
        }
    }

    [Benchmark]
    public bool Verify() => _verifier.Verify("GET"u8, default, ref _headers, null, 1_800_000_000).IsPass;
}
