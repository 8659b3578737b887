using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Quota;

/// <summary>The token-bucket plugin, in the process and on Redis.</summary>
public sealed class TokenBucketTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Burst_ThenRefusal_PerClient(bool shared)
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        string store = shared ? $"policy: redis, redis: {{host: 127.0.0.1, port: {redis.Port}, timeout: 10000}}, " : "";
        await using QuotaEdge edge = await QuotaEdge.StartAsync(
            "token-bucket",
            $"{{{store}rate: 0.001, burst: 3, limit_by: ip, error_code: 420, error_message: Slow down}}",
            ("EDGE_REDIS_BUDGET", "10s"));
        if (shared)
        {
            await edge.ConnectedAsync();
        }

        RawResponse[] answers = [await edge.GetAsync(), await edge.GetAsync(), await edge.GetAsync(), await edge.GetAsync()];
        Assert.Equal([200, 200, 200, 420], answers.Select(static answer => answer.Status));
        Assert.Equal(["2", "1", "0", "0"], answers.Select(static answer => answer.Header("RateLimit-Remaining")));
        Assert.All(answers, static answer => Assert.Equal("3", answer.Header("RateLimit-Limit")));
        Assert.InRange(int.Parse(answers[3].Header("Retry-After")!, System.Globalization.CultureInfo.InvariantCulture), 900, 1000);
        Assert.InRange(int.Parse(answers[3].Header("RateLimit-Reset")!, System.Globalization.CultureInfo.InvariantCulture), 2900, 3000);
        Assert.Contains("Slow down", answers[3].Body, StringComparison.Ordinal);
        Assert.Equal(200, (await edge.GetAsync("192.0.2.2")).Status);
        if (shared)
        {
            string[] keys = await redis.KeysAsync();
            Assert.Equal(2, keys.Length);
            Assert.StartsWith("tokenbucket:00000000-0000-0000-0000-000000000000:00000000-0000-0000-0000-000000000000:192.0.2.1", keys[0], StringComparison.Ordinal);
            Assert.NotEqual("-1", await redis.CommandAsync("PTTL", keys[0]));
        }
    }

    [Fact]
    public async Task Refill_LetsThroughAgain()
    {
        await using QuotaEdge edge = await QuotaEdge.StartAsync("token-bucket", "{rate: 20, burst: 1, limit_by: ip, hide_client_headers: true}");
        RawResponse first = await edge.GetAsync();
        Assert.Equal((200, null), (first.Status, first.Header("RateLimit-Limit")));
        await QuotaEdge.UntilAsync(async () => (await edge.GetAsync()).Status == 200);
    }

    [Fact]
    public async Task Keys_HeaderAndPath()
    {
        await using QuotaEdge edge = await QuotaEdge.StartAsync("token-bucket", "{rate: 0.001, burst: 1, limit_by: header, header_name: X-Tenant}");
        Assert.Equal(200, (await edge.GetAsync(extra: "X-Tenant: a\r\n")).Status);
        Assert.Equal(429, (await edge.GetAsync(extra: "X-Tenant: a\r\n")).Status);
        Assert.Equal(200, (await edge.GetAsync(extra: "X-Tenant: b\r\n")).Status);
        Assert.Equal(200, (await edge.GetAsync()).Status);
        Assert.Equal(429, (await edge.GetAsync()).Status);
        await edge.ReloadAsync("token-bucket", "{rate: 0.001, burst: 1, limit_by: path}");
        Assert.Equal(200, (await edge.GetAsync(path: "/one")).Status);
        Assert.Equal(429, (await edge.GetAsync(path: "/one")).Status);
        Assert.Equal(200, (await edge.GetAsync(path: "/two")).Status);
    }
}
