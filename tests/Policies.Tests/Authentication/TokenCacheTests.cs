using System.Text;
using VoltageSoda.Edge.Policies.Authentication;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Tests.Facts;

namespace VoltageSoda.Edge.Policies.Tests.Authentication;

public sealed class TokenCacheTests
{
    private const long Now = 1_800_000_000;

    private static readonly Consumer Alice = new("consumer-id", "alice", null);

    [Fact]
    public void TryGet_KnowsTheWholeTokenOfItsOwnerOnly()
    {
        TokenCache cache = new(16, (1, 2));
        cache.Add(7, "header.payload.signature"u8, new CachedToken(3, 10, double.NaN));

        Assert.True(cache.TryGet(7, "header.payload.signature"u8, out CachedToken found));
        Assert.Equal(new CachedToken(3, 10, double.NaN), found);
        Assert.False(cache.TryGet(8, "header.payload.signature"u8, out _));
        Assert.False(cache.TryGet(7, "header.payload.signaturf"u8, out _));
        Assert.False(cache.TryGet(7, "header.payload.signatur"u8, out _));
        Assert.False(cache.TryGet(7, "header.payload.signature "u8, out _));
    }

    [Fact]
    public void Add_ManyTokens_KeepsAsManyAsItHasSlots()
    {
        TokenCache cache = new(64, (1, 2));
        long size = cache.Size;
        for (int i = 0; i < 10_000; i++)
        {
            cache.Add(1, Encoding.ASCII.GetBytes($"token {i}"), new CachedToken(i, i, i));
        }

        int kept = Enumerable.Range(0, 10_000).Count(i => cache.TryGet(1, Encoding.ASCII.GetBytes($"token {i}"), out CachedToken found) && found.Credential == i);
        Assert.InRange(kept, 32, 64);
        Assert.Equal(size, cache.Size);
        Assert.InRange(size, 64 * TokenCache.MaxTokenLength, 65 * TokenCache.MaxTokenLength + 64 * 64);
    }

    [Fact]
    public void Add_TokenLongerThanASlot_IsNotKept()
    {
        TokenCache cache = new(16, (1, 2));
        byte[] longest = new byte[TokenCache.MaxTokenLength];
        byte[] longer = new byte[TokenCache.MaxTokenLength + 1];
        cache.Add(1, longest, default);
        cache.Add(1, longer, default);

        Assert.True(cache.TryGet(1, longest, out _));
        Assert.False(cache.TryGet(1, longer, out _));
    }

    // One slot, several writers and readers: whatever is found belongs to the token asked for.
    [Fact]
    public void TryGet_WhileOthersWriteTheSameSlot_IsWholeOrNothing()
    {
        TokenCache cache = new(1, (1, 2));
        byte[][] tokens = [.. Enumerable.Range(0, 4).Select(i => Enumerable.Repeat((byte)('a' + i), 600).ToArray())];
        long found = 0;
        int wrong = 0;
        Race.Run(4, thread =>
        {
            for (int i = 0; i < 60_000; i++)
            {
                int which = (i + thread) % tokens.Length;
                cache.Add(which, tokens[which], new CachedToken(which, which, which));
                if (cache.TryGet(which, tokens[which], out CachedToken token))
                {
                    Interlocked.Increment(ref found);
                    if (token != new CachedToken(which, which, which))
                    {
                        Interlocked.Increment(ref wrong);
                    }
                }
            }
        });

        Assert.Equal(0, wrong);
        Assert.True(found > 0);
    }

    [Fact]
    public void Verify_KnownToken_IsJudgedByTheTimeOfEachUse()
    {
        JwtVerifier verifier = new(new JwtOptions { VerifyExp = true, VerifyNbf = true, MaximumExpiration = 100 }, Table("secret"), new TokenCache(16, (1, 2)));
        string token = SignedTokens.Hs256("secret", $"{{\"iss\":\"k\",\"exp\":{Now + 50},\"nbf\":{Now}}}");

        Assert.True(Verify(verifier, token, Now).IsPass);
        Assert.True(Verify(verifier, token, Now + 49).IsPass);
        Assert.Equal("{\"exp\":\"token expired\"}", Verify(verifier, token, Now + 50).Body!.ToString());
        Assert.Equal("{\"nbf\":\"token not valid yet\"}", Verify(verifier, token, Now - 1).Body!.ToString());
        Assert.True(Verify(verifier, token, Now + 1).IsPass);
    }

    [Fact]
    public void Verify_AnotherVerifierOnTheSameCache_VerifiesItself()
    {
        TokenCache cache = new(16, (1, 2));
        string token = SignedTokens.Hs256("secret", "{\"iss\":\"k\"}");

        Assert.True(Verify(new JwtVerifier(new JwtOptions(), Table("secret"), cache), token, Now).IsPass);
        Assert.Contains("Invalid signature", Verify(new JwtVerifier(new JwtOptions(), Table("rotated"), cache), token, Now).Body!.ToString());
        Assert.Contains(
            "must be a number", Verify(new JwtVerifier(new JwtOptions { VerifyExp = true }, Table("secret"), cache), token, Now).Body!.ToString());
    }

    [Fact]
    public void Verify_ForgedToken_IsNeverRemembered()
    {
        TokenCache cache = new(16, (1, 2));
        JwtVerifier verifier = new(new JwtOptions(), Table("secret"), cache);
        string good = SignedTokens.Hs256("secret", "{\"iss\":\"k\"}");
        string forged = SignedTokens.Hs256("other", "{\"iss\":\"k\"}");

        Assert.True(Verify(verifier, good, Now).IsPass);
        Assert.False(Verify(verifier, forged, Now).IsPass);
        Assert.False(Verify(verifier, forged, Now).IsPass);
        Assert.False(Verify(verifier, good[..^1] + (good[^1] == 'A' ? 'B' : 'A'), Now).IsPass);
        Assert.True(Verify(verifier, good, Now).IsPass);
    }

    [Theory]
    [InlineData(JwtAlgorithm.HS256, true)]
    [InlineData(JwtAlgorithm.HS512, true)]
    [InlineData(JwtAlgorithm.RS256, true)]
    [InlineData(JwtAlgorithm.PS384, true)]
    [InlineData(JwtAlgorithm.ES256, true)]
    [InlineData(JwtAlgorithm.HS256, false)]
    [InlineData(JwtAlgorithm.HS384, false)]
    [InlineData(JwtAlgorithm.RS256, false)]
    [InlineData(JwtAlgorithm.RS512, false)]
    [InlineData(JwtAlgorithm.PS256, false)]
    public void Verify_AllocatesNothing(JwtAlgorithm algorithm, bool cached)
    {
        SignedTokens signer = new(algorithm);
        JwtVerifier verifier = new(
            new JwtOptions { VerifyExp = true }, new CredentialTable([signer.Credential(Alice)]), cached ? new TokenCache(16, (1, 2)) : null);
        HeaderList headers = HeaderList.Of("Authorization: Bearer " + signer.Sign($"{{\"iss\":\"k\",\"exp\":{Now + 50}}}"));
        Assert.Equal(0, Allocations.Measure(() => Assert.True(verifier.Verify("GET"u8, default, ref headers, null, Now).IsPass)));
    }

    private static CredentialTable Table(string secret) =>
        new([new JwtCredential { Id = "id", Key = "k", Algorithm = JwtAlgorithm.HS256, Secret = secret, Consumer = Alice }]);

    private static AuthVerdict Verify(JwtVerifier verifier, string token, long now)
    {
        HeaderList headers = HeaderList.Of("Authorization: Bearer " + token);
        return verifier.Verify("GET"u8, default, ref headers, null, now);
    }
}
