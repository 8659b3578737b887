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
