using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.ChaosTests;

/// <summary>Edge processes that share the counters of one redis-server.</summary>
public sealed class SharedQuotaTests
{
    private const int Clients = 6;

    [Fact]
    public async Task ThreeProcesses_FarAboveTheLimit_AdmitWindowsTimesLimit()
    {
        const int Limit = 100;
        const int Windows = 5;
        await using RedisServer redis = await RedisServer.StartAsync();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("up"));
        await using EdgeProcess a = await StartAsync(upstream, redis, $"second: {Limit}", "10s");
        await using EdgeProcess b = await StartAsync(upstream, redis, $"second: {Limit}", "10s");
        await using EdgeProcess c = await StartAsync(upstream, redis, $"second: {Limit}", "10s");
        EdgeProcess[] edges = [a, b, c];
        List<RawClient> clients = [];
        for (int i = 0; i < Clients; i++)
        {
            RawClient client = await RawClient.ConnectAsync(edges[i % edges.Length].Proxy);
            clients.Add(client);
            while ((await GetAsync(client)).Header("RateLimit-Limit") is null)
            {
                // Its process has no connection to Redis yet.
            }
        }

        long now = Milliseconds();
        long start = (now / 1000 * 1000) + 1000;

        // In the last window the limit was used up long ago: what is in flight at its end would only be counted in the next one.
        long end = start + (Windows * 1000) - 200;
        await Task.Delay(TimeSpan.FromMilliseconds(start - now + 5));
        (int Admitted, int Refused)[] counts = await Task.WhenAll(clients.Select(async client =>
        {
            int admitted = 0;
            int refused = 0;
            while (Milliseconds() < end)
            {
                int status = (await GetAsync(client)).Status;
                Assert.True(status is 200 or 429, $"status {status}");
                admitted += status == 200 ? 1 : 0;
                refused += status == 429 ? 1 : 0;
            }

            return (admitted, refused);
        }));
        int sum = counts.Sum(static count => count.Admitted);
        Assert.InRange(sum, Windows * Limit * 0.999, Windows * Limit * 1.001);
        Assert.True(counts.Sum(static count => count.Refused) > sum, "the load was not above the limit");
        foreach (RawClient client in clients)
        {
            await client.DisposeAsync();
        }
    }

    private static Task<EdgeProcess> StartAsync(ScriptedUpstream upstream, RedisServer redis, string limit, string budget) => EdgeProcess.StartAsync(
        KongText.Single(upstream.Address, tail: $"plugins:\n- name: rate-limiting\n  config: {{policy: redis, limit_by: ip, {limit}, redis: {{host: 127.0.0.1, port: {redis.Port}, timeout: 10000}}}}\n"),
        ("EDGE_REDIS_BUDGET", budget),
        ("EDGE_LIMIT_CONN_REQUESTS", "0"));

    private static Task<RawResponse> GetAsync(RawClient client) => client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

    private static long Milliseconds() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
}
