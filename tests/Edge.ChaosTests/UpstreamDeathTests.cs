using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.ChaosTests;

/// <summary>Upstreams that die, reset and come back under load: no idempotent request fails while another endpoint lives.</summary>
public sealed class UpstreamDeathTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task KillAndRevive_UnderLoad_NoIdempotentRequestFails(bool reset)
    {
        ScriptedUpstream[] upstreams = [.. Enumerable.Range(0, 3).Select(static _ => Start(0))];
        int[] ports = [.. upstreams.Select(static upstream => upstream.EndPoint.Port)];
        await using RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(upstreams.Select(static upstream => upstream.Address)), ("EDGE_LOOPS", "2"), ("EDGE_LIMIT_CONN_REQUESTS", "0"));
        using CancellationTokenSource stop = new();
        Task<int>[] clients = [.. Enumerable.Range(0, 8).Select(i => LoadAsync(edge, i, stop.Token))];
        for (int round = 0; round < 12; round++)
        {
            int victim = round % 3;
            int before = upstreams.Sum(static upstream => upstream.Requests.Count);
            upstreams[victim].CloseConnections(reset);
            await upstreams[victim].DisposeAsync();
            await ServedAsync([.. upstreams.Where((_, i) => i != victim)], before / 2 + 50);
            upstreams[victim] = Start(ports[victim]);
            await ServedAsync([upstreams[victim]], 5);
        }

        await stop.CancelAsync();
        int[] served = await Task.WhenAll(clients);
        Assert.All(served, static count => Assert.True(count > 0));
        foreach (ScriptedUpstream upstream in upstreams)
        {
            await upstream.DisposeAsync();
        }
    }

    [Fact]
    public async Task EveryEndpointDead_Is502AndRecoversWithTheFirstThatLives()
    {
        ScriptedUpstream upstream = Start(0);
        int port = upstream.EndPoint.Port;
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(200, (await client.ExchangeAsync(Get(0))).Status);
        await upstream.DisposeAsync();
        RawResponse refused = await client.ExchangeAsync(Get(1));
        Assert.Equal(502, refused.Status);
        upstream = Start(port);
        Assert.Equal(200, (await client.ExchangeAsync(Get(2))).Status);
        await upstream.DisposeAsync();
    }

    [Fact]
    public async Task StalledUpstream_DoesNotHoldTheOthers()
    {
        await using ScriptedUpstream stalled = ScriptedUpstream.Script(static async peer => await peer.ToEndAsync());
        await using ScriptedUpstream alive = Start(0);
        await using RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single([stalled.Address, alive.Address], serviceExtra: "read_timeout: 300"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        for (int i = 0; i < 6; i++)
        {
            // A request that meets the stalled endpoint is tried again at the other after the read timeout.
            Assert.Equal(200, (await client.ExchangeAsync(Get(i))).Status);
        }
    }

    [Fact]
    public async Task ClientsThatVanish_LeaveNothingBehind()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer => await peer.ToEndAsync());
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        for (int i = 0; i < 50; i++)
        {
            RawClient client = await RawClient.ConnectAsync(edge.Proxy);
            await client.SendAsync(i % 2 == 0 ? Get(i) : "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc");
            await upstream.ConnectedAsync(i + 1);
            client.Reset();
        }

        // Disposal asserts that no exchange and no connection is left; the upstream side must be cancelled without any timeout.
        await edge.WhenEmptyAsync();
    }

    private static string Get(int i) => $"GET /{i} HTTP/1.1\r\nHost: a\r\n\r\n";

    private static ScriptedUpstream Start(int port) => ScriptedUpstream.Respond(static request => ScriptedUpstream.Ok(request.Target), port);

    private static async Task ServedAsync(ScriptedUpstream[] upstreams, int more)
    {
        int start = upstreams.Sum(static upstream => upstream.Requests.Count);
        while (true)
        {
            Task[] changed = [.. upstreams.Select(static upstream => upstream.Changed)];
            if (upstreams.Sum(static upstream => upstream.Requests.Count) - start >= more)
            {
                return;
            }

            await (await Task.WhenAny(changed).WaitAsync(TimeSpan.FromSeconds(60)));
        }
    }

    private static async Task<int> LoadAsync(RunningEdge edge, int id, CancellationToken stop)
    {
        int served = 0;
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        while (!stop.IsCancellationRequested)
        {
            RawResponse response = await client.ExchangeAsync($"GET /{id}/{served} HTTP/1.1\r\nHost: a\r\n\r\n");
            Assert.Equal(200, response.Status);
            Assert.Equal($"/{id}/{served}", response.Body);
            served++;
        }

        return served;
    }
}
