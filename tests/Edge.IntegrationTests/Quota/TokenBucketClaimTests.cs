using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Quota;

/// <summary>Buckets by a claim of the token that the jwt plugin verified.</summary>
public sealed class TokenBucketClaimTests
{
    private const string Secret = "a-secret-of-thirty-two-bytes-or-more";

    [Fact]
    public async Task Claim_OfTheVerifiedToken_HasTheBucket()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("up"));
        string plugins = $$"""
            plugins:
            - name: jwt
            - name: token-bucket
              config: {rate: 0.001, burst: 1, limit_by: claim, claim_name: tenant}
            consumers:
            - username: alice
              jwt_secrets:
              - {key: alice, secret: {{Secret}}}
            """;
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, tail: plugins));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(200, await GetAsync(client, Token("\"red\"")));
        Assert.Equal(429, await GetAsync(client, Token("\"red\"")));
        Assert.Equal(200, await GetAsync(client, Token("\"blue\"")));
        Assert.Equal(200, await GetAsync(client, Token("17")));

        // No usable claim: the address.
        Assert.Equal(200, await GetAsync(client, Token("null")));
        Assert.Equal(429, await GetAsync(client, Token("[1]")));
        Assert.Equal(429, await GetAsync(client, Token("\"" + new string('x', 300) + "\"")));
    }

    private static async Task<int> GetAsync(RawClient client, string token) =>
        (await client.ExchangeAsync($"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n")).Status;

    private static string Token(string tenant)
    {
        string signed = Encode("{\"alg\":\"HS256\",\"typ\":\"JWT\"}") + "." + Encode($"{{\"iss\":\"alice\",\"tenant\":{tenant}}}");
        return signed + "." + Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.ASCII.GetBytes(Secret), Encoding.ASCII.GetBytes(signed)));
    }

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
