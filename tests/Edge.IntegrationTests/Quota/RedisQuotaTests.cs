using System.Globalization;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Quota;

/// <summary>rate-limiting with policy redis against a real redis-server.</summary>
public sealed class RedisQuotaTests
{
    private const string Zero = "00000000-0000-0000-0000-000000000000";

    [Fact]
    public async Task Decisions_AreRedis_WithKongsKeysExpiryAndFields()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using QuotaEdge edge = await QuotaEdge.OnRedisAsync(redis, "hour: 2, day: 5");
        await edge.ConnectedAsync();
        RawResponse[] answers = [await edge.GetAsync(), await edge.GetAsync(), await edge.GetAsync(), await edge.GetAsync()];
        Assert.Equal([200, 200, 429, 429], answers.Select(static answer => answer.Status));
        Assert.Equal(["1", "0", "0", "0"], answers.Select(static answer => answer.Header("X-RateLimit-Remaining-Hour")));
        Assert.Equal(["4", "3", "3", "3"], answers.Select(static answer => answer.Header("X-RateLimit-Remaining-Day")));
        Assert.Equal(("2", "0", "2"), (answers[2].Header("RateLimit-Limit"), answers[2].Header("RateLimit-Remaining"), answers[2].Header("X-RateLimit-Limit-Hour")));
        Assert.Equal(answers[2].Header("RateLimit-Reset"), answers[2].Header("Retry-After"));
        Assert.Contains("API rate limit exceeded", answers[2].Body, StringComparison.Ordinal);

        // Two windows, each with what was let through and not what was refused, and each with an end.
        string[] keys = await redis.KeysAsync();
        Assert.Equal(2, keys.Length);
        Assert.All(keys, key => Assert.Matches($"^ratelimit:{Zero}:{Zero}:192.0.2.1:[0-9]{{13}}:(hour|day)$", key));
        foreach ((string period, long length) in new (string, long)[] { ("hour", 3600), ("day", 86_400) })
        {
            string key = keys.Single(key => key.EndsWith(period, StringComparison.Ordinal));
            long start = long.Parse(key.Split(':')[^2], CultureInfo.InvariantCulture);
            Assert.Equal(0, start % (length * 1000));
            Assert.Equal("2", await redis.CommandAsync("GET", key));
            Assert.InRange(long.Parse((await redis.CommandAsync("TTL", key))!, CultureInfo.InvariantCulture), length - 60, length + 2);
        }

        Assert.Equal((2, 2), (edge.Count(LimiterResult.Allowed), edge.Count(LimiterResult.Refused)));
    }

    [Fact]
    public async Task Counters_AreSharedWithKong()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using QuotaEdge edge = await QuotaEdge.OnRedisAsync(redis, "year: 10");
        await edge.ConnectedAsync();
        Assert.Equal("9", (await edge.GetAsync()).Header("RateLimit-Remaining"));
        string key = Assert.Single(await redis.KeysAsync());

        // What Kong's script does, seven times.
        for (int i = 0; i < 7; i++)
        {
            await redis.CommandAsync("EVAL", "local r = redis.call('incr', KEYS[1]) if r == 1 then redis.call('expire', KEYS[1], ARGV[1]) end return r - 1", "1", key, "31536000");
        }

        Assert.Equal("1", (await edge.GetAsync()).Header("RateLimit-Remaining"));
        int[] last = [(await edge.GetAsync()).Status, (await edge.GetAsync()).Status];
        Assert.Equal([200, 429], last);
        Assert.Equal("10", await redis.CommandAsync("GET", key));
    }

    [Fact]
    public async Task KongExact_CountsRefusedRequestsToo()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using QuotaEdge edge = await QuotaEdge.OnRedisAsync(redis, "hour: 2, year: 100", ("EDGE_KONG_EXACT", "1"));
        await edge.ConnectedAsync();
        int[] statuses = [(await edge.GetAsync()).Status, (await edge.GetAsync()).Status, (await edge.GetAsync()).Status, (await edge.GetAsync()).Status];
        Assert.Equal([200, 200, 429, 429], statuses);
        foreach (string key in await redis.KeysAsync())
        {
            Assert.Equal("4", await redis.CommandAsync("GET", key));
            Assert.NotEqual("-1", await redis.CommandAsync("TTL", key));
        }
    }

    [Fact]
    public async Task Scope_OfThePlugin_IsInTheKey()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("up"));
        const string Route = "f0a5b7a4-3a33-4cfd-9f3a-2a1f3b1d6c11";
        const string Service = "0c61e164-6171-4837-8836-8f5298726d53";
        string document = $$"""
            _format_version: "3.0"
            services:
            - name: app
              id: {{Service}}
              url: http://{{upstream.Address}}
              plugins:
              - name: rate-limiting
                config: {{QuotaEdge.RedisConfig(redis, "hour: 9")}}
              routes:
              - name: plain
                paths: ["/plain"]
              - name: own
                id: {{Route}}
                paths: ["/own"]
                plugins:
                - name: rate-limiting
                  config: {{QuotaEdge.RedisConfig(redis, "hour: 9")}}
            """;
        await using RunningEdge edge = await RunningEdge.StartAsync(new StandingClock(), document, ("EDGE_REDIS_BUDGET", "10s"));
        await QuotaEdge.UntilAsync(() => edge.Host.Metrics.ReadRedis() is [{ Connected: true }]);
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(200, (await client.ExchangeAsync("GET /plain HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        Assert.Equal(200, (await client.ExchangeAsync("GET /own HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        string[] keys = await redis.KeysAsync();
        Assert.StartsWith($"ratelimit:{Zero}:{Service}:127.0.0.1:", keys[0], StringComparison.Ordinal);
        Assert.StartsWith($"ratelimit:{Route}:{Zero}:127.0.0.1:", keys[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scope_OfAPluginThatMoved_IsTheNewOne()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("up"));
        const string Plugin = "7f3c2b0e-40a5-4a37-8cf0-4e3a7d0a2d11";
        const string Service = "0c61e164-6171-4837-8836-8f5298726d53";
        string Document(string scope) => $$"""
            _format_version: "3.0"
            services:
            - name: app
              id: {{Service}}
              url: http://{{upstream.Address}}
              routes: [{name: all, paths: ["/"]}]
            plugins:
            - {name: rate-limiting, id: {{Plugin}}, {{scope}}config: {{QuotaEdge.RedisConfig(redis, "hour: 9")}}}
            """;
        await using RunningEdge edge = await RunningEdge.StartAsync(new StandingClock(), Document(""), ("EDGE_REDIS_BUDGET", "10s"));
        await QuotaEdge.UntilAsync(() => edge.Host.Metrics.ReadRedis() is [{ Connected: true }]);
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal("8", (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Header("RateLimit-Remaining"));
        await edge.ReloadAsync(Document("service: app, "));
        Assert.Equal("8", (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Header("RateLimit-Remaining"));
        string[] keys = await redis.KeysAsync();
        Assert.Contains(keys, static key => key.StartsWith($"ratelimit:{Zero}:{Zero}:", StringComparison.Ordinal));
        Assert.Contains(keys, static key => key.StartsWith($"ratelimit:{Zero}:{Service}:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reload_KeepsTheConnection_AndAnUnusedOneIsNotShown()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using QuotaEdge edge = await QuotaEdge.OnRedisAsync(redis, "hour: 100");
        await edge.ConnectedAsync();
        await edge.GetAsync();
        string received = (await redis.CommandAsync("INFO", "stats"))!.Split("total_connections_received:")[1].Split('\r')[0];
        for (int i = 0; i < 5; i++)
        {
            await edge.ReloadAsync("rate-limiting", QuotaEdge.RedisConfig(redis, $"hour: {200 + i}"));
            Assert.Equal(200, (await edge.GetAsync()).Status);
        }

        Assert.Equal("6", await redis.CommandAsync("GET", Assert.Single(await redis.KeysAsync())));
        string after = (await redis.CommandAsync("INFO", "stats"))!.Split("total_connections_received:")[1].Split('\r')[0];

        // The two that asked, and no other but that of KEYS and GET.
        Assert.InRange(int.Parse(after, CultureInfo.InvariantCulture) - int.Parse(received, CultureInfo.InvariantCulture), 1, 3);
        await edge.ReloadAsync("rate-limiting", "{hour: 5, policy: local}");
        Assert.Empty(edge.Edge.Host.Metrics.ReadRedis());
    }

    [Fact]
    public async Task ScriptFlush_IsNotNoticed()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using QuotaEdge edge = await QuotaEdge.OnRedisAsync(redis, "hour: 100");
        await edge.ConnectedAsync();
        await edge.GetAsync();
        await redis.CommandAsync("SCRIPT", "FLUSH");
        Assert.Equal("98", (await edge.GetAsync()).Header("RateLimit-Remaining"));
        await redis.CommandAsync("SCRIPT", "FLUSH");
        Assert.Equal("97", (await edge.GetAsync()).Header("RateLimit-Remaining"));
    }

    [Theory]
    [InlineData("password: sesame", "")]
    [InlineData("username: edge, password: sesame", "ACL SETUSER edge on >sesame ~ratelimit:* +@all")]
    [InlineData("username: edge, password: sesame", "ACL SETUSER edge on >sesame ~ratelimit:* +@connection +info +cluster +eval +evalsha +get +incrby +expire")]
    public async Task Login_WithPasswordOrUser_Works(string login, string setup)
    {
        await using RedisServer redis = await RedisServer.StartAsync(new RedisServerOptions { Password = "sesame" });
        if (setup.Length != 0)
        {
            Assert.Equal("OK", await redis.CommandAsync(setup.Split(' ')));
        }

        await using QuotaEdge edge = await QuotaEdge.StartAsync(
            "rate-limiting",
            $"{{policy: redis, limit_by: ip, hour: 1000, redis: {{host: 127.0.0.1, port: {redis.Port}, timeout: 10000, database: 3, {login}}}}}",
            ("EDGE_REDIS_BUDGET", "10s"));
        await edge.ConnectedAsync();

        // A user that may not store scripts is found out by the first request.
        await QuotaEdge.UntilAsync(async () => (await edge.GetAsync()).Header("RateLimit-Remaining") is not null);
        Assert.Contains("db3:keys=1", await redis.CommandAsync("INFO", "keyspace"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ssl: true", true)]
    [InlineData("ssl: true, ssl_verify: true, server_name: redis.test", true)]
    [InlineData("ssl: true, ssl_verify: true, server_name: other.test", false)]
    [InlineData("ssl: true, ssl_verify: true", false)]
    public async Task Tls_IsVerifiedAsAsked(string tls, bool works)
    {
        await using RedisServer redis = await RedisServer.StartAsync(new RedisServerOptions { Tls = true });
        await using QuotaEdge edge = await QuotaEdge.StartAsync(
            "rate-limiting",
            $"{{policy: redis, limit_by: ip, hour: 10, fault_tolerant: {(works ? "true" : "false")}, redis: {{host: 127.0.0.1, port: {redis.Port}, timeout: 10000, {tls}}}}}",
            ("EDGE_REDIS_BUDGET", "10s"),
            ("KONG_LUA_SSL_TRUSTED_CERTIFICATE", redis.RootPath));
        if (works)
        {
            await edge.ConnectedAsync();
            Assert.Equal("9", (await edge.GetAsync()).Header("RateLimit-Remaining"));
        }
        else
        {
            Assert.Equal(500, (await edge.GetAsync()).Status);
        }
    }

    [Fact]
    public async Task SyncRate_CountsHereAndAddsUp()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using QuotaEdge edge = await QuotaEdge.OnRedisAsync(redis, "year: 20, sync_rate: 0.05");
        await edge.ConnectedAsync();
        for (int i = 0; i < 12; i++)
        {
            Assert.Equal(200, (await edge.GetAsync()).Status);
        }

        await QuotaEdge.UntilAsync(async () => await redis.CommandAsync("GET", (await redis.KeysAsync()).FirstOrDefault() ?? "none") == "12");
        string key = Assert.Single(await redis.KeysAsync());
        Assert.NotEqual("-1", await redis.CommandAsync("TTL", key));
        Assert.True(edge.Count(LimiterResult.HeldAllowed) > 0);

        // What others add is seen after the next synchronisation.
        await redis.CommandAsync("INCRBY", key, "8");
        await QuotaEdge.UntilAsync(async () => (await edge.GetAsync()).Status == 429);
    }

    // More keys at one synchronisation than may wait on the connection: all of them arrive, and the store is none that failed.
    [Fact]
    public async Task SyncRate_ManyIdentifiers_LosesNone()
    {
        const int Identifiers = 2000;
        await using RedisServer redis = await RedisServer.StartAsync();
        await using QuotaEdge edge = await QuotaEdge.OnRedisAsync(redis, "year: 20, sync_rate: 3600");
        await edge.ConnectedAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async client =>
        {
            for (int i = client; i < Identifiers; i += 8)
            {
                Assert.Equal(200, (await edge.GetAsync($"192.0.{i / 250}.{i % 250}")).Status);
            }
        }));
        Assert.Empty(await redis.KeysAsync());

        // What synchronises now is the reload, which retires the counters.
        await edge.ReloadAsync("rate-limiting", QuotaEdge.RedisConfig(redis, "year: 20"));
        await QuotaEdge.UntilAsync(async () => (await redis.KeysAsync()).Length == Identifiers);
        RawResponse next = await edge.GetAsync("192.0.7.249");
        Assert.Equal((200, "18"), (next.Status, next.Header("RateLimit-Remaining")));
        Assert.Equal((0, 0), (edge.Count(LimiterResult.Open), edge.Count(LimiterResult.Busy)));
    }
}
