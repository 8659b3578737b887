using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using VoltageSoda.Edge.Policies.Authentication;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Tests.Facts;

namespace VoltageSoda.Edge.Policies.Tests.Authentication;

/// <summary>Our verifier and Microsoft.IdentityModel judge the same tokens, valid and damaged, under every algorithm.</summary>
public sealed class JwtDifferentialTests
{
    private static readonly RSA Rsa = RSA.Create(2048);
    private static readonly RSA OtherRsa = RSA.Create(2048);
    private static readonly byte[] Secret = RandomNumberGenerator.GetBytes(64);

    public static TheoryData<JwtAlgorithm> Algorithms => [.. Enum.GetValues<JwtAlgorithm>()];

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task Verify_ValidToken_BothAccept(JwtAlgorithm algorithm)
    {
        (string token, SecurityKey key, JwtCredential credential) = Issue(algorithm);
        Assert.True(Ours(token, credential));
        Assert.True(await Theirs(token, key, algorithm));
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task Verify_DamagedToken_BothJudgeAlike(JwtAlgorithm algorithm)
    {
        (string token, SecurityKey key, JwtCredential credential) = Issue(algorithm);
        for (int i = 0; i < token.Length; i++)
        {
            // Flips the lowest used bit of one character: every position of header, payload and signature is tried.
            char replaced = token[i] == '.' ? 'A' : token[i] == 'A' ? 'B' : 'A';
            string damaged = token[..i] + replaced + token[(i + 1)..];
            bool ours = Ours(damaged, credential);
            bool theirs = await Theirs(damaged, key, algorithm);
            Assert.False(ours, $"position {i}");

            // Theirs tolerates unused trailing bits of base64url; ours does not.
            Assert.True(!theirs || IsLastOfPart(token, i), $"position {i}");
        }

        foreach (string cut in new[] { token[..^1], token[..^4], token + "A", token + "AAAA", token.Replace(".", "..") })
        {
            Assert.False(Ours(cut, credential));
        }
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task Verify_OtherKeyOrAlgorithm_BothRefuse(JwtAlgorithm algorithm)
    {
        (string token, _, _) = Issue(algorithm);
        foreach (JwtAlgorithm other in Enum.GetValues<JwtAlgorithm>())
        {
            (_, SecurityKey key, JwtCredential credential) = Issue(other, otherKey: true);
            Assert.False(Ours(token, credential));
            Assert.False(await Theirs(token, key, other));
        }
    }

    [Fact]
    public void Decode_AnyText_EqualsTheReference() => Gen.OneOf(
        Gen.Byte.Array[0, 40].Select(static b => Base64Url.EncodeToString(b)),
        Gen.Byte.Array[0, 40].Select(static b => Convert.ToBase64String(b)),
        Gen.String[Gen.Char["ABCXYZabcxyz0189-_+/= "], 0, 12]).Sample(static text =>
        {
            byte[] input = Encoding.UTF8.GetBytes(text);
            byte[] output = new byte[JwtBase64.MaxDecodedLength(input.Length)];
            bool decoded = JwtBase64.TryDecode(input, output, out int length);

            // Encoding the result must give the text back, but for its alphabet and correct padding.
            string plain = text.Replace('+', '-').Replace('/', '_');
            int padding = text.Length % 4 == 0 ? text.Length - text.TrimEnd('=').Length : 0;
            plain = padding is 1 or 2 ? plain[..^padding] : plain;
            bool expected;
            try
            {
                expected = Base64Url.EncodeToString(Base64Url.DecodeFromChars(plain)) == plain;
            }
            catch (FormatException)
            {
                expected = false;
            }

            Assert.Equal(expected, decoded);
            Assert.True(!decoded || Base64Url.EncodeToString(output.AsSpan(0, length)) == plain);
        }, iter: 20_000);

    private static (string Token, SecurityKey Key, JwtCredential Credential) Issue(JwtAlgorithm algorithm, bool otherKey = false)
    {
        RSA rsa = otherKey ? OtherRsa : Rsa;
        (SecurityKey key, string? pem, string? secret) = algorithm switch
        {
            <= JwtAlgorithm.HS512 => (new SymmetricSecurityKey(SecretOf(otherKey)), null, Base64Url.EncodeToString(SecretOf(otherKey))),
            JwtAlgorithm.ES256 => Curve(ECCurve.NamedCurves.nistP256),
            JwtAlgorithm.ES384 => Curve(ECCurve.NamedCurves.nistP384),
            JwtAlgorithm.ES512 => Curve(ECCurve.NamedCurves.nistP521),
            _ => ((SecurityKey)new RsaSecurityKey(rsa), rsa.ExportSubjectPublicKeyInfoPem(), null),
        };
        string token = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
            "{\"iss\":\"key\",\"sub\":\"someone\",\"list\":[1,{\"a\":null}]}", new SigningCredentials(key, algorithm.ToString()));
        return (token, key, new JwtCredential
        {
            Id = "id",
            Key = "key",
            Algorithm = algorithm,
            Secret = secret,
            PublicKeyPem = pem,
            Consumer = new Consumer("c", "n", null),
        });
    }

    private static byte[] SecretOf(bool other) => other ? [.. Secret.Reverse()] : Secret;

    private static (SecurityKey Key, string? Pem, string? Secret) Curve(ECCurve curve)
    {
        ECDsa key = ECDsa.Create(curve);
        return (new ECDsaSecurityKey(key), key.ExportSubjectPublicKeyInfoPem(), null);
    }

    private static bool Ours(string token, JwtCredential credential)
    {
        JwtVerifier verifier = new(new JwtOptions { SecretIsBase64 = credential.Secret is not null }, new CredentialTable([credential]));
        HeaderList headers = HeaderList.Of($"Authorization: Bearer {token}");
        return verifier.Verify("GET"u8, default, ref headers, null, 0).IsPass;
    }

    private static async Task<bool> Theirs(string token, SecurityKey key, JwtAlgorithm algorithm)
    {
        TokenValidationResult result = await new JsonWebTokenHandler().ValidateTokenAsync(token, new TokenValidationParameters
        {
            IssuerSigningKey = key,
            ValidAlgorithms = [algorithm.ToString()],
            ValidIssuer = "key",
            ValidateAudience = false,
            ValidateLifetime = false,
            RequireExpirationTime = false,
        });
        return result.IsValid;
    }

    private static bool IsLastOfPart(string token, int index) => index == token.Length - 1 || token[index + 1] == '.';
}
