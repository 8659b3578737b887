using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Wire;

/// <summary>The scheme of an absolute-form target: that of the connection, or any when the peer is trusted (http-hardening.md 1.2).</summary>
public sealed class TargetSchemeTests
{
    [Theory]
    [InlineData(false, "http", "", 200)]
    [InlineData(false, "https", "", 400)]
    [InlineData(true, "https", "", 200)]
    [InlineData(true, "http", "", 400)]
    [InlineData(false, "https", "127.0.0.1", 200)]
    [InlineData(true, "http", "127.0.0.0/8", 200)]
    [InlineData(true, "https", "127.0.0.1", 200)]
    [InlineData(false, "https", "10.0.0.0/8", 400)]
    [InlineData(true, "ftp", "127.0.0.1", 400)]
    public async Task AbsoluteForm_OfOtherScheme_NeedsATrustedPeer(bool tls, string scheme, string trusted, int status)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(upstream.Address),
            [("KONG_PROXY_LISTEN", tls ? "127.0.0.1:0 ssl" : "127.0.0.1:0"), .. trusted.Length == 0 ? [] : new[] { ("KONG_TRUSTED_IPS", trusted) }]);
        await using RawClient client = tls ? await RawClient.ConnectTlsAsync(edge.Proxy) : await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(status, (await client.ExchangeAsync($"GET {scheme}://b/x HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        Assert.Equal(status == 200 ? "/x" : null, upstream.Requests.SingleOrDefault()?.Target);
    }
}
