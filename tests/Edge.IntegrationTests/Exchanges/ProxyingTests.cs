using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Exchanges;

public sealed class ProxyingTests
{
    [Fact]
    public async Task Get_WarmKeepAlive_ReusesBothConnections()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(request => ScriptedUpstream.Ok("hello " + request.Target));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        for (int i = 0; i < 5; i++)
        {
            RawResponse response = await client.ExchangeAsync($"GET /a/{i}?q=1 HTTP/1.1\r\nHost: example.com\r\n\r\n");
            Assert.Equal(200, response.Status);
            Assert.Equal($"hello /a/{i}?q=1", response.Body);
            Assert.Null(response.Header("Connection"));
        }

        Assert.Equal(1, upstream.Connections);
    }

    [Fact]
    public async Task Get_Proxied_CarriesKongsHeadersBothWays()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(_ => ScriptedUpstream.Ok("x", "Server: origin", "Connection: X-Hop", "X-Hop: 1"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        RawResponse response = await client.ExchangeAsync(
            "GET /p?q HTTP/1.1\r\nHost: example.com:81\r\nX-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\nConnection: X-Secret\r\nX-Secret: 1\r\nKeep-Alive: 5\r\n\r\n");
        Assert.Equal("origin", response.Header("Server"));
        Assert.NotNull(response.Header("Via"));
        Assert.NotNull(response.Header("X-Kong-Upstream-Latency"));
        Assert.NotNull(response.Header("X-Kong-Proxy-Latency"));
        Assert.Null(response.Header("X-Hop"));
        Assert.True(upstream.Requests.TryDequeue(out UpstreamRequest? seen));
        Assert.Equal("GET /p?q HTTP/1.1", seen.StartLine);
        Assert.Equal(upstream.Address, seen.Header("Host"));
        Assert.Equal("9.9.9.9, 127.0.0.1", seen.Header("X-Forwarded-For"));
        Assert.Equal("http", seen.Header("X-Forwarded-Proto"));
        Assert.Equal("example.com", seen.Header("X-Forwarded-Host"));
        Assert.Equal(edge.Proxy.Port.ToString(), seen.Header("X-Forwarded-Port"));
        Assert.Equal("/p", seen.Header("X-Forwarded-Path"));
        Assert.Equal("127.0.0.1", seen.Header("X-Real-IP"));
        Assert.Equal("keep-alive", seen.Header("Connection"));
        Assert.Null(seen.Header("X-Secret"));
        Assert.Null(seen.Header("Keep-Alive"));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\nab")]
    [InlineData("GET / HTTP/1.0\r\nHost: a\r\n\r\n")]
    public async Task Close_AnnouncedByTheClient_IsNotWaitedFor(string request)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(_ => ScriptedUpstream.Ok("whole"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        RawResponse response = await client.ExchangeAsync(request);
        Assert.Equal("whole", response.Body);
        Assert.True(await client.IsClosedAsync());

        // A socket that is closed answers what comes after its FIN with a reset; one that lingers would read it.
        await client.SendAsync("x");
        Assert.True(client.Socket.Poll(TimeSpan.FromSeconds(20), System.Net.Sockets.SelectMode.SelectError));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(100_000)]
    [InlineData(3_000_000)]
    public async Task Post_CountedBody_ArrivesWhole(int length)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(request => ScriptedUpstream.Ok(request.Body));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        string body = new string('b', length);
        for (int i = 0; i < 2; i++)
        {
            RawResponse response = await client.ExchangeAsync($"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}");
            Assert.Equal(200, response.Status);
            Assert.Equal(body, response.Body);
        }
    }

    [Fact]
    public async Task Post_ChunkedBody_IsForwardedChunked()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(request => ScriptedUpstream.Ok(request.Body));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        RawResponse response = await client.ExchangeAsync(
            "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n");
        Assert.Equal("hello world", response.Body);
        Assert.True(upstream.Requests.TryDequeue(out UpstreamRequest? seen));
        Assert.Equal("chunked", seen.Header("Transfer-Encoding"));
        response = await client.ExchangeAsync("GET /q HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(200, response.Status);
    }

    [Fact]
    public async Task Response_Chunked_IsRelayedChunkedWithTrailersWhenAnnounced()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(
            _ => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n");
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        RawResponse response = await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal("abc", response.Body);
        Assert.Empty(response.Trailers);
        response = await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\n\r\n");
        Assert.Equal("abc", response.Body);
        Assert.Equal(["X-Sum: 1"], response.Trailers);
    }

    [Fact]
    public async Task Response_UntilClose_IsRelayedChunkedAndConnectionKept()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.HeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\n\r\nuntil the end");
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        RawResponse response = await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal("chunked", response.Header("Transfer-Encoding"));
        Assert.Equal("until the end", response.Body);
        response = await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal("until the end", response.Body);
    }

    [Theory]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\n\r\n")]
    [InlineData("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n")]
    public async Task Response_WithoutBody_KeepsConnectionsInStep(string method, string answer)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(_ => answer);
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        for (int i = 0; i < 3; i++)
        {
            RawResponse response = await client.ExchangeAsync($"{method} / HTTP/1.1\r\nHost: a\r\n\r\n", isHead: true);
            Assert.Equal(int.Parse(answer.AsSpan(9, 3)), response.Status);
        }

        Assert.Equal(1, upstream.Connections);
    }

    [Fact]
    public async Task Pipelined_Requests_AreAnsweredInOrder()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(request => ScriptedUpstream.Ok(request.Target));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync(string.Concat(Enumerable.Range(0, 40).Select(static i => $"GET /{i} HTTP/1.1\r\nHost: a\r\n\r\n")));
        for (int i = 0; i < 40; i++)
        {
            Assert.Equal($"/{i}", (await client.ReceiveAsync()).Body);
        }
    }

    [Fact]
    public async Task NoRoute_IsKongs404()
    {
        await using RunningEdge edge = await RunningEdge.StartAsync("""
            _format_version: "3.0"
            services:
            - name: app
              url: http://127.0.0.1:1
              routes:
              - name: api
                paths: ["/api"]
            """);
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        RawResponse response = await client.ExchangeAsync("GET /other HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(404, response.Status);
        Assert.Contains("no Route matched with those values", response.Body);
        Assert.Equal("application/json; charset=utf-8", response.Header("Content-Type"));
        Assert.NotNull(response.Header("X-Kong-Response-Latency"));
        Assert.Null(response.Header("Via"));
        response = await client.ExchangeAsync("GET /api HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(502, response.Status);
        Assert.Contains("An invalid response was received from the upstream server", response.Body);
    }

    // nginx sends again what it does not know, too: POST, PATCH and LOCK alone are non-idempotent to it.
    [Theory]
    [InlineData("GET")]
    [InlineData("DELETE")]
    [InlineData("PURGE")]
    public async Task StalePooledConnection_IdempotentRequest_IsSentAgain(string method)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            // Answers one request and closes without saying so, after the next one is there.
            await peer.RequestAsync();
            await peer.SendAsync(ScriptedUpstream.Ok("one"));
            await peer.HeadAsync();
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, serviceExtra: "retries: 0"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        for (int i = 0; i < 4; i++)
        {
            RawResponse response = await client.ExchangeAsync($"{method} / HTTP/1.1\r\nHost: a\r\n\r\n");
            Assert.Equal("one", response.Body);
        }
    }

    [Fact]
    public async Task DeadEndpoint_NextOneIsTried()
    {
        await using ScriptedUpstream dead = ScriptedUpstream.Script(static _ => Task.CompletedTask);
        string deadAddress = dead.Address;
        await dead.DisposeAsync();
        await using ScriptedUpstream alive = ScriptedUpstream.Respond(_ => ScriptedUpstream.Ok("alive"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single([deadAddress, alive.Address]));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        for (int i = 0; i < 10; i++)
        {
            RawResponse response = await client.ExchangeAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
            Assert.Equal("alive", response.Body);
        }
    }

    [Fact]
    public async Task SilentUpstream_ReadTimeout_Is504()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer => await peer.ToEndAsync());
        await using RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(upstream.Address, serviceExtra: "read_timeout: 100\nretries: 0"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        RawResponse response = await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(504, response.Status);
        Assert.Contains("The upstream server is timing out", response.Body);
        response = await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(504, response.Status);
    }

    [Fact]
    public async Task TruncatedUpstreamBody_ClientSeesTheBreak()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer =>
        {
            await peer.HeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await Assert.ThrowsAnyAsync<Exception>(() => client.ReceiveAsync());
    }

    [Fact]
    public async Task ExpectContinue_IsForwardedAndAnswered()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer =>
        {
            await peer.HeadAsync();
            await peer.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
            string body = await peer.ExactlyAsync(3);
            await peer.SendAsync(ScriptedUpstream.Ok(body));
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
        Assert.Equal(100, (await client.ReceiveAsync()).Status);
        await client.SendAsync("abc");
        Assert.Equal("abc", (await client.ReceiveAsync()).Body);
    }

    [Fact]
    public async Task WebSocketUpgrade_BecomesATunnel()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer =>
        {
            string? head = await peer.HeadAsync();
            Assert.Contains("Upgrade: websocket", head);
            await peer.SendAsync(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\nearly");
            string said = await peer.ExactlyAsync(4);
            await peer.SendAsync("got " + said);
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        RawResponse response = await client.ExchangeAsync(
            "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        Assert.Equal(101, response.Status);
        Assert.Equal("early", await client.ExactlyAsync(5));
        await client.SendAsync("ping");
        Assert.Equal("got ping", await client.ExactlyAsync(8));
        Assert.True(await client.IsClosedAsync());
    }
}
