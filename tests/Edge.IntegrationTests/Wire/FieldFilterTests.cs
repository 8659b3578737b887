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

    [Fact]
    public async Task OtherUnderscores_AreDroppedAndCountedWhereConfigured()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address), ("EDGE_UNDERSCORE_HEADERS", "drop"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(200, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\nX-Own_Name: 1\r\nmy_own: 2\r\nX-Own: 3\r\n\r\n")).Status);
        UpstreamRequest seen = upstream.Requests.Single();
        Assert.Null(seen.Header("X-Own_Name"));
        Assert.Null(seen.Header("my_own"));
        Assert.Equal("3", seen.Header("X-Own"));
        Assert.Equal(2, await edge.CounterAsync("edge_protocol_errors_total", "kind=\"bad_header_name\""));
    }

    [Fact]
    public async Task LookalikesOfWhatPluginsSet_AreDroppedFromTheLoadOn()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        const string Request = "GET / HTTP/1.1\r\nHost: a\r\nKong_Request_ID: 1\r\nX_Internal_Auth: 2\r\nX-Admin_Flag: 3\r\nx_new_name: 4\r\n"
            + "Old_Name: 5\r\nX_Api_Key: 6\r\nX_Own_Name: 7\r\n\r\n";
        await client.ExchangeAsync(Request);
        Assert.Equal("2", upstream.Requests.Last().Header("X_Internal_Auth"));

        await edge.ReloadAsync(KongText.Single(upstream.Address, tail: """
            plugins:
            - name: correlation-id
            - name: request-transformer
              config:
                remove: {headers: [X-Admin-Flag]}
                add: {headers: ["X-Internal-Auth:yes"]}
                rename: {headers: ["Old_Name:X-New-Name"]}
            """));
        Assert.Equal(200, (await client.ExchangeAsync(Request)).Status);
        UpstreamRequest seen = upstream.Requests.Last();
        foreach (string name in new[] { "Kong_Request_ID", "X_Internal_Auth", "X-Admin_Flag", "x_new_name" })
        {
            Assert.Null(seen.Header(name));
        }

        Assert.Equal("yes", seen.Header("X-Internal-Auth"));
        Assert.Equal("5", seen.Header("X-New-Name"));
        Assert.Equal("6", seen.Header("X_Api_Key"));
        Assert.Equal("7", seen.Header("X_Own_Name"));
        Assert.Equal(4, await edge.CounterAsync("edge_protocol_errors_total", "kind=\"bad_header_name\""));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\n\r\n", "trailers", "keep-alive, TE")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nTE: gzip\r\nConnection: TE\r\n\r\n", null, "keep-alive")]
    public async Task Te_GoesUpAsAFieldOfTheConnection(string request, string? te, string connection)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.ExchangeAsync(request);
        Assert.Equal(te, upstream.Requests.Single().Header("TE"));
        Assert.Equal(connection, upstream.Requests.Single().Header("Connection"));
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
