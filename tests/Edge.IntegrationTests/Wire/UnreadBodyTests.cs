using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Wire;

/// <summary>A local answer to a request whose body nobody read: drained within 64 KiB and a second to keep the connection, else closed.</summary>
public sealed class UnreadBodyTests
{
    private const string Api = """
        _format_version: "3.0"
        services:
        - name: app
          url: http://127.0.0.1:1
          routes:
          - name: api
            paths: ["/api"]
        """;

    [Theory]
    [InlineData("Content-Length: 65536\r\n\r\n", 65536, "")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n8000\r\n", 32768, "\r\n0\r\n\r\n")]
    public async Task LocalAnswer_SmallBody_KeepsTheConnection(string framing, int length, string end)
    {
        await using RunningEdge edge = await RunningEdge.StartAsync(Api);
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        for (int i = 0; i < 3; i++)
        {
            await client.SendAsync("POST /other HTTP/1.1\r\nHost: a\r\n" + framing);
            await client.SendAsync(new string('x', length) + end);
            RawResponse response = await client.ReceiveAsync();
            Assert.Equal(404, response.Status);
            Assert.Null(response.Header("Connection"));
        }
    }

    [Fact]
    public async Task LocalAnswer_LargeBody_SaysClose()
    {
        await using RunningEdge edge = await RunningEdge.StartAsync(Api);
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        RawResponse response = await client.ExchangeAsync("POST /other HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n");
        Assert.Equal(404, response.Status);
        Assert.Equal("close", response.Header("Connection"));
        Assert.True(await client.IsClosedAsync());
    }

    [Fact]
    public async Task LocalAnswer_ChunkedBodyAboveTheBound_ClosesAfterTheAnswer()
    {
        await using RunningEdge edge = await RunningEdge.StartAsync(Api);
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync("POST /other HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n20000\r\n" + new string('x', 0x20000));
        Assert.Equal(404, (await client.ReceiveAsync()).Status);
        Assert.True(await client.IsClosedAsync());
    }

    [Fact]
    public async Task LocalAnswer_BodyThatDoesNotCome_ClosesAfterTheAnswer()
    {
        await using RunningEdge edge = await RunningEdge.StartAsync(Api, ("EDGE_LINGER_TIMEOUT", "100ms"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(404, (await client.ExchangeAsync("POST /other HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")).Status);
        Assert.True(await client.IsClosedAsync());
    }

    [Theory]
    [InlineData("Content-Length: 2\r\n\r\nok", false)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", false)]
    [InlineData("Content-Length: 0\r\n\r\n", false)]
    [InlineData("Content-Length: 2\r\n\r\nok", true)]
    public async Task EarlyAnswer_UploadTooLongToDrain_SaysClose(string answer, bool piecemeal)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.HeadAsync();
            string whole = "HTTP/1.1 200 OK\r\n" + answer;
            await peer.SendAsync(piecemeal ? whole[..^2] : whole);
            if (piecemeal)
            {
                await peer.ExactlyAsync(200);
                await peer.SendAsync(whole[^2..]);
            }

            await peer.ToEndAsync();
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + new string('x', 100));
        if (piecemeal)
        {
            await client.SendAsync(new string('x', 100));
        }

        RawResponse response = await client.ReceiveAsync();
        Assert.Equal(200, response.Status);
        Assert.Equal("close", response.Header("Connection"));
        Assert.True(await client.IsClosedAsync());
    }

    // Nobody knows how much of the upload is left: an answer that ends on its own time leaves it none.
    [Theory]
    [InlineData("Content-Length: 2\r\n\r\nok")]
    [InlineData("Content-Length: 0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")]
    public async Task EarlyAnswer_BesideAChunkedUpload_SaysClose(string answer)
    {
        bool inPieces = answer.EndsWith("\nok", StringComparison.Ordinal);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.HeadAsync();
            string whole = "HTTP/1.1 200 OK\r\n" + answer;
            await peer.SendAsync(inPieces ? whole[..^1] : whole);
            if (inPieces)
            {
                await peer.ExactlyAsync("4\r\nabcd\r\n4\r\nwxyz\r\n".Length);
                await peer.SendAsync(whole[^1..]);
            }

            await peer.ToEndAsync();
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n");
        string text = await client.ExactlyAsync("HTTP/1.1 200 OK".Length);
        if (inPieces)
        {
            await client.SendAsync("4\r\nwxyz\r\n");
        }

        text += await client.ToEndAsync();
        Assert.Contains("\r\nConnection: close\r\n", text);
        Assert.EndsWith(answer[^2..], text);
    }

    [Theory]
    [InlineData("Content-Length: 300000\r\n\r\n", "", "")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n", "493e0\r\n", "\r\n0\r\n\r\n")]
    public async Task StreamedAnswer_BesideItsUpload_KeepsTheConnection(string framing, string before, string after)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            for (int i = 0; i < 2; i++)
            {
                await peer.HeadAsync();
                await peer.SendAsync("HTTP/1.1 200 OK\r\n" + framing);
                await peer.SendAsync(before + await peer.ExactlyAsync(300_000) + after);
            }

            await peer.ToEndAsync();
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        string body = new('x', 300_000);
        for (int i = 0; i < 2; i++)
        {
            await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n");
            await client.SendAsync(body);
            RawResponse response = await client.ReceiveAsync();
            Assert.Null(response.Header("Connection"));
            Assert.Equal(body, response.Body);
        }
    }

    [Fact]
    public async Task LocalAnswer_BrokenBodyBehindIt_IsNoRequest()
    {
        await using RunningEdge edge = await RunningEdge.StartAsync(Api);
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync("POST /other HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nGET /api HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(404, (await client.ReceiveAsync()).Status);
        Assert.True(await client.IsClosedAsync());
    }
}
