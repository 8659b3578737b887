using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Wire;

/// <summary>Who the client is: PROXY headers and forwarded fields, trusted only where configured.</summary>
public sealed class ClientAddressTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Fact]
    public async Task ProxyHeader_FromTrustedSource_GivesTheAddress()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(upstream.Address), ("KONG_PROXY_LISTEN", "127.0.0.1:0 proxy_protocol"), ("KONG_TRUSTED_IPS", "127.0.0.1"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(200, (await client.ExchangeAsync("PROXY TCP4 203.0.113.7 127.0.0.1 1234 80\r\n" + Get)).Status);
        Assert.Equal("203.0.113.7", upstream.Requests.Single().Header("X-Real-IP"));
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.0.0.0/8", false)]
    public async Task FieldsOfAnEnvoy_AreBelievedFromTrustedSourcesOnly(string trusted, bool kept)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address), ("KONG_TRUSTED_IPS", trusted));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\nX-Envoy-Upstream-Rq-Timeout-Ms: 1\r\nx-envoy-internal: true\r\nX-Envo: 1\r\n\r\n");
        UpstreamRequest seen = upstream.Requests.Single();
        Assert.Equal(kept ? ("1", "true", "1") : (null, null, "1"),
            (seen.Header("X-Envoy-Upstream-Rq-Timeout-Ms"), seen.Header("X-Envoy-Internal"), seen.Header("X-Envo")));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("PROXY TCP4 203.0.113.7 127.0.0.1 01234 80\r\n")]
    [InlineData("PROXY TCP4 203.0.113.777 127.0.0.1 1234 80\r\n")]
    [InlineData("PROXY  TCP4 203.0.113.7 127.0.0.1 1234 80\r\n")]
    public async Task ProxyHeader_MissingOrBroken_ClosesSilently(string bytes)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(upstream.Address), ("KONG_PROXY_LISTEN", "127.0.0.1:0 proxy_protocol"), ("KONG_TRUSTED_IPS", "127.0.0.1"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync(bytes);
        Assert.True(await client.IsClosedAsync());
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public async Task ProxyHeader_FromUntrustedSource_ClosesSilently()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(upstream.Address), ("KONG_PROXY_LISTEN", "127.0.0.1:0 proxy_protocol"), ("KONG_TRUSTED_IPS", "10.0.0.0/8"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.True(await client.IsClosedAsync());
    }

    [Fact]
    public async Task ProxyHeader_Withheld_ClosesInTime()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(upstream.Address),
            ("KONG_PROXY_LISTEN", "127.0.0.1:0 proxy_protocol"),
            ("KONG_TRUSTED_IPS", "127.0.0.1"),
            ("EDGE_TIMEOUT_PROXY_PROTOCOL", "200ms"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.True(await client.IsClosedAsync());
    }

    [Fact]
    public async Task ProxyHeader_WhereNotConfigured_IsABadRequest()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(400, (await client.ExchangeAsync("PROXY TCP4 203.0.113.7 127.0.0.1 1234 80\r\n" + Get)).Status);
    }

    [Fact]
    public async Task ForwardedFields_FromTrustedPeer_AreKept()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(upstream.Address),
            ("KONG_TRUSTED_IPS", "127.0.0.1,10.0.0.0/8"),
            ("KONG_REAL_IP_HEADER", "X-Forwarded-For"),
            ("KONG_REAL_IP_RECURSIVE", "on"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.ExchangeAsync(
            "GET /p HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6, 203.0.113.9, 10.1.1.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: h\r\nX-Forwarded-Port: 444\r\n\r\n");
        UpstreamRequest seen = upstream.Requests.Single();
        Assert.Equal("203.0.113.9", seen.Header("X-Real-IP"));
        Assert.Equal("https", seen.Header("X-Forwarded-Proto"));
        Assert.Equal("h", seen.Header("X-Forwarded-Host"));
        Assert.Equal("444", seen.Header("X-Forwarded-Port"));
        Assert.Equal("6.6.6.6, 203.0.113.9, 10.1.1.1, 127.0.0.1", seen.Header("X-Forwarded-For"));
    }
}
