using System.Globalization;
using System.Runtime.CompilerServices;
using VoltageSoda.Edge.IntegrationTests.Plugins;
using VoltageSoda.Edge.IntegrationTests.Quota;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Lifecycle;

/// <summary>
/// A hundred reloads under load with everything on at once: limits on a real Redis, log entries and spans to live collectors, metrics,
/// authentication, authorization, active health checks. No request is lost or answered by two configurations, no entry and no span is lost
/// or doubled, and nothing of a former configuration stays.
/// </summary>
[Collection("alone")]
public sealed class ReloadEnduranceTests
{
    private const int Reloads = 100;
    private const int Settled = 20;
    private const int Limit = 1_000_000;

    // Entries that wait for each collector before a measurement: more than are kept for use again, so that all that are kept are there.
    private const int Backlog = 5000;

    // Of 80 reloads together. Buffers that are kept for use again are of different sizes, which makes up most of it; configurations and queues
    // that stay are counted one by one.
    private const long HeapBound = 2 << 20;

    // Who asks, and what is answered.
    private static readonly (string Consumer, int Status)[] Clients =
        [("worker", 200), ("worker", 200), ("worker", 200), ("worker", 200), ("stranger", 403), ("nobody", 401)];

    private readonly List<WeakReference> _snapshots = [];

    [Fact]
    public async Task Reload_HundredTimesWithEverythingOn_LosesNothingAndLeavesNothing()
    {
        Receipts receipts = new(Clients.Length);
        Generations generations = new(Clients.Length);
        await using RedisServer redis = await RedisServer.StartAsync();
        await using CountingServer logs = new(receipts.TakeEntries);
        await using CountingServer spans = new(receipts.TakeSpans);
        await using CountingServer a = new(static _ => ScriptedUpstream.Ok("a"));
        await using CountingServer b = new(static _ => ScriptedUpstream.Ok("b"));
        string Kong(int generation) => Document(generation, redis, logs, spans, a, b);
        await using RunningEdge edge = await RunningEdge.StartAsync(
            Kong(0), ("EDGE_REDIS_BUDGET", "10s"), ("EDGE_POOL_IDLE", "1s"), ("EDGE_LIMIT_CONN_REQUESTS", "0"));
        await QuotaEdge.UntilAsync(() => edge.Host.Metrics.ReadRedis() is [{ Connected: true }]);
        using CancellationTokenSource stop = new();
        Task<int>[] load = [.. Clients.Select((_, client) => LoadAsync(edge, client, generations, stop.Token))];
        Footprint? settled = null;
        for (int generation = 1; generation <= Reloads; generation++)
        {
            await edge.ReloadAsync(Kong(generation));
            Assert.Equal(generation + 1, edge.Host.Snapshots.Current.Version);
            Remember(edge);
            await generations.SeenAsync(generation, load);
            if (generation == Settled)
            {
                settled = await MeasureAsync(null);
            }
        }

        Footprint last = await MeasureAsync(settled);
        Assert.Equal((1, 2), (last.Snapshots, last.Queues));
        Assert.True(last.IsWithin(settled!, HeapBound), $"\n{settled} after {Settled}\n{last} after {Reloads}");
        await stop.CancelAsync();
        int[] sent = await Task.WhenAll(load);

        // Every request has its entry once, and its spans: of the request and of proxying, and of the try where there was one.
        int passed = Clients.Zip(sent).Where(static pair => pair.First.Status == 200).Sum(static pair => pair.Second);
        (int, int, int) expected = (sent.Sum(), (2 * sent.Sum()) + passed, 0);
        await QuotaEdge.UntilAsync(() => receipts.Counts.Spans >= expected.Item2 && receipts.Counts.Entries >= expected.Item1);
        Assert.Equal(expected, receipts.Counts);
        for (int client = 0; client < sent.Length; client++)
        {
            Assert.All(Enumerable.Range(0, sent[client]), number => Assert.Equal(1, receipts.Entries(client, number)));
        }

        Assert.Equal(0, await edge.CounterAsync("vse_queue_failed_attempts_total"));
        Assert.Equal(Reloads, await edge.CounterAsync("vse_config_reloads_total", "result=\"published\"") - 1);

        // Redis and the metrics count the same.
        Assert.Equal(passed, await edge.CounterAsync("kong_http_requests_total", "code=\"200\"", "consumer=\"worker\""));
        Assert.Equal(sent.Sum(), await edge.CounterAsync("kong_http_requests_total"));
        Assert.Equal(passed, await edge.CounterAsync("edge_redis_limiter_total", "result=\"allowed\""));
        Assert.Equal(0, await edge.CounterAsync("edge_redis_fallback_total"));
        string key = Assert.Single(await redis.KeysAsync("ratelimit:*:year"));
        Assert.Equal(passed.ToString(CultureInfo.InvariantCulture), await redis.CommandAsync("GET", key));

        // With the load stopped between two requests; again after more of it while something lingers. What leaks does not go.
        async Task<Footprint> MeasureAsync(Footprint? before)
        {
            for (int round = 0; ; round++)
            {
                logs.Hold();
                spans.Hold();
                await QuotaEdge.UntilAsync(() => edge.Host.Metrics.Queues!.Read().All(static queue => queue.Value.Waiting >= Backlog) || load.Any(static client => client.IsCompleted));
                await generations.CloseAsync(load);
                logs.Release();
                spans.Release();
                await QuotaEdge.UntilAsync(() => edge.Host.Metrics.Queues!.Read().All(static queue => queue.Value.Waiting == 0) && a.Live + b.Live == 0);
                Footprint now = await FootprintAsync(edge, redis, logs.Live + spans.Live);
                generations.Open();
                if (round >= (before is null ? 1 : 5) || (before is not null && now.IsWithin(before, HeapBound)))
                {
                    return now;
                }
            }
        }
    }

    private static async Task<int> LoadAsync(RunningEdge edge, int client, Generations generations, CancellationToken stop)
    {
        (string consumer, int status) = Clients[client];
        string token = consumer == "nobody" ? "" : $"Authorization: Bearer {TestTokens.Hs256(consumer, consumer + "-secret", $"\"exp\":{DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 3000}")}\r\n";
        await using RawClient connection = await RawClient.ConnectAsync(edge.Proxy);
        int sent = 0;
        while (!stop.IsCancellationRequested)
        {
            Assert.True(sent < Receipts.MaxRequests, "more requests than can be told apart");
            await generations.PassAsync();
            RawResponse response = await connection.ExchangeAsync($"GET {Receipts.Target(client, sent)} HTTP/1.1\r\nHost: a\r\n{token}\r\n");
            sent++;
            Assert.Equal(status, response.Status);

            // Every part of an answer is of one configuration.
            int generation = int.Parse(response.Header("X-Generation")!, CultureInfo.InvariantCulture);
            generations.Saw(client, generation);
            if (status == 200)
            {
                Assert.Equal((Limit + generation).ToString(CultureInfo.InvariantCulture), response.Header("X-RateLimit-Limit-Year"));
                Assert.Contains(response.Body, Targets(generation, "a", "b"));
            }
        }

        return sent;
    }

    // No inlining: no frame of the test may keep a snapshot alive.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Remember(RunningEdge edge) => _snapshots.Add(new WeakReference(edge.Host.Snapshots.Current));

    private async Task<Footprint> FootprintAsync(RunningEdge edge, RedisServer redis, int collectors)
    {
        string metrics = await edge.MetricsAsync();
        string[] clients = (await redis.CommandAsync("CLIENT", "LIST"))!.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        long heap = Footprint.Collect();
        return new Footprint(
            heap,
            Footprint.CountThreads(),
            // Both ends of what leads to the collectors are in this process.
            Footprint.CountDescriptors() - (2 * collectors),
            Timer.ActiveCount,
            clients.Length - 1,
            metrics.Split('\n').Count(static line => line.Length != 0 && line[0] != '#'),
            _snapshots.Count(static snapshot => snapshot.IsAlive),
            edge.Host.Metrics.Queues!.Read().Count + edge.Host.Metrics.Queues.Leaving);
    }

    private static string[] Targets(int generation, string a, string b) => (generation % 4) switch
    {
        1 => [a],
        2 => [b],
        _ => [a, b],
    };

    // Every generation differs from the one before in its routes, in a setting of each plugin, and in its targets.
    private static string Document(int generation, RedisServer redis, CountingServer logs, CountingServer spans, CountingServer a, CountingServer b) => $$$"""
        _format_version: "3.0"
        services:
        - name: app
          url: http://app.internal:80
          routes:
          - {name: all, paths: ["/a", "/of-{{{generation}}}"], strip_path: false}
          - {name: other-{{{generation % 2}}}, paths: ["/other"]}
          plugins:
          - name: jwt
            config: {claims_to_verify: [exp], maximum_expiration: {{{7200 + generation}}}}
          - name: acl
            config: {allow: [staff, team-{{{generation}}}]}
          - name: rate-limiting
            config: {policy: redis, year: {{{Limit + generation}}}, redis: {host: 127.0.0.1, port: {{{redis.Port}}}, timeout: 10000}}
          - name: token-bucket
            config: {rate: 1000000, burst: {{{900_000 + generation}}}, limit_by: ip, hide_client_headers: true}
          - name: response-transformer
            config: {add: {headers: ["X-Generation:{{{generation}}}"]}}
          - name: http-log
            config:
              http_endpoint: http://{{{logs.Address}}}/logs
              timeout: {{{100_000 + (generation / 2)}}}
              headers: {X-Generation: "{{{generation}}}"}
              queue: {max_batch_size: 200, max_coalescing_delay: 0.1, max_entries: 100000}
        consumers:
        - {username: worker, jwt_secrets: [{key: worker, secret: worker-secret}], acls: [{group: staff}]}
        - {username: stranger, jwt_secrets: [{key: stranger, secret: stranger-secret}]}
        upstreams:
        - name: app.internal
          healthchecks:
            active:
              healthy: {interval: 1, successes: 1}
              unhealthy: {interval: 1, http_failures: {{{1 + (generation % 3)}}}}
          targets: [{{{string.Join(", ", Targets(generation, a.Address, b.Address).Select(static target => $"{{target: \"{target}\"}}"))}}}]
        plugins:
        - name: prometheus
          config: {per_consumer: true, status_code_metrics: true, latency_metrics: true, bandwidth_metrics: true, upstream_health_metrics: {{{(generation % 2 == 0 ? "true" : "false")}}}}
        - name: zipkin
          config:
            http_endpoint: http://{{{spans.Address}}}/api/v2/spans
            sample_ratio: 1
            read_timeout: {{{100_000 + generation}}}
            static_tags: [{name: generation, value: "{{{generation}}}"}]
            queue: {max_batch_size: {{{200 + (generation / 2)}}}, max_coalescing_delay: 0.1, max_entries: 100000}
        """;
}
