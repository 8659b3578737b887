using System.Diagnostics;
using System.Globalization;
using System.Net;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.ChaosTests;

/// <summary>Edge processes that share the counters of one redis-server: exact while it lives, harmless when it dies.</summary>
public sealed class SharedQuotaTests
{
    private const int Clients = 6;

    [Fact]
    public async Task ThreeProcesses_FarAboveTheLimit_AdmitWindowsTimesLimit()
    {
        const int Limit = 25;
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

        // What is admitted is known for windows of which each was used up; where the machine was too slow for that, it is counted again.
        (int Sum, int Late, bool IsAbove) counted;
        for (int attempt = 0; !(counted = await SpendAsync(clients, Windows)).IsAbove; attempt++)
        {
            Assert.True(attempt < 10, "the load was not above the limit");
        }

        Assert.InRange(counted.Sum, (Windows * Limit * 0.999) - counted.Late, Windows * Limit * 1.001);
        foreach (RawClient client in clients)
        {
            await client.DisposeAsync();
        }
    }

    // Begins within a window, so that no process takes it for the one before, and ends within the last, which was used up long ago: what is in
    // flight at its end would only be counted in the next one, and so may be what comes back later all the same.
    private static async Task<(int Sum, int Late, bool IsAbove)> SpendAsync(IEnumerable<RawClient> clients, int windows)
    {
        long now = Milliseconds();
        long start = (now / 1000 * 1000) + 1000;
        long over = start + (windows * 1000);
        int sum = 0;
        int late = 0;
        int[] refused = new int[windows];
        await Task.Delay(TimeSpan.FromMilliseconds(start - now + 100));
        await Task.WhenAll(clients.Select(async client =>
        {
            for (long sent = Milliseconds(); sent < over - 200; sent = Milliseconds())
            {
                int status = (await GetAsync(client)).Status;
                Assert.True(status is 200 or 429, $"status {status}");
                long back = Milliseconds();
                if (status == 200)
                {
                    Interlocked.Increment(ref back < over ? ref sum : ref late);
                }
                else if ((sent - start) / 1000 == (back - start) / 1000 && (sent - start) % 1000 >= 100)
                {
                    Interlocked.Increment(ref refused[(sent - start) / 1000]);
                }
            }
        }));
        return (sum, late, Array.TrueForAll(refused, static count => count > 0));
    }

    [Fact]
    public async Task RedisKilledAndRestarted_NoRequestFailsOrWaits_AndRecoveryIsQuick()
    {
        const double BudgetMilliseconds = 50;
        await using RedisServer redis = await RedisServer.StartAsync();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("up"));
        await using EdgeProcess edge = await StartAsync(upstream, redis, "hour: 10000000", "50ms");
        using CancellationTokenSource stop = new();
        int limited = 0;
        int unlimited = 0;
        Happening answered = new();
        using MachineLag lag = new();
        Slowest asking = new();
        Slowest plain = new();
        async Task LoadAsync(string path, Slowest slowest, bool counts)
        {
            await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
            while (!stop.IsCancellationRequested)
            {
                long began = Stopwatch.GetTimestamp();
                RawResponse response = await GetAsync(client, path);
                slowest.Took(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                Assert.Equal(200, response.Status);
                if (counts)
                {
                    Interlocked.Increment(ref response.Header("RateLimit-Limit") is null ? ref unlimited : ref limited);
                    answered.Happened();
                }
            }
        }

        Task[] clients = [.. Enumerable.Range(0, 8).Select(i => i % 2 == 0 ? LoadAsync("/", asking, counts: true) : LoadAsync("/plain", plain, counts: false))];
        Task MoreAsync(Func<int> count, int more)
        {
            int aim = count() + more;
            return answered.UntilAsync(() => count() >= aim, "more are answered", clients);
        }

        await MoreAsync(() => Volatile.Read(ref limited), 200);
        for (int round = 0; round < 3; round++)
        {
            await redis.KillAsync();
            await MoreAsync(() => Volatile.Read(ref unlimited), 200);
            await redis.ReviveAsync();
            LagWatch watch = lag.Start();
            await MoreAsync(() => Volatile.Read(ref limited), 1);
            Assert.InRange(watch.Elapsed.TotalMilliseconds, 0, 1000 + (2 * plain.Milliseconds));
            await MoreAsync(() => Volatile.Read(ref limited), 200);
        }

        redis.Stall();
        await MoreAsync(() => Volatile.Read(ref unlimited), 500);
        redis.Resume();
        await MoreAsync(() => Volatile.Read(ref limited), 200);
        await stop.CancelAsync();
        await Task.WhenAll(clients);

        // The budget; what the machine adds to a request that asks nobody, twice since one that waits needs the processor again; and code
        // that runs for the first time.
        double machine = Math.Max(plain.Milliseconds, lag.Longest.TotalMilliseconds);
        Assert.InRange(asking.Milliseconds, 0, BudgetMilliseconds + (2 * machine) + 100);
        string metrics = await MetricsAsync(edge.Status);
        Assert.True(Value(metrics, "edge_redis_limiter_total{result=\"allowed\"}") > 0);
        Assert.True(Value(metrics, "edge_redis_limiter_total{result=\"failed\"}") > 0);
        Assert.True(Value(metrics, "edge_redis_limiter_total{result=\"open\"}") > 0);
        Assert.True(Value(metrics, "edge_redis_limiter_total{result=\"timeout\"}") > 0);
        Assert.Equal(
            Value(metrics, "edge_redis_fallback_total{result=\"passed\"}"),
            Value(metrics, "edge_redis_limiter_total{result=\"failed\"}") + Value(metrics, "edge_redis_limiter_total{result=\"open\"}")
                + Value(metrics, "edge_redis_limiter_total{result=\"timeout\"}") + Value(metrics, "edge_redis_limiter_total{result=\"busy\"}"));
    }

    private static Task<EdgeProcess> StartAsync(ScriptedUpstream upstream, RedisServer redis, string limit, string budget) => EdgeProcess.StartAsync(
        KongText.Single(upstream.Address, tail: $"routes:\n- {{name: plain, service: app, paths: [/plain]}}\nplugins:\n- name: rate-limiting\n  route: all\n  config: {{policy: redis, limit_by: ip, {limit}, redis: {{host: 127.0.0.1, port: {redis.Port}, timeout: 10000}}}}\n"),
        ("EDGE_REDIS_BUDGET", budget),
        ("EDGE_LIMIT_CONN_REQUESTS", "0"));

    private static Task<RawResponse> GetAsync(RawClient client, string path = "/") => client.ExchangeAsync($"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");

    private static async Task<string> MetricsAsync(IPEndPoint status)
    {
        await using RawClient client = await RawClient.ConnectAsync(status);
        // 1.0, so that no chunk ends within a line.
        await client.SendAsync("GET /metrics HTTP/1.0\r\nHost: a\r\n\r\n");
        return await client.ToEndAsync();
    }

    private static double Value(string metrics, string series) => double.Parse(
        metrics.Split('\n').Single(line => line.StartsWith(series + " ", StringComparison.Ordinal)).Split(' ')[1], CultureInfo.InvariantCulture);

    private static long Milliseconds() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    private sealed class Slowest
    {
        private readonly Lock _gate = new();

        public double Milliseconds { get; private set; }

        public void Took(double milliseconds)
        {
            lock (_gate)
            {
                Milliseconds = Math.Max(Milliseconds, milliseconds);
            }
        }
    }
}
