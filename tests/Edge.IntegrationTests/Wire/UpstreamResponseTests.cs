using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Wire;

/// <summary>What upstreams send that is not taken as an answer: 502, and the connection is never used again.</summary>
public sealed class UpstreamResponseTests
{
    public static TheoryData<string> Broken => new()
    {
        "HELLO\r\n\r\n",
        "<html>no head</html>\r\n\r\n",
        "HTTP/1.1 99 Low\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        "HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX : a\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: " + new string('x', 70_000) + "\r\n\r\n",
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task Head_Broken_Is502(string answer)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.RequestAsync();
            await peer.SendAsync(answer);
            await peer.ToEndAsync();
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, serviceExtra: "retries: 0"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        RawResponse response = await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(502, response.Status);
        Assert.Contains("An invalid response was received from the upstream server", response.Body);
        // The client's connection is not at fault.
        Assert.Equal(502, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        Assert.Equal(2, upstream.Connections);
    }

    [Fact]
    public async Task UnsolicitedBytes_BehindAResponse_PoisonTheConnection()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.RequestAsync();
            await peer.SendAsync(ScriptedUpstream.Ok("one") + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
            await peer.ToEndAsync();
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal("one", (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Body);
        }

        Assert.Equal(3, upstream.Connections);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")]
    public async Task Body_CutByReset_ClientSeesItIsNotWhole(string answer)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.RequestAsync();
            await peer.SendAsync(answer);
            peer.Reset();
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, serviceExtra: "retries: 0"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        try
        {
            RawResponse response = await client.ReceiveAsync();
            // A reset may overtake the head; then it is an honest 502, never a complete body.
            Assert.Equal(502, response.Status);
        }
        catch (Exception exception) when (exception is EndOfStreamException or System.Net.Sockets.SocketException)
        {
            // The end of the connection shows it.
        }
    }

    [Fact]
    public async Task InterimAnswers_AreSwallowedOrForwarded()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ =>
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        RawResponse hints = await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(103, hints.Status);
        Assert.Equal("</a.css>", hints.Header("Link"));
        Assert.Equal(200, (await client.ReceiveAsync()).Status);
        Assert.Equal(200, (await client.ExchangeAsync("GET / HTTP/1.0\r\nHost: a\r\n\r\n")).Status);
    }

    [Fact]
    public async Task InterimAnswers_MoreThanSixteen_Are502()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ =>
            string.Concat(Enumerable.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 17)) + ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, serviceExtra: "retries: 0"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(502, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
    }

    [Fact]
    public async Task EarlyRefusal_BeforeTheBody_IsPassedOn()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer =>
        {
            await peer.HeadAsync();
            await peer.SendAsync("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig");
            await peer.ToEndAsync();
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc");
        RawResponse response = await client.ReceiveAsync();
        Assert.Equal(413, response.Status);
        Assert.Equal("big", response.Body);
    }
}
