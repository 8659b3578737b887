using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using BenchmarkDotNet.Attributes;
using VoltageSoda.Edge.Policies.Authentication;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Bench.Policies;

/// <summary>
/// A valid token with time claims, from header to identity, per family of algorithms: verified each time, and remembered. Nothing allocates
/// but ES256 when it is verified, inside the platform.
/// </summary>
[MemoryDiagnoser]
public class JwtAlgorithmBench
{
    private JwtVerifier _verifier = null!;
    private HeaderFields _headers;

    [Params("HS256", "RS256", "PS256", "ES256")]
    public string Algorithm { get; set; } = "HS256";

    [Params(false, true)]
    public bool Cached { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        string input = Base64Url.EncodeToString(Encoding.ASCII.GetBytes($"{{\"alg\":\"{Algorithm}\",\"typ\":\"JWT\"}}")) + "."
            + Base64Url.EncodeToString("{\"iss\":\"client-key\",\"sub\":\"user-42\",\"nbf\":1700000000,\"exp\":1800001800}"u8);
        byte[] bytes = Encoding.ASCII.GetBytes(input);
        byte[] secret = Encoding.ASCII.GetBytes("a secret of thirty-two bytes ....");
        using RSA rsa = RSA.Create(2048);
        using ECDsa curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] signature = Algorithm switch
        {
            "HS256" => HMACSHA256.HashData(secret, bytes),
            "RS256" => rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "PS256" => rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
            _ => curve.SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
        };
        _verifier = new JwtVerifier(
            new JwtOptions { VerifyExp = true, VerifyNbf = true, MaximumExpiration = 3600 },
            new CredentialTable([new JwtCredential
            {
                Id = "id",
                Key = "client-key",
                Algorithm = Enum.Parse<JwtAlgorithm>(Algorithm),
                Secret = Encoding.ASCII.GetString(secret),
                PublicKeyPem = Algorithm == "ES256" ? curve.ExportSubjectPublicKeyInfoPem() : rsa.ExportSubjectPublicKeyInfoPem(),
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
