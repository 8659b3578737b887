using System.Net.Sockets;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Lifecycle;

public sealed class DrainTests
{
    [Fact]
    public async Task Drain_InFlight_IsFinishedAndTheConnectionClosedPolitely()
    {
        TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.RequestAsync();
            arrived.SetResult();
            await answer.Task;
            await peer.SendAsync(ScriptedUpstream.Ok("done"));
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient idle = await RawClient.ConnectAsync(edge.Proxy);
        await using RawClient busy = await RawClient.ConnectAsync(edge.Proxy);
        await busy.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await arrived.Task;
        Task<int> draining = edge.DrainAsync(TimeSpan.FromSeconds(15));
        Assert.True(await idle.IsClosedAsync());
        await Assert.ThrowsAsync<SocketException>(() => RawClient.ConnectAsync(edge.Proxy));
        answer.SetResult();
        RawResponse response = await busy.ReceiveAsync();
        Assert.Equal("done", response.Body);
        Assert.Equal("close", response.Header("Connection"));
        Assert.True(await busy.IsClosedAsync());
        Assert.Equal(0, await draining);
    }

    [Fact]
    public async Task Drain_HeadThatIsNotWhole_IsNoExchangeThatIsCut()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient slow = await RawClient.ConnectAsync(edge.Proxy);
        await slow.SendAsync("GET / HTTP/1.1\r\nHo");
        await Eventually.TrueAsync(
            async () => await edge.CounterAsync("kong_nginx_connections_total", "state=\"reading\"") != 0, "a head is being read");

        Assert.Equal(0, await edge.DrainAsync(TimeSpan.FromMilliseconds(50)));
        Assert.True(await slow.IsClosedAsync());
    }

    [Fact]
    public async Task Drain_HeadThatDoesNotBecomeWhole_IsGivenUpShortly()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address), ("EDGE_TIMEOUT_REQUEST_HEAD", "1h"));
        await using RawClient slow = await RawClient.ConnectAsync(edge.Proxy);
        await using RawClient quick = await RawClient.ConnectAsync(edge.Proxy);
        await slow.SendAsync("GET / HTTP/1.1\r\nHo");
        await quick.SendAsync("GET / HTTP/1.1\r\nHo");
        await Eventually.TrueAsync(
            async () => await edge.CounterAsync("kong_nginx_connections_total", "state=\"reading\"") == 2, "two heads are being read");

        // With an hour for a head, only the drain itself can end one with an answer.
        Task<int> draining = edge.DrainAsync(TimeSpan.FromMinutes(1));
        await quick.SendAsync("st: a\r\n\r\n");
        RawResponse served = await quick.ReceiveAsync();
        Assert.Equal((200, "close"), (served.Status, served.Header("Connection")));
        RawResponse given = await slow.ReceiveAsync();
        Assert.Equal((408, "close"), (given.Status, given.Header("Connection")));
        Assert.Equal(0, await draining);
    }

    [Fact]
    public async Task Drain_DeadlinePassed_CutsTheRest()
    {
        TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.RequestAsync();
            arrived.SetResult();
            await peer.ToEndAsync();
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient busy = await RawClient.ConnectAsync(edge.Proxy);
        await busy.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await arrived.Task;
        Assert.Equal(1, await edge.DrainAsync(TimeSpan.FromMilliseconds(50)));
        Assert.True(await busy.IsClosedAsync());
    }
}
