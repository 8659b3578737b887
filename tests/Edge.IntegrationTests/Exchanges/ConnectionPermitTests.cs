using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.IntegrationTests.Exchanges;

public sealed class ConnectionPermitTests
{
    [Fact]
    public async Task LimitOne_TwoLoops_NeverTwoAndNoLoopStarves()
    {
        // Requests in hand are counted, not connections: the end of one connection and the beginning of the next may be seen in either
        // order, but with one connection no request can arrive before the last one was answered.
        int inHand = 0;
        int worst = 0;
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            while (await peer.RequestAsync() is not null)
            {
                int now = Interlocked.Increment(ref inHand);
                worst = Math.Max(worst, now);
                await Task.Yield();
                Interlocked.Decrement(ref inHand);
                await peer.SendAsync(ScriptedUpstream.Ok("x"));
            }
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(upstream.Address), ("EDGE_LOOPS", "2"), ("EDGE_POOL_CONNECTIONS", "1"), ("EDGE_POOL_PENDING_TIMEOUT", "15s"));

        // Enough clients that both loops have some; each has to get through every one of its requests.
        Task<int>[] clients = [.. Enumerable.Range(0, 16).Select(_ => RunClientAsync(edge, 40))];
        int[] served = await Task.WhenAll(clients);
        Assert.All(served, static count => Assert.Equal(40, count));
        Assert.Equal(1, worst);
    }

    [Fact]
    public async Task Waiting_ClientResets_GivesItsPlaceBack()
    {
        using SemaphoreSlim answers = new(0);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            while (await peer.RequestAsync() is not null)
            {
                await answers.WaitAsync();
                await peer.SendAsync(ScriptedUpstream.Ok("x"));
            }
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address), ("EDGE_POOL_CONNECTIONS", "1"));
        await using RawClient first = await RawClient.ConnectAsync(edge.Proxy);
        await first.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await upstream.ConnectedAsync(1);
        PermitLedger ledger = edge.Host.Snapshots.Current.Clusters.Single().Endpoints.Endpoints.Select(static one => ((UpstreamEndpoint)one.Tag!).Ledger).Single();
        await using RawClient gone = await RawClient.ConnectAsync(edge.Proxy);
        await gone.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await Eventually.TrueAsync(() => ledger.Pending == 1, "the second waits");
        gone.Reset();
        await Eventually.TrueAsync(() => ledger.Pending == 0, "its place is free");
        answers.Release(2);
        Assert.Equal(200, (await first.ReceiveAsync()).Status);
        Assert.Equal(200, (await first.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
    }

    private static async Task<int> RunClientAsync(RunningEdge edge, int requests)
    {
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        int served = 0;
        for (int i = 0; i < requests; i++)
        {
            RawResponse response = await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            served += response.Status == 200 ? 1 : 0;
        }

        return served;
    }
}
