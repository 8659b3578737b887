using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using VoltageSoda.Edge.Policies.Authentication;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Tests.Facts;

namespace VoltageSoda.Edge.Policies.Tests.Authentication;

public sealed class JwtVerifierTests
{
    private const long Now = 1_800_000_000;
    private const string Secret = "a secret of some length";

    private static readonly Consumer Alice = new("consumer-id", "alice", "custom-alice", ["admin"]);

    private static readonly JwtCredential Credential =
        new() { Id = "credential-id", Key = "alice-key", Algorithm = JwtAlgorithm.HS256, Secret = Secret, Consumer = Alice };

    [Fact]
    public void Verify_ValidToken_PassesWithIdentity()
    {
        AuthVerdict verdict = Verify($"Bearer {Token("{\"iss\":\"alice-key\"}")}");
        Assert.True(verdict.IsPass);
        Assert.Same(Alice, verdict.Identity!.Consumer);
        Assert.Equal("credential-id", verdict.Identity.CredentialId);
        Assert.Equal("alice-key", verdict.Identity.CredentialIdentifier);
        Assert.Null(verdict.Body);
    }

    // kong.md 8.5, in the order Kong checks.
    [Theory]
    [InlineData("no token", "Unauthorized")]
    [InlineData("two tokens", "Multiple tokens provided")]
    [InlineData("one part", "Bad token; invalid JSON")]
    [InlineData("two parts", "Bad token; invalid JSON")]
    [InlineData("header not base64", "Bad token; invalid JSON")]
    [InlineData("header padded wrongly", "Bad token; invalid JSON")]
    [InlineData("header not json", "Bad token; invalid JSON")]
    [InlineData("payload not json", "Bad token; invalid JSON")]
    [InlineData("alg none", "Bad token; invalid alg")]
    [InlineData("alg missing", "Bad token; invalid alg")]
    [InlineData("alg number", "Bad token; invalid alg")]
    [InlineData("alg lower case", "Bad token; invalid alg")]
    [InlineData("payload a list", "Bad token; invalid claims")]
    [InlineData("payload false", "Bad token; invalid claims")]
    [InlineData("signature not base64", "Bad token; invalid signature")]
    [InlineData("four parts", "Bad token; invalid signature")]
    [InlineData("no iss", "No mandatory 'iss' in claims")]
    [InlineData("iss null", "No mandatory 'iss' in claims")]
    [InlineData("iss empty", "Invalid 'iss' in claims")]
    [InlineData("iss unknown", "No credentials found for given 'iss'")]
    [InlineData("iss a number", "No credentials found for given 'iss'")]
    [InlineData("other algorithm", "Invalid algorithm")]
    [InlineData("no secret", "Invalid key/secret")]
    [InlineData("wrong signature", "Invalid signature")]
    [InlineData("empty signature", "Invalid signature")]
    [InlineData("no consumer", "Could not find consumer for 'iss=orphan'")]
    public void Verify_Refusal_HasKongsAnswer(string what, string message)
    {
        string good = Token("{\"iss\":\"alice-key\"}");
        string header = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
        string? token = what switch
        {
            "no token" => null,
            "two tokens" => good,
            "one part" => "abc",
            "two parts" => "e30.e30",
            "header not base64" => "e!0.e30.e30",
            "header padded wrongly" => "e30==.e30.e30",
            "header not json" => $"{Base64("{")}.e30.",
            "payload not json" => $"{Base64(header)}.{Base64("{\"iss\":")}.",
            "alg none" => $"{Base64("{\"alg\":\"none\"}")}.{Base64("{\"iss\":\"alice-key\"}")}.",
            "alg missing" => $"{Base64("{}")}.{Base64("{}")}.",
            "alg number" => $"{Base64("{\"alg\":256}")}.{Base64("{}")}.",
            "alg lower case" => $"{Base64("{\"alg\":\"hs256\"}")}.{Base64("{}")}.",
            "payload a list" => $"{Base64(header)}.{Base64("[]")}.",
            "payload false" => $"{Base64(header)}.{Base64("false")}.",
            "signature not base64" => $"{Base64(header)}.{Base64("{}")}.a!b",
            "four parts" => good + ".e30",
            "no iss" => Token("{}"),
            "iss null" => Token("{\"iss\":null}"),
            "iss empty" => Token("{\"iss\":\"\"}"),
            "iss unknown" => Token("{\"iss\":\"bob\"}"),
            "iss a number" => Token("{\"iss\":1}"),
            "other algorithm" => Token("{\"iss\":\"alice-key\"}", "{\"alg\":\"HS512\"}"),
            "no secret" => Token("{\"iss\":\"disabled\"}"),
            "wrong signature" => Token("{\"iss\":\"alice-key\"}", secret: "another secret"),
            "empty signature" => $"{Base64(header)}.{Base64("{\"iss\":\"alice-key\"}")}.",
            _ => Token("{\"iss\":\"orphan\"}"),
        };
        AuthVerdict verdict = Verify(
            token is null ? null : $"Bearer {token}",
            what == "two tokens" ? $"jwt={Token("{\"iss\":\"bob\"}")}" : "",
            credentials:
            [
                Credential,
                new() { Id = "d", Key = "disabled", Algorithm = JwtAlgorithm.HS256, Secret = "", Consumer = Alice },
                new() { Id = "o", Key = "orphan", Algorithm = JwtAlgorithm.HS256, Secret = Secret, Consumer = null },
            ]);
        Assert.False(verdict.IsPass);
        Assert.Equal(401, verdict.Status);
        Assert.Equal($"{{\"message\":{JsonSerializer.Serialize(message, Relaxed)}}}", BodyOf(verdict));
        Assert.Equal(what == "no token" ? "Bearer" : "Bearer error=\"invalid_token\"", Encoding.UTF8.GetString(verdict.Challenge!));
    }

    // Kong pads what is not padded and maps - and _ to + and /: all spellings are one token to it.
    [Fact]
    public void Verify_PaddedOrInTheOtherAlphabet_IsTaken()
    {
        string header = "{\"alg\":\"HS256\",\"typ\":\"JWT??\"}";
        string payload = "{\"iss\":\"alice-key\",\"x\":\"\u00fb\u00ff??>>~~\"}";
        foreach (Func<byte[], string> spell in (Func<byte[], string>[])[
            Convert.ToBase64String,
            static bytes => Convert.ToBase64String(bytes).Replace('+', '-').Replace('/', '_'),
            static bytes => Convert.ToBase64String(bytes).TrimEnd('=')])
        {
            string input = $"{spell(Encoding.UTF8.GetBytes(header))}.{spell(Encoding.UTF8.GetBytes(payload))}";
            byte[] signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.ASCII.GetBytes(input));
            AuthVerdict verdict = Verify($"Bearer {input}.{spell(signature)}");
            Assert.True(verdict.IsPass, input);
        }
    }

    [Theory]
    [InlineData("\"exp\":1800000001,\"nbf\":1800000000", null)]
    [InlineData("\"exp\":1800000000,\"nbf\":1800000000", "{\"exp\":\"token expired\"}")]
    [InlineData("\"exp\":1800000001,\"nbf\":1800000001", "{\"nbf\":\"token not valid yet\"}")]
    [InlineData("\"exp\":1799999999,\"nbf\":1900000000", "{\"exp\":\"token expired\",\"nbf\":\"token not valid yet\"}")]
    [InlineData("\"nbf\":1", "{\"exp\":\"must be a number\"}")]
    [InlineData("\"exp\":\"1900000000\",\"nbf\":1", "{\"exp\":\"must be a number\"}")]
    [InlineData("\"exp\":1900000000", "{\"nbf\":\"must be a number\"}")]
    [InlineData("\"exp\":null,\"nbf\":true", "{\"exp\":\"must be a number\",\"nbf\":\"must be a number\"}")]
    [InlineData("\"exp\":1800000000.5,\"nbf\":1799999999.5", null)]
    [InlineData("\"exp\":1,\"exp\":1900000000,\"nbf\":1", null)] // The last one holds, as in Kong's JSON library.
    public void Verify_TimeClaims_FollowKong(string claims, string? body)
    {
        JwtOptions options = new() { VerifyExp = true, VerifyNbf = true };
        AuthVerdict verdict = Verify($"Bearer {Token($"{{\"iss\":\"alice-key\",{claims}}}")}", options: options);
        Assert.Equal(body is null, verdict.IsPass);
        Assert.Equal(body, body is null ? null : BodyOf(verdict));
    }

    [Fact]
    public void Verify_UnlistedExp_IsNotChecked() => Assert.True(Verify($"Bearer {Token("{\"iss\":\"alice-key\",\"exp\":1}")}").IsPass);

    [Theory]
    [InlineData(3600, true)]
    [InlineData(3601, false)]
    public void Verify_MaximumExpiration_Bounds(long ahead, bool pass)
    {
        JwtOptions options = new() { VerifyExp = true, MaximumExpiration = 3600 };
        AuthVerdict verdict = Verify($"Bearer {Token($"{{\"iss\":\"alice-key\",\"exp\":{Now + ahead}}}")}", options: options);
        Assert.Equal(pass, verdict.IsPass);
        Assert.True(pass || BodyOf(verdict) == "{\"exp\":\"exceeds maximum allowed expiration\"}");
    }

    [Fact]
    public void Verify_BadSignature_IsToldBeforeClaims()
    {
        JwtOptions options = new() { VerifyExp = true };
        AuthVerdict verdict = Verify($"Bearer {Token("{\"iss\":\"alice-key\",\"exp\":1}", secret: "x")}", options: options);
        Assert.Equal("{\"message\":\"Invalid signature\"}", BodyOf(verdict));
    }

    [Theory]
    [InlineData("Bearer {0}", true)]
    [InlineData("bearer {0}", true)]
    [InlineData("Bearer    {0}", true)]
    [InlineData("Bearer\t{0}", true)]
    [InlineData("BEARER {0}", false)]
    [InlineData("Bearer{0}", false)]
    [InlineData("Basic {0}", false)]
    [InlineData("{0}", false)]
    [InlineData("Custom Bearer {0}", true)] // Kong's pattern is not anchored.
    public void Verify_Header_FollowsKongsPattern(string format, bool found)
    {
        AuthVerdict verdict = Verify(string.Format(null, format, Token("{\"iss\":\"alice-key\"}")));
        Assert.Equal(found, verdict.IsPass);
        Assert.True(found || BodyOf(verdict) == "{\"message\":\"Unauthorized\"}");
    }

    [Fact]
    public void Verify_TokenInQueryAndCookie_IsFound()
    {
        string token = Token("{\"iss\":\"alice-key\"}");
        Assert.True(Verify(null, $"a=b&jwt={token}&c").IsPass);
        Assert.True(Verify(null, $"jwt={token.Replace(".", "%2E")}").IsPass);
        Assert.True(Verify(null, $"j%77t={token}").IsPass);
        Assert.False(Verify(null, $"JWT={token}").IsPass);
        JwtOptions options = new() { UriParamNames = [], CookieNames = ["session"], HeaderNames = [] };
        Assert.True(Verify($"Bearer junk", $"jwt=junk", options, cookie: $"a=1; session={token}; b=2").IsPass);
        Assert.False(Verify(null, "", options, cookie: $"xsession={token}").IsPass);
    }

    [Fact]
    public void Verify_SameTokenTwice_IsOneToken()
    {
        string token = Token("{\"iss\":\"alice-key\"}");
        Assert.True(Verify($"Bearer {token}", $"jwt={token}&jwt={token.Replace(".", "%2E")}&jwt={token.Replace(".", "%2e")}&jwt=").IsPass);
        Assert.Equal(
            "{\"message\":\"Multiple tokens provided\"}",
            BodyOf(Verify(null, $"jwt={token.Replace(".", "%2E")}&jwt={token.Replace(".", "%2E")}x")));
        Assert.Equal("{\"message\":\"Multiple tokens provided\"}", BodyOf(Verify(null, $"jwt={token}&jwt={token}x")));
        string other = token[..^1].Replace(".", "%2E") + (token[^1] == 'A' ? 'B' : 'A');
        Assert.Equal("{\"message\":\"Multiple tokens provided\"}", BodyOf(Verify(null, $"jwt={token.Replace(".", "%2E")}&jwt={other}")));
    }

    [Fact]
    public void Verify_KeyClaim_MayStandInTheHeader()
    {
        string token = Token("{\"iss\":false}", "{\"alg\":\"HS256\",\"iss\":\"alice-key\"}");
        Assert.True(Verify($"Bearer {token}").IsPass);
        JwtOptions options = new() { KeyClaimName = "kid" };
        Assert.True(Verify($"Bearer {Token("{}", "{\"alg\":\"HS256\",\"kid\":\"alice-key\"}")}", options: options).IsPass);
        Assert.Equal("{\"message\":\"No mandatory 'kid' in claims\"}", BodyOf(Verify($"Bearer {Token("{\"iss\":\"alice-key\"}")}", options: options)));
    }

    [Fact]
    public void Verify_EscapedJson_IsResolved() =>
        Assert.True(Verify($"Bearer {Token("{\"\\u0069ss\":\"alice\\u002dkey\"}", "{\"alg\":\"HS256\",\"x\":[{\"iss\":1}]}")}").IsPass);

    [Fact]
    public void Verify_Base64Secret_IsDecoded()
    {
        byte[] secret = [0, 1, 2, 250, 251, 252, 253];
        JwtOptions options = new() { SecretIsBase64 = true };
        foreach (string spelled in new[] { Convert.ToBase64String(secret), Base64Url.EncodeToString(secret) })
        {
            Assert.True(Verify(
                $"Bearer {Token("{\"iss\":\"alice-key\"}", secretBytes: secret)}", options: options, credentials: [Credential with { Secret = spelled }]).IsPass);
        }

        AuthVerdict verdict = Verify($"Bearer {Token("{\"iss\":\"alice-key\"}")}", options: options, credentials: [Credential with { Secret = "not base64!" }]);
        Assert.Equal("{\"message\":\"Invalid key/secret\"}", BodyOf(verdict));
    }

    [Fact]
    public void Verify_Preflight_IsSkippedWhenAsked()
    {
        JwtOptions options = new() { RunOnPreflight = false };
        AuthVerdict skipped = Verify(null, options: options, method: "OPTIONS");
        Assert.True(skipped.IsPass);
        Assert.Null(skipped.Identity);
        Assert.False(Verify(null, options: options).IsPass);
        Assert.False(Verify(null, method: "OPTIONS").IsPass);
    }

    [Fact]
    public void Verify_Anonymous_ReplacesRefusal()
    {
        Consumer guest = new("guest-id", "guest", null);
        JwtOptions options = new() { HasAnonymous = true, Anonymous = guest };
        AuthVerdict verdict = Verify("Bearer junk", options: options);
        Assert.True(verdict.IsPass);
        Assert.Same(guest, verdict.Identity!.Consumer);
        Assert.True(verdict.Identity.IsAnonymous);
        Identity existing = new(Alice, "c", "k");
        Assert.Same(existing, Verify("Bearer junk", options: options, existing: existing).Identity);
        AuthVerdict broken = Verify(null, options: new JwtOptions { HasAnonymous = true });
        Assert.Equal(500, broken.Status);
        Assert.Equal("{\"message\":\"An unexpected error occurred\"}", BodyOf(broken));
    }

    [Fact]
    public void Challenge_Realm_IsNamed()
    {
        JwtOptions options = new() { Realm = "soda" };
        Assert.Equal("Bearer realm=\"soda\"", Encoding.UTF8.GetString(Verify(null, options: options).Challenge!));
        Assert.Equal("Bearer realm=\"soda\" error=\"invalid_token\"", Encoding.UTF8.GetString(Verify("Bearer x", options: options).Challenge!));
    }

    [Fact]
    public void Verify_PublicKeyAsSecret_IsNoConfusion()
    {
        using RSA rsa = RSA.Create(2048);
        string pem = rsa.ExportSubjectPublicKeyInfoPem();
        JwtCredential credential = Credential with { Algorithm = JwtAlgorithm.RS256, Secret = Secret, PublicKeyPem = pem };
        string forged = Token("{\"iss\":\"alice-key\"}", secretBytes: Encoding.UTF8.GetBytes(pem));
        Assert.Equal("{\"message\":\"Invalid algorithm\"}", BodyOf(Verify($"Bearer {forged}", credentials: [credential])));
        string renamed = Token("{\"iss\":\"alice-key\"}", "{\"alg\":\"RS256\"}", secretBytes: Encoding.UTF8.GetBytes(pem));
        Assert.Equal("{\"message\":\"Invalid signature\"}", BodyOf(Verify($"Bearer {renamed}", credentials: [credential])));
    }

    [Fact]
    public void Keys_WrongKind_AreNamedAtLoad()
    {
        using RSA rsa = RSA.Create(2048);
        using ECDsa p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.True(CredentialTable.TryValidateKey(JwtAlgorithm.PS512, rsa.ExportSubjectPublicKeyInfoPem(), out _));
        Assert.True(CredentialTable.TryValidateKey(JwtAlgorithm.RS256, rsa.ExportRSAPublicKeyPem(), out _));
        Assert.True(CredentialTable.TryValidateKey(JwtAlgorithm.ES384, p384.ExportSubjectPublicKeyInfoPem(), out _));
        Assert.False(CredentialTable.TryValidateKey(JwtAlgorithm.ES256, p384.ExportSubjectPublicKeyInfoPem(), out string? error));
        Assert.Contains("384", error);
        Assert.False(CredentialTable.TryValidateKey(JwtAlgorithm.RS256, p384.ExportSubjectPublicKeyInfoPem(), out _));
        Assert.False(CredentialTable.TryValidateKey(JwtAlgorithm.RS256, "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----", out _));
        Assert.Throws<ArgumentException>(static () => new CredentialTable([Credential with { Algorithm = JwtAlgorithm.RS256, PublicKeyPem = "x" }]));
    }

    [Fact]
    public void Headers_Identity_ReplacesForgedOnes()
    {
        HeaderList request = HeaderList.Of("X-Consumer-ID: forged", "x-anonymous-consumer: true", "X-Consumer-Custom-ID: forged", "A: 1");
        IdentityHeaders.Apply(new Identity(new Consumer("id", "bob", null), "c", "key"), ref request);
        Assert.Equal(["X-Consumer-ID: id", "A: 1", "X-Consumer-Username: bob", "X-Credential-Identifier: key"], request.Lines);
        IdentityHeaders.Apply(new Identity(new Consumer("guest", null, "g"), null, null, isAnonymous: true), ref request);
        Assert.Equal(["X-Consumer-ID: guest", "A: 1", "X-Consumer-Custom-ID: g", "X-Anonymous-Consumer: true"], request.Lines);
    }

    [Fact]
    public void Verify_HS256_AllocatesNothing()
    {
        JwtVerifier verifier = new(new JwtOptions { VerifyExp = true, VerifyNbf = true, MaximumExpiration = 3600 }, new CredentialTable([Credential]));
        HeaderList headers = HeaderList.Of($"Authorization: Bearer {Token($"{{\"iss\":\"alice-key\",\"exp\":{Now + 60},\"nbf\":1}}")}");
        HeaderList bad = HeaderList.Of($"Authorization: Bearer {Token("{\"iss\":\"alice-key\"}", secret: "x")}");
        Assert.Equal(0, Allocations.Measure(() =>
        {
            Assert.True(verifier.Verify("GET"u8, "a=b"u8, ref headers, null, Now).IsPass);
            Assert.False(verifier.Verify("GET"u8, default, ref bad, null, Now).IsPass);
        }));
    }

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static AuthVerdict Verify(
        string? authorization,
        string query = "",
        JwtOptions? options = null,
        JwtCredential[]? credentials = null,
        string method = "GET",
        Identity? existing = null,
        string? cookie = null)
    {
        JwtVerifier verifier = new(options ?? new JwtOptions(), new CredentialTable(credentials ?? [Credential]));
        List<string> lines = [];
        if (authorization is not null)
        {
            lines.Add($"Authorization: {authorization}");
        }

        if (cookie is not null)
        {
            lines.Add($"Cookie: {cookie}");
        }

        HeaderList headers = HeaderList.Of([.. lines]);
        return verifier.Verify(Encoding.UTF8.GetBytes(method), Encoding.UTF8.GetBytes(query), ref headers, existing, Now);
    }

    private static string Token(
        string payload, string header = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}", string secret = Secret, byte[]? secretBytes = null)
    {
        string input = $"{Base64(header)}.{Base64(payload)}";
        byte[] signature = HMACSHA256.HashData(secretBytes ?? Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(input));
        return $"{input}.{Base64Url.EncodeToString(signature)}";
    }

    private static string Base64(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private static string BodyOf(AuthVerdict verdict) => Encoding.UTF8.GetString(verdict.Body!.Select(default).ToArray(default));
}
