using System.Globalization;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Plugins;

/// <summary>The sample's limits, decided by counters in Redis under Kong's keys: a test uses a limit up by writing its counter.</summary>
[Collection(SeedCollection.Name)]
public sealed class SeedQuotaTests(SeedEdge seed)
{
    private const string Anything = "00000000-0000-0000-0000-000000000000";
    private const string Backend = "cee51348-20d3-5d20-b90a-c10312db440c";
    private const string Flavors = "415404e2-2b4f-5f68-9f27-c28bbb0f2c63";
    private const string Admin = "33e571e9-c20f-5eea-b88e-6c6e00ea383d";
    private const int Minute = 60;
    private const int Hour = 3600;

    [Fact]
    public async Task Backend_FirstRequest_IsCountedUnderKongsKeys()
    {
        await seed.Redis.CommandAsync("FLUSHALL");
        long before = Now();

        RawResponse response = await seed.SendAsync("GET /api/v1/orders", SeedEdge.Bearer("admin"));

        Assert.Equal(200, response.Status);
        SeedFields.Are(response, SeedFields.Proxied, SeedFields.Origin, SeedFields.Global, SeedFields.Quota("1000", "999", "10000", "9999"), Tightest("1000", "999"));
        Assert.Contains(int.Parse(response.Header("RateLimit-Reset")!, CultureInfo.InvariantCulture), Resets(before, Minute));
        string[] keys = await seed.Redis.KeysAsync();
        Assert.Equal(2, keys.Length);
        foreach ((string period, int length) in new[] { ("hour", Hour), ("minute", Minute) })
        {
            string key = keys.Single(key => key.EndsWith(":" + period, StringComparison.Ordinal));
            Assert.Contains(key, Keys(before, Backend, Admin, period));
            Assert.Equal("1", await seed.Redis.CommandAsync("GET", key));

            // The length of the window, but at least until two seconds after its end.
            int life = Math.Max(length, Resets(before, length).Single() + 2);
            Assert.InRange(int.Parse((await seed.Redis.CommandAsync("TTL", key))!, CultureInfo.InvariantCulture), life - 30, life);
        }
    }

    // One is left in the minute, or in the hour: one request takes it, and no later one takes anything.
    [Theory]
    [InlineData("minute", 999, 1500)]
    [InlineData("hour", 7, 9999)]
    public async Task Backend_LastOfTheLimit_PassesAndTheNextGets429(string period, int ofMinute, int ofHour)
    {
        await seed.Redis.CommandAsync("FLUSHALL");
        await UseAsync(Backend, Admin, ofMinute, ofHour);
        double refused = await seed.CounterAsync("edge_redis_limiter_total", "result=\"refused\"");
        double counted = await CountedAsync();
        (string limit, int length) = period == "minute" ? ("1000", Minute) : ("10000", Hour);

        RawResponse last = await seed.SendAsync("GET /api/v1/orders", SeedEdge.Bearer("admin"));

        Assert.Equal(200, last.Status);
        (string, string)[] left = SeedFields.Quota("1000", $"{1000 - ofMinute - 1}", "10000", $"{10000 - ofHour - 1}");
        SeedFields.Are(last, SeedFields.Proxied, SeedFields.Origin, SeedFields.Global, left, Tightest(limit, "0"));
        Assert.NotNull(seed.Sent("backend"));
        string[] used = await ValuesAsync();

        for (int i = 0; i < 3; i++)
        {
            long before = Now();
            RawResponse response = await seed.SendAsync("POST /api/v1/orders", SeedEdge.Bearer("admin"), "Content-Length: 0");

            Assert.Equal("HTTP/1.1 429 Too Many Requests", response.StatusLine);
            SeedFields.Are(response, SeedFields.Gateway, SeedFields.Json, SeedFields.Global, left, Tightest(limit, "0"), [("Retry-After", "[0-9]+")]);
            SeedFields.HasTemplatedBody(response, "API rate limit exceeded");
            Assert.Contains(int.Parse(response.Header("Retry-After")!, CultureInfo.InvariantCulture), Resets(before, length));
            Assert.Equal(response.Header("RateLimit-Reset"), response.Header("Retry-After"));
            Assert.Null(seed.Sent("backend"));
        }

        Assert.Equal(used, await ValuesAsync());
        Assert.Equal(refused + 3, await seed.CounterAsync("edge_redis_limiter_total", "result=\"refused\""));
        Assert.Equal(counted + 3, await CountedAsync());
    }

    [Fact]
    public async Task Backend_OverTheLimit_OthersAreAnsweredAsEver()
    {
        await seed.Redis.CommandAsync("FLUSHALL");
        await UseAsync(Backend, Admin, 1000, 1000);
        string[] used = await ValuesAsync();

        // What a guard before rate-limiting refuses stays that, and costs nobody anything.
        Assert.Equal(429, (await seed.SendAsync("GET /api/v1", SeedEdge.Bearer("admin"))).Status);
        Assert.Equal(403, (await seed.SendAsync("GET /api/v1", SeedEdge.Bearer("service-account"))).Status);
        Assert.Equal(403, (await seed.SendAsync("GET /api/v1", SeedEdge.Bearer("api-client"))).Status);
        Assert.Equal(401, (await seed.SendAsync("GET /api/v1")).Status);
        Assert.Equal(401, (await seed.SendAsync("OPTIONS /api/v1", "Origin: https://voltage-soda.com", "Access-Control-Request-Method: PUT")).Status);
        string tooLarge = $"Content-Length: {(10 * 1024 * 1024) + 1}";
        Assert.Equal(413, (await seed.SendAsync("POST /api/v1", SeedEdge.Bearer("admin"), tooLarge)).Status);
        Assert.Equal(417, (await seed.SendAsync("POST /api/v1", SeedEdge.Bearer("admin"), tooLarge, "Expect: 100-continue")).Status);
        Assert.Equal(404, (await seed.SendAsync("PATCH /api/v1", SeedEdge.Bearer("admin"))).Status);

        // The frontend has no limit, and the flavors count by address.
        RawResponse frontend = await seed.SendAsync("GET /", SeedEdge.Bearer("admin"));
        Assert.Equal(200, frontend.Status);
        SeedFields.Are(frontend, SeedFields.Proxied, SeedFields.Frontend, SeedFields.Cors);
        Assert.Equal(used, await ValuesAsync());
        RawResponse flavors = await seed.SendAsync("GET /api/flavors", SeedEdge.Bearer("admin"));
        Assert.Equal((200, "1999", "49999"), (flavors.Status, flavors.Header("X-RateLimit-Remaining-Minute"), flavors.Header("X-RateLimit-Remaining-Hour")));

        await seed.Redis.CommandAsync("FLUSHALL");
        Assert.Equal(200, (await seed.SendAsync("GET /api/v1", SeedEdge.Bearer("admin"))).Status);
    }

    [Fact]
    public async Task Flavors_OverTheLimit_Gets429ByAddress()
    {
        await seed.Redis.CommandAsync("FLUSHALL");
        await UseAsync(Flavors, "127.0.0.1", 2000, 2000);
        string[] used = await ValuesAsync();
        foreach (string[] fields in new string[][] { [], [SeedEdge.Bearer("admin")] })
        {
            RawResponse response = await seed.SendAsync("GET /api/flavors/cola", fields);

            // The service's own response-transformer runs on it, and the global one does not.
            Assert.Equal(429, response.Status);
            SeedFields.Are(
                response, SeedFields.Gateway, SeedFields.Json, SeedFields.Flavors, SeedFields.Quota("2000", "0", "50000", "48000"), Tightest("2000", "0"),
                [("Retry-After", "[0-9]+")]);
            SeedFields.HasTemplatedBody(response, "API rate limit exceeded");
            Assert.Null(seed.Sent("flavors"));
        }

        Assert.Equal(used, await ValuesAsync());
        Assert.Equal(200, (await seed.SendAsync("OPTIONS /api/flavors/cola")).Status);
        Assert.Equal("999", (await seed.SendAsync("GET /api/v1", SeedEdge.Bearer("admin"))).Header("RateLimit-Remaining"));
    }

    [Fact]
    public async Task HiddenClientFields_LeaveStatusAndBody()
    {
        SeedEdge hiding = new();
        await hiding.StartAsync("hide_client_headers: false", "hide_client_headers: true");
        try
        {
            RawResponse passed = await hiding.SendAsync("GET /api/v1", SeedEdge.Bearer("admin"));
            Assert.Equal(200, passed.Status);
            SeedFields.Are(passed, SeedFields.Proxied, SeedFields.Origin, SeedFields.Global);
            await UseAsync(hiding.Redis, Backend, Admin, 1000, 1000);
            RawResponse refused = await hiding.SendAsync("GET /api/v1", SeedEdge.Bearer("admin"));
            Assert.Equal(429, refused.Status);
            SeedFields.Are(refused, SeedFields.Gateway, SeedFields.Json, SeedFields.Global);
            SeedFields.HasTemplatedBody(refused, "API rate limit exceeded");

            // fault_tolerant is on by default: without Redis the limit is none, and nothing is said of it.
            await hiding.Redis.KillAsync();
            Assert.Equal(200, (await hiding.SendAsync("GET /api/v1", SeedEdge.Bearer("admin"))).Status);
            RawResponse flavors = await hiding.SendAsync("GET /api/flavors");
            Assert.Equal(200, flavors.Status);
            SeedFields.Are(flavors, SeedFields.Proxied, SeedFields.Origin, SeedFields.Flavors);
        }
        finally
        {
            await hiding.DisposeAsync();
        }
    }

    private static (string Name, string Pattern)[] Tightest(string limit, string remaining) =>
        [("RateLimit-Limit", limit), ("RateLimit-Remaining", remaining), ("RateLimit-Reset", "[0-9]+")];

    private Task<double> CountedAsync() => seed.CounterAsync(
        "kong_http_requests_total", "service=\"voltage-soda-backend-service\"", "code=\"429\"", "source=\"kong\"", "consumer=\"voltage-soda-admin\"");

    // Seconds to the end of the window, at any second from then to now.
    private static IEnumerable<int> Resets(long since, int length)
    {
        for (long second = since / 1000; second <= Now() / 1000; second++)
        {
            yield return length - (int)(second % length);
        }
    }

    // The counter of the window then, and of its successor.
    private static string[] Keys(long since, string service, string identifier, string period)
    {
        long length = period == "minute" ? Minute * 1000 : Hour * 1000;
        long start = since - (since % length);
        return [$"ratelimit:{Anything}:{service}:{identifier}:{start}:{period}", $"ratelimit:{Anything}:{service}:{identifier}:{start + length}:{period}"];
    }

    private Task UseAsync(string service, string identifier, int ofMinute, int ofHour) => UseAsync(seed.Redis, service, identifier, ofMinute, ofHour);

    // A window may end before it is asked about: the next one starts as used.
    private static async Task UseAsync(RedisServer redis, string service, string identifier, int ofMinute, int ofHour)
    {
        long now = Now();
        foreach ((string period, int used) in new[] { ("minute", ofMinute), ("hour", ofHour) })
        {
            foreach (string key in Keys(now, service, identifier, period))
            {
                Assert.Equal("OK", await redis.CommandAsync("SET", key, used.ToString(CultureInfo.InvariantCulture), "EX", "7200"));
            }
        }
    }

    private async Task<string[]> ValuesAsync()
    {
        string[] keys = await seed.Redis.KeysAsync();
        string?[] values = await Task.WhenAll(keys.Select(key => seed.Redis.CommandAsync("GET", key)));
        return [.. keys.Zip(values, static (key, value) => $"{key}={value}")];
    }

    private static long Now() => SeedEdge.Clock.GetUtcNow().ToUnixTimeMilliseconds();
}
