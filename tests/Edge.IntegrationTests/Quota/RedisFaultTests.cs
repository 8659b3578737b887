using System.Diagnostics;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Quota;

/// <summary>Every row of the table of faults: what a Redis in trouble means for requests.</summary>
public sealed class RedisFaultTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task UnreachableAtStart_IsReady_AndFaultToleranceDecides(bool tolerant)
    {
        using ReservedPort nobody = ReservedPort.Take();
        await using QuotaEdge edge = await QuotaEdge.StartAsync(
            "rate-limiting", $"{{policy: redis, minute: 1, fault_tolerant: {(tolerant ? "true" : "false")}, redis: {{host: 127.0.0.1, port: {nobody.Number}}}}}");
        await using RawClient status = await RawClient.ConnectAsync(edge.Edge.Status);
        Assert.Equal(200, (await status.ExchangeAsync("GET /status/ready HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        for (int i = 0; i < 20; i++)
        {
            RawResponse answer = await edge.GetAsync();
            Assert.Equal(tolerant ? 200 : 500, answer.Status);
            Assert.Null(answer.Header("RateLimit-Limit"));
            if (!tolerant)
            {
                Assert.Contains("An unexpected error occurred", answer.Body, StringComparison.Ordinal);
            }
        }

        Assert.True(edge.Count(LimiterResult.Failed) >= 5);
        Assert.True(edge.Count(LimiterResult.Open) > 0);
    }

    [Theory]
    [InlineData("CONFIG SET maxmemory 1")]
    [InlineData("REPLICAOF 127.0.0.1 1")]
    public async Task ErrorsOfTheServer_CountAsFailed(string command)
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using QuotaEdge edge = await QuotaEdge.OnRedisAsync(redis, "minute: 1");
        await edge.ConnectedAsync();
        Assert.Equal("OK", await redis.CommandAsync(command.Split(' ')));
        for (int i = 0; i < 10; i++)
        {
            RawResponse answer = await edge.GetAsync();
            Assert.Equal((200, null), (answer.Status, answer.Header("RateLimit-Limit")));
        }

        Assert.True(edge.Count(LimiterResult.Failed) > 0);
    }

    [Fact]
    public async Task KeyOfAWrongType_CountsAsFailed()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using QuotaEdge edge = await QuotaEdge.OnRedisAsync(redis, "year: 1");
        await edge.ConnectedAsync();
        Assert.Equal("0", (await edge.GetAsync()).Header("RateLimit-Remaining"));
        string key = Assert.Single(await redis.KeysAsync());
        await redis.CommandAsync("DEL", key);
        await redis.CommandAsync("LPUSH", key, "x");
        RawResponse answer = await edge.GetAsync();
        Assert.Equal((200, null), (answer.Status, answer.Header("RateLimit-Limit")));
        Assert.Equal(1, edge.Count(LimiterResult.Failed));
    }

    [Fact]
    public async Task LoginRefused_CountsAsFailed()
    {
        await using RedisServer redis = await RedisServer.StartAsync(new RedisServerOptions { Password = "sesame" });
        await using QuotaEdge edge = await QuotaEdge.OnRedisAsync(redis, "minute: 1");
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(200, (await edge.GetAsync()).Status);
        }

        Assert.Empty(await redis.KeysAsync());
        Assert.True(edge.Count(LimiterResult.Failed) > 0);
    }

    [Fact]
    public async Task Stall_CostsTheBudgetAtMost_AndThenNothing()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using QuotaEdge edge = await QuotaEdge.StartAsync("rate-limiting", QuotaEdge.RedisConfig(redis, "hour: 100000"), ("EDGE_REDIS_BUDGET", "200ms"));
        await edge.ConnectedAsync();
        await QuotaEdge.UntilAsync(async () => (await edge.GetAsync()).Header("RateLimit-Remaining") is not null);
        redis.Stall();
        Stopwatch watch = Stopwatch.StartNew();
        RawResponse[] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => edge.GetAsync()));
        TimeSpan first = watch.Elapsed;
        Assert.All(answers, static answer => Assert.Equal((200, null), (answer.Status, answer.Header("RateLimit-Limit"))));
        // The budget, and not the plugin's own limit of ten seconds.
        Assert.InRange(first.TotalMilliseconds, 190, 5000);
        Assert.True(edge.Count(LimiterResult.Timeout) >= 5);

        // The breaker is open now, and lets one request through each 0.8 s at the most.
        long timeouts = edge.Count(LimiterResult.Timeout);
        for (int i = 0; i < 20; i++)
        {
            await edge.GetAsync();
        }

        Assert.InRange(edge.Count(LimiterResult.Timeout) - timeouts, 0, (watch.ElapsedMilliseconds - 190) / 800);
        Assert.True(edge.Count(LimiterResult.Open) > 0);

        // A request without a limit on Redis does not even notice the stall; one with it finds Redis again.
        redis.Resume();
        await QuotaEdge.UntilAsync(async () => (await edge.GetAsync()).Header("RateLimit-Remaining") is not null);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n")]
    [InlineData("$99999999999\r\n")]
    [InlineData("*3\r\n:1\r\n")]
    [InlineData("+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n")]
    public async Task ProtocolGarbage_CountsAsFailed(string garbage)
    {
        await using ScriptedUpstream server = ScriptedUpstream.Script(async peer =>
        {
            while (await peer.ExactlyAsync(1) is { Length: > 0 })
            {
                await peer.SendAsync(garbage);
            }
        });
        await using QuotaEdge edge = await QuotaEdge.StartAsync(
            "rate-limiting",
            $"{{policy: redis, minute: 1, redis: {{host: 127.0.0.1, port: {server.EndPoint.Port}, timeout: 300}}}}",
            ("EDGE_REDIS_BUDGET", "100ms"));
        await QuotaEdge.UntilAsync(() => server.Connections > 0);
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(200, (await edge.GetAsync()).Status);
        }

        Assert.Equal(20, edge.Passed);
    }

    [Fact]
    public async Task FallbackLocal_CountsHere_AndAddsItUpOnceRedisIsBack()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using QuotaEdge edge = await QuotaEdge.OnRedisAsync(redis, "year: 6", ("EDGE_REDIS_FALLBACK", "local"));
        await edge.ConnectedAsync();
        Assert.Equal("5", (await edge.GetAsync()).Header("RateLimit-Remaining"));
        string key = Assert.Single(await redis.KeysAsync());
        await redis.KillAsync();

        // The full limit of this process, which had counted nothing so far.
        int[] statuses = [.. await Task.WhenAll(Enumerable.Range(0, 9).Select(async _ => (await edge.GetAsync()).Status))];
        Assert.Equal((6, 3), (statuses.Count(static status => status == 200), statuses.Count(static status => status == 429)));
        await redis.ReviveAsync();

        // A request finds Redis back; the counts follow without one.
        await QuotaEdge.UntilAsync(async () => await edge.GetAsync() is not null && edge.Edge.Host.Metrics.ReadRedis()[0].Restored == 1);
        Assert.True(int.Parse((await redis.CommandAsync("GET", key))!, System.Globalization.CultureInfo.InvariantCulture) >= 6);
        Assert.NotEqual("-1", await redis.CommandAsync("TTL", key));
        Assert.Equal(429, (await edge.GetAsync()).Status);
    }
}
