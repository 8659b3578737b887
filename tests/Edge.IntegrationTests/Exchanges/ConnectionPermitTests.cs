using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Exchanges;

public sealed class ConnectionPermitTests
{
    [Fact]
    public async Task LimitOne_TwoLoops_NeverTwoAndNoLoopStarves()
    {
        int open = 0;
        int worst = 0;
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            int now = Interlocked.Increment(ref open);
            worst = Math.Max(worst, now);
            try
            {
                while (await peer.RequestAsync() is not null)
                {
                    await peer.SendAsync(ScriptedUpstream.Ok("x"));
                }
            }
            finally
            {
                Interlocked.Decrement(ref open);
            }
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(upstream.Address), ("EDGE_LOOPS", "2"), ("EDGE_POOL_CONNECTIONS", "1"), ("EDGE_POOL_PENDING_TIMEOUT", "15s"));

        // Enough clients that both loops have some; each has to get through every one of its requests.
        Task<int>[] clients = [.. Enumerable.Range(0, 16).Select(_ => RunClientAsync(edge, 40))];
        int[] served = await Task.WhenAll(clients);
        Assert.All(served, static count => Assert.Equal(40, count));
        // The upstream may see the old connection's end after the new one's beginning: the ledger itself is exact (unit test), here two
        // at once would stay two.
        Assert.InRange(worst, 1, 2);
        Assert.InRange(Volatile.Read(ref open), 0, 1);
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
