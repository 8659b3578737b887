using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using BenchmarkDotNet.Attributes;
using VoltageSoda.Edge.Policies.Authentication;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Bench.Policies;

/// <summary>A valid HS256 token with time claims, from header to identity; and one whose signature is wrong.</summary>
[MemoryDiagnoser]
public class JwtVerifierBench
{
    private const string Secret = "a secret of thirty-two bytes ....";

    private readonly JwtVerifier _verifier = new(
        new JwtOptions { VerifyExp = true, VerifyNbf = true, MaximumExpiration = 3600 },
        new CredentialTable([new JwtCredential
        {
            Id = "id",
            Key = "client-key",
            Algorithm = JwtAlgorithm.HS256,
            Secret = Secret,
            Consumer = new Consumer("id", "name", null, ["admin"]),
        }]));

    private HeaderFields _valid = HeaderFields.Of("Accept: */*", $"Authorization: Bearer {Token(Secret)}");
    private HeaderFields _forged = HeaderFields.Of("Accept: */*", $"Authorization: Bearer {Token("another")}");

    [GlobalSetup]
    public void Setup()
    {
        if (!Valid() || Forged())
        {
            throw new InvalidOperationException("wrong verdict");
        }
    }

    [Benchmark]
    public bool Valid() => _verifier.Verify("GET"u8, default, ref _valid, null, 1_800_000_000).IsPass;

    [Benchmark]
    public bool Forged() => _verifier.Verify("GET"u8, default, ref _forged, null, 1_800_000_000).IsPass;

    private static string Token(string secret)
    {
        string input = Base64Url.EncodeToString("{\"alg\":\"HS256\",\"typ\":\"JWT\"}"u8) + "."
            + Base64Url.EncodeToString("{\"iss\":\"client-key\",\"sub\":\"user-42\",\"nbf\":1700000000,\"exp\":1800001800}"u8);
        return $"{input}.{Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(input)))}";
    }
}
