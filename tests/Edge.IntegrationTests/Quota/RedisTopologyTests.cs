using System.Diagnostics;
using System.Globalization;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Quota;

/// <summary>Redis as a cluster and behind a sentinel.</summary>
public sealed class RedisTopologyTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cluster_WindowsAreCountedOneByOne(bool named)
    {
        await using RedisServer redis = await RedisServer.StartAsync(new RedisServerOptions { Extra = ["--cluster-enabled", "yes"] });
        Assert.Equal("OK", await redis.CommandAsync("CLUSTER", "ADDSLOTSRANGE", "0", "16383"));
        await Eventually.TrueAsync(
            async () => (await redis.CommandAsync("CLUSTER", "INFO"))!.Contains("cluster_state:ok", StringComparison.Ordinal), "the cluster is up");

        (string, string)[] settings = named ? [("EDGE_REDIS_SERVERS", $"cluster://127.0.0.1:{redis.Port}")] : [];
        await using QuotaEdge edge = await QuotaEdge.OnRedisAsync(redis, "hour: 3, day: 4, year: 100", settings);
        await edge.ConnectedAsync();
        List<int> statuses = [];
        for (int i = 0; i < 5; i++)
        {
            statuses.Add((await edge.GetAsync()).Status);
        }

        Assert.Equal([200, 200, 200, 429, 429], statuses);
        string[] keys = await redis.KeysAsync();
        Assert.Equal(3, keys.Length);

        // Not atomic: the day was counted until it was full too.
        Assert.Equal("4", await redis.CommandAsync("GET", keys.Single(static key => key.EndsWith("day", StringComparison.Ordinal))));
        foreach (string key in keys)
        {
            Assert.True(long.Parse((await redis.CommandAsync("TTL", key))!, CultureInfo.InvariantCulture) > 0);
        }
    }

    [Fact]
    public async Task Sentinel_LeadsToThePrimary()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        string file = Path.GetTempFileName();
        using ReservedPort reserved = ReservedPort.Take();
        int port = reserved.Number;
        await File.WriteAllTextAsync(file, $"port {port}\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 {redis.Port} 1\n");
        ProcessStartInfo start = new("redis-server") { RedirectStandardOutput = true };
        start.ArgumentList.Add(file);
        start.ArgumentList.Add("--sentinel");
        using Process sentinel = Process.Start(start)!;
        try
        {
            // The plugin's own host is not asked.
            await using QuotaEdge edge = await QuotaEdge.StartAsync(
                "rate-limiting",
                "{policy: redis, limit_by: ip, year: 9, redis: {host: nowhere.invalid, timeout: 10000}}",
                ("EDGE_REDIS_BUDGET", "10s"),
                ("EDGE_REDIS_SERVERS", $"sentinel://127.0.0.1:{port}/main"));
            await edge.ConnectedAsync();
            await QuotaEdge.UntilAsync(async () => (await edge.GetAsync()).Header("RateLimit-Remaining") is not null);
            Assert.Single(await redis.KeysAsync("ratelimit:*"));
        }
        finally
        {
            sentinel.Kill();
            await sentinel.WaitForExitAsync();
            File.Delete(file);
        }
    }
}
