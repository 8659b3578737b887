using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Wire;

/// <summary>
/// Minimum rates of a body in either direction. They count after a grace of five seconds, so each of these tests lasts longer than that;
/// the pauses are the peer's own slowness and synchronise nothing.
/// </summary>
public sealed class ClientRateTests
{
    private static readonly TimeSpan BeyondTheGrace = TimeSpan.FromSeconds(7);

    [Fact]
    public async Task BodyBelowTheRate_Is408AndCounted()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer => await peer.ToEndAsync());
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
        using CancellationTokenSource stop = new();
        Task dripping = DripAsync(client, stop.Token);
        RawResponse response = await client.ReceiveAsync();
        await stop.CancelAsync();
        await dripping;
        Assert.Equal(408, response.Status);
        Assert.Equal("close", response.Header("Connection"));
        Assert.Equal(1, await edge.CounterAsync("edge_limits_hit_total", "limit=\"body_rate\""));
    }

    [Fact]
    public async Task AnswerBelowTheRate_IsAbortedAndCounted()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer =>
        {
            await peer.RequestAsync();
            await peer.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {64 << 20}\r\n\r\n");
            await peer.SendAsync(new byte[64 << 20]);
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

        // Before the edge has taken the connection in it is empty too.
        await upstream.ConnectedAsync(1);
        await edge.WhenEmptyAsync();
        Assert.Equal(1, await edge.CounterAsync("edge_limits_hit_total", "limit=\"response_rate\""));
        Assert.Equal(1, await edge.CounterAsync("edge_connections_closed_total", "reason=\"timeout_write\""));
    }

    [Fact]
    public async Task QuietEventStream_IsNotSlow()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer =>
        {
            await peer.RequestAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
            await Task.Delay(BeyondTheGrace);
            await peer.SendAsync("6\r\nsecond\r\n0\r\n\r\n");
            await peer.ToEndAsync();
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal("firstsecond", (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Body);
    }

    [Fact]
    public async Task UploadHeldBackByTheUpstream_IsNotTheClientsFault()
    {
        const int Length = 16 << 20;
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer =>
        {
            await peer.HeadAsync();
            await Task.Delay(BeyondTheGrace);
            await peer.ExactlyAsync(Length);
            await peer.SendAsync(ScriptedUpstream.Ok("done"));
            await peer.ToEndAsync();
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address), ("EDGE_MIN_BODY_RATE", "1000000"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {Length}\r\n\r\n");
        await client.SendAsync(new byte[Length]);
        Assert.Equal("done", (await client.ReceiveAsync()).Body);
    }

    private static async Task DripAsync(RawClient client, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await client.SendAsync("x");
                await Task.Delay(100, stop);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or System.Net.Sockets.SocketException)
        {
            // Answered.
        }
    }
}
