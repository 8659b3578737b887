using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Wire;

/// <summary>Upgrades: who may have one, what ends a tunnel, and what it leaves behind.</summary>
public sealed class TunnelTests
{
    private const string Upgrade =
        "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    private const string Switching =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

    [Fact]
    public async Task Idle_IsClosedInTime()
    {
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.HeadAsync();
            await peer.SendAsync(Switching);
            try
            {
                await peer.ToEndAsync();
            }
            finally
            {
                ended.SetResult();
            }
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address), ("EDGE_TIMEOUT_TUNNEL", "300ms"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(101, (await client.ExchangeAsync(Upgrade)).Status);
        Assert.True(await client.IsClosedAsync());
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(20));
        client.HalfClose();
        await edge.WhenEmptyAsync();
        Assert.Equal(1, await edge.CounterAsync("edge_connections_closed_total", "reason=\"tunnel\""));
    }

    [Fact]
    public async Task HalfClose_ByTheClient_ReachesTheUpstreamAndTheRestComesBack()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer =>
        {
            await peer.HeadAsync();
            await peer.SendAsync(Switching);
            string all = await peer.ToEndAsync();
            await peer.SendAsync($"had {all}");
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        // Bytes sent behind the head belong to the tunnel.
        await client.SendAsync(Upgrade + "early ");
        Assert.Equal(101, (await client.ReceiveAsync()).Status);
        await client.SendAsync("late");
        client.HalfClose();
        Assert.Equal("had early late", await client.ToEndAsync());
    }

    [Fact]
    public async Task ResetByTheClient_EndsTheUpstreamSide()
    {
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.HeadAsync();
            await peer.SendAsync(Switching);
            try
            {
                await peer.ToEndAsync();
            }
            finally
            {
                ended.SetResult();
            }
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(101, (await client.ExchangeAsync(Upgrade)).Status);
        client.Reset();
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await edge.WhenEmptyAsync();
    }

    [Fact]
    public async Task UpstreamThatRefuses_AnswersNormallyAndTheConnectionStaysHttp()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("no tunnel"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        for (int i = 0; i < 2; i++)
        {
            RawResponse response = await client.ExchangeAsync(Upgrade);
            Assert.Equal(200, response.Status);
            Assert.Equal("no tunnel", response.Body);
        }
    }

    [Theory]
    [InlineData("GET", "websocket", "Sec-WebSocket-Version: 12\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")]
    [InlineData("GET", "websocket", "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n")]
    [InlineData("POST", "websocket", "Content-Length: 0\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")]
    [InlineData("GET", "h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n")]
    [InlineData("GET", "spdy/3", "")]
    public async Task OtherUpgrades_AreServedAsPlainRequests(string method, string protocol, string fields)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("plain"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        RawResponse response = await client.ExchangeAsync(
            $"{method} / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: {protocol}\r\n{fields}\r\n");
        Assert.Equal("plain", response.Body);
        UpstreamRequest seen = upstream.Requests.Single();
        Assert.Null(seen.Header("Upgrade"));
        Assert.Null(seen.Header("HTTP2-Settings"));
    }

    [Theory]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: spdy\r\nConnection: Upgrade\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n\r\n")]
    public async Task AnotherProtocolThanAskedFor_Is502(string answer)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(_ => answer);
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, serviceExtra: "retries: 0"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(502, (await client.ExchangeAsync(Upgrade)).Status);
    }

    [Fact]
    public async Task DrainDeadline_CutsATunnel()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer =>
        {
            await peer.HeadAsync();
            await peer.SendAsync(Switching);
            await peer.ToEndAsync();
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(101, (await client.ExchangeAsync(Upgrade)).Status);
        Assert.Equal(1, await edge.DrainAsync(TimeSpan.FromMilliseconds(50)));
        Assert.True(await client.IsClosedAsync());
    }
}
