using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Exchanges;

/// <summary>What the gateway itself says in a head, beside what the other side and the plugins say.</summary>
public sealed class GatewayFieldTests
{
    private const string Get = "GET /a?b HTTP/1.1\r\nHost: h.test:81\r\n\r\n";

    // kong/runloop/handler.lua, access.before: nothing speaks against another request on the connection.
    [Theory]
    [InlineData("HTTP/1.1", "", "Upgrade", true)]
    [InlineData("HTTP/1.1", "Connection: close\r\n", "Upgrade, close", false)]
    [InlineData("HTTP/1.0", "Connection: keep-alive\r\n", "Upgrade, keep-alive", true)]
    public async Task HttpsRequired_AsksForTheUpgradeAndKeepsTheConnection(string version, string fields, string connection, bool kept)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, routeExtra: "protocols: [https]"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        RawResponse response = await client.ExchangeAsync($"GET / {version}\r\nHost: a\r\n{fields}\r\n");
        Assert.Equal((426, connection, "TLS/1.2, HTTP/1.1"), (response.Status, response.Header("Connection"), response.Header("Upgrade")));
        if (kept)
        {
            Assert.Equal(426, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        }
        else
        {
            Assert.True(await client.IsClosedAsync());
        }
    }

    [Fact]
    public async Task Fields_ThatAGatewayBehindSendsToo_AreReplaced()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok(
            "x", "X-Kong-Upstream-Latency: 5000", "X-Kong-Proxy-Latency: 6000", "X-Kong-Request-Id: aa", "Via: kong/9", "X-Kong-Upstream-Status: 299"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        RawResponse response = await client.ExchangeAsync(Get);
        Assert.NotEqual("5000", Assert.Single(response.Headers("X-Kong-Upstream-Latency")));
        Assert.NotEqual("6000", Assert.Single(response.Headers("X-Kong-Proxy-Latency")));
        Assert.Matches("^[0-9a-f]{32}$", Assert.Single(response.Headers("X-Kong-Request-Id")));
        Assert.NotEqual("kong/9", Assert.Single(response.Headers("Via")));

        // Not listed in KONG_HEADERS: the upstream's own goes through.
        Assert.Equal("299", Assert.Single(response.Headers("X-Kong-Upstream-Status")));
    }

    [Theory]
    [InlineData("remove: {headers: [X-Kong-Upstream-Status]}", null, null)]
    [InlineData("rename: {headers: [\"X-Kong-Upstream-Status:X-Status\"]}", null, "203")]
    [InlineData("add: {headers: [\"X-Kong-Upstream-Status:no\"]}", "203", null)]
    public async Task UpstreamStatus_IsThereBeforeThePlugins(string config, string? status, string? renamed)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => "HTTP/1.1 203 Fine\r\nContent-Length: 1\r\n\r\nx");
        await using RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(upstream.Address, tail: $"plugins: [{{name: response-transformer, config: {{{config}}}}}]"),
            ("KONG_HEADERS", "X-Kong-Upstream-Status"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        RawResponse response = await client.ExchangeAsync(Get);
        Assert.Equal(status is null ? [] : [status], response.Headers("X-Kong-Upstream-Status"));
        Assert.Equal(renamed, response.Header("X-Status"));
    }

    [Fact]
    public async Task Framing_FromResponseTransformer_IsNotSent()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("hello"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(
            upstream.Address,
            tail: "plugins: [{name: response-transformer, config: {add: {headers: [\"Transfer-Encoding:gzip\", \"Connection:close\", \"Date:now\"]}}}]"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        foreach (string path in (string[])["/", "/../.."])
        {
            RawResponse response = await client.ExchangeAsync($"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
            Assert.Equal([], response.Headers("Transfer-Encoding"));
            Assert.Single(response.Headers("Content-Length"));
            Assert.Equal(response.Status == 200 ? [] : ["close"], response.Headers("Connection"));
            Assert.Single(response.Headers("Date"));
        }
    }

    [Theory]
    [InlineData("127.0.0.0/8", "https://fh.test:99/a?b")]
    [InlineData("10.0.0.0/8", "https://h.test/a?b")]
    public async Task HttpsRedirect_GoesToTheHostThatATrustedPeerForwards(string trusted, string location)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(upstream.Address, routeExtra: "protocols: [https]\nhttps_redirect_status_code: 302"), ("KONG_TRUSTED_IPS", trusted));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        RawResponse response = await client.ExchangeAsync("GET /a?b HTTP/1.1\r\nHost: h.test:81\r\nX-Forwarded-Host: fh.test:99\r\n\r\n");
        Assert.Equal(302, response.Status);
        Assert.Equal(location, response.Header("Location"));
    }

    [Theory]
    [InlineData("POST", "Content-Type: application/json\r\nContent-Length: 0\r\n", "{\"a\":\"1\"}", "9")]
    [InlineData("GET", "Content-Type: application/json\r\n", "{\"a\":\"1\"}", "9")]
    [InlineData("POST", "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n", "a=1", "3")]
    [InlineData("GET", "Content-Type: text/plain\r\n", "", null)]
    [InlineData("POST", "Content-Type: text/plain\r\nContent-Length: 0\r\n", "", "0")]
    public async Task RequestTransformer_AddsToABodyThatIsNotThere(string method, string fields, string body, string? length)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(
            upstream.Address, tail: "plugins: [{name: request-transformer, config: {add: {body: [\"a:1\"]}}}]"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        RawResponse response = await client.ExchangeAsync($"{method} / HTTP/1.1\r\nHost: h\r\n{fields}\r\n");
        Assert.Equal(200, response.Status);
        Assert.True(upstream.Requests.TryDequeue(out UpstreamRequest? seen));
        Assert.Equal(length, seen.Header("Content-Length"));
        Assert.Equal(body, seen.Body);
    }

    [Fact]
    public async Task RequestTransformer_WithNothingToAdd_LeavesARequestWithoutBody()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(
            upstream.Address, tail: "plugins: [{name: request-transformer, config: {remove: {body: [a]}}}]"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n\r\n");
        Assert.True(upstream.Requests.TryDequeue(out UpstreamRequest? seen));
        Assert.Null(seen.Header("Content-Length"));
    }
}
