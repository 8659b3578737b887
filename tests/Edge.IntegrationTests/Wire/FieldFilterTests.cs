using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Wire;

/// <summary>What of a message does not go over: look-alike names, escaped slashes, trailers, and values that would break a head.</summary>
public sealed class FieldFilterTests
{
    [Fact]
    public async Task Lookalikes_AreDroppedAndCounted()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\nContent_Length: 5\r\nX_Real_IP: 6.6.6.6\r\nX-Own_Name: 1\r\n\r\n");
        UpstreamRequest seen = upstream.Requests.Single();
        Assert.Null(seen.Header("Content_Length"));
        Assert.Null(seen.Header("X_Real_IP"));
        Assert.Equal("1", seen.Header("X-Own_Name"));
        Assert.True(await edge.CounterAsync("edge_protocol_errors_total", "kind=\"bad_header_name\"") >= 1);
    }

    [Fact]
    public async Task OtherUnderscores_AreRefusedWhereConfigured()
    {
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single("127.0.0.1:1"), ("EDGE_UNDERSCORE_HEADERS", "reject"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(400, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\nX-Own_Name: 1\r\n\r\n")).Status);
    }

    [Theory]
    [InlineData("keep", 200, null, "/a%2Fb")]
    [InlineData("reject", 400, null, null)]
    [InlineData("redirect", 307, "/a/b?q=1", null)]
    public async Task EscapedSlashes_FollowTheSetting(string setting, int status, string? location, string? seen)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address), ("EDGE_ESCAPED_SLASHES", setting));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        RawResponse response = await client.ExchangeAsync("GET /a%2fb?q=1 HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(status, response.Status);
        Assert.Equal(location, response.Header("Location"));
        Assert.Equal(seen is null ? null : seen + "?q=1", upstream.Requests.SingleOrDefault()?.Target);
    }

    [Fact]
    public async Task RequestTrailersAndExtensions_StayBehind()
    {
        TaskCompletionSource<string> seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.HeadAsync();
            seen.SetResult(await peer.ExactlyAsync("3\r\nabc\r\n0\r\n\r\n".Length));
            await peer.SendAsync(ScriptedUpstream.Ok("x"));
            await peer.ToEndAsync();
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(200, (await client.ExchangeAsync(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum, Authorization\r\n\r\n"
            + "3;name=\"value\"\r\nabc\r\n0\r\nX-Sum: 1\r\nAuthorization: Bearer x\r\n\r\n")).Status);
        Assert.Equal("3\r\nabc\r\n0\r\n\r\n", await seen.Task);
    }

    [Fact]
    public async Task TemplateThatWouldBreakTheHead_Is500AndNothingIsSent()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(
            upstream.Address, tail: "plugins:\n- name: request-transformer\n  config: {add: {headers: [\"X-Q:$(query_params.q)\"]}}\n"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(500, (await client.ExchangeAsync("GET /?q=a%0d%0aX-Evil:%201 HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        Assert.Empty(upstream.Requests);
        await using RawClient other = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(200, (await other.ExchangeAsync("GET /?q=a HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        Assert.Equal("a", upstream.Requests.Single().Header("X-Q"));
    }

    [Theory]
    [InlineData("GET /<script>alert(1)</script>\u0001 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX-<script>: 1\r\n\r\n")]
    public async Task Refusal_NeverEchoesItsInput(string bytes)
    {
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single("127.0.0.1:1"), ("KONG_ERROR_DEFAULT_TYPE", "text/html"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        RawResponse response = await client.ExchangeAsync(bytes);
        Assert.Equal(400, response.Status);
        Assert.DoesNotContain("script", response.Body);
    }

    [Fact]
    public async Task ProxyHeaderV2_LocalKeepsThePeerAndTheRestIsTheRequest()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(upstream.Address), ("KONG_PROXY_LISTEN", "127.0.0.1:0 proxy_protocol"), ("KONG_TRUSTED_IPS", "127.0.0.1"));
        const string Signature = "\r\n\r\n\0\r\nQUIT\n";
        await using (RawClient client = await RawClient.ConnectAsync(edge.Proxy))
        {
            Assert.Equal(200, (await client.ExchangeAsync(Signature + "\x20\0\0\0GET /local HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        }

        await using (RawClient client = await RawClient.ConnectAsync(edge.Proxy))
        {
            Assert.Equal(200, (await client.ExchangeAsync(
                Signature + "\x21\x11\0\x0c\u00cb\0\x71\x07\x7f\0\0\x01\x12\x34\0\x50GET /proxied HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        }

        Assert.Equal(["127.0.0.1", "203.0.113.7"], upstream.Requests.Select(static request => request.Header("X-Real-IP")));
        await using RawClient broken = await RawClient.ConnectAsync(edge.Proxy);
        await broken.SendAsync(Signature + "\x31\x11\0\x0c");
        Assert.True(await broken.IsClosedAsync());
        Assert.Equal(1, await edge.CounterAsync("edge_connections_closed_total", "reason=\"proxy_header\""));
        Assert.Equal(1, await edge.CounterAsync("edge_protocol_errors_total", "proto=\"proxy\""));
    }
}
