using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Quota;

/// <summary>Blocks of tokens: fewer round trips, never more than the limit, at most pods x block fewer.</summary>
public sealed class LeaseTests
{
    [Theory]
    [InlineData(1000, 50)]
    [InlineData(300, 30)]
    [InlineData(40, 100)]
    public async Task SeveralPods_NeverAdmitMore_AndFewerByTheirBlocksAtMost(int limit, int block)
    {
        const int Pods = 3;
        await using RedisServer redis = await RedisServer.StartAsync();
        List<QuotaEdge> edges = [];
        for (int i = 0; i < Pods; i++)
        {
            edges.Add(await QuotaEdge.OnRedisAsync(redis, $"year: {limit}", ("EDGE_RATELIMIT_LEASE", $"{block}")));
            await edges[i].ConnectedAsync();
        }

        // Until every pod was refused: nothing that is held stays unused but what the pods hold at the end.
        int[] admitted = await Task.WhenAll(edges.SelectMany(static edge => Enumerable.Range(0, 4).Select(_ => SpendAsync(edge))));
        int sum = admitted.Sum();
        int taken = Math.Min(block, Math.Max(1, limit / 10));
        Assert.InRange(sum, limit - (Pods * taken), limit);
        Assert.Equal($"{limit}", await redis.CommandAsync("GET", Assert.Single(await redis.KeysAsync())));
        long asked = edges.Sum(static edge => edge.Count(LimiterResult.Allowed) + edge.Count(LimiterResult.Refused));
        if (taken > 10)
        {
            Assert.True(asked < limit / 2, $"{asked} round trips for {sum} requests");
        }

        foreach (QuotaEdge edge in edges)
        {
            await edge.DisposeAsync();
        }
    }

    [Fact]
    public async Task Fields_CountDownAsWithoutLeases()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using QuotaEdge edge = await QuotaEdge.OnRedisAsync(redis, "year: 90", ("EDGE_RATELIMIT_LEASE", "20"));
        await edge.ConnectedAsync();
        for (int i = 0; i < 90; i++)
        {
            RawResponse answer = await edge.GetAsync();
            Assert.Equal((200, $"{89 - i}", $"{89 - i}"), (answer.Status, answer.Header("RateLimit-Remaining"), answer.Header("X-RateLimit-Remaining-Year")));
        }

        RawResponse refused = await edge.GetAsync();
        Assert.Equal((429, "0", "0"), (refused.Status, refused.Header("RateLimit-Remaining"), refused.Header("X-RateLimit-Remaining-Year")));
        Assert.NotNull(refused.Header("Retry-After"));
        Assert.InRange(edge.Count(LimiterResult.Allowed), 1, 15);
    }

    // The end of the short window would lose a block of the long one too.
    [Fact]
    public async Task SeveralWindows_TakeNoBlocks()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using QuotaEdge edge = await QuotaEdge.OnRedisAsync(redis, "day: 100, year: 1000", ("EDGE_RATELIMIT_LEASE", "100"));
        await edge.ConnectedAsync();
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(200, (await edge.GetAsync()).Status);
        }

        Assert.Equal(5, edge.Count(LimiterResult.Allowed));
        foreach (string key in await redis.KeysAsync())
        {
            Assert.Equal("5", await redis.CommandAsync("GET", key));
        }
    }

    private static async Task<int> SpendAsync(QuotaEdge edge)
    {
        int admitted = 0;
        int refused = 0;
        while (refused < 3)
        {
            int status = (await edge.GetAsync()).Status;
            Assert.True(status is 200 or 429);
            admitted += status == 200 ? 1 : 0;
            refused += status == 429 ? 1 : 0;
        }

        return admitted;
    }
}
