using System.Runtime.CompilerServices;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Quota;

/// <summary>An upstream, an edge in front of it with one plugin on its service, and requests to it.</summary>
internal sealed class QuotaEdge : IAsyncDisposable
{
    private readonly ScriptedUpstream _upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("up"));
    private readonly List<RawClient> _clients = [];

    public RunningEdge Edge { get; private set; } = null!;

    /// <summary>Requests that reached the upstream.</summary>
    public int Passed => _upstream.Requests.Count;

    public static async Task<QuotaEdge> StartAsync(string plugin, string config, params (string Name, string Value)[] settings)
    {
        QuotaEdge quota = new();
        quota.Edge = await RunningEdge.StartAsync(new StandingClock(), quota.Document(plugin, config), [("KONG_TRUSTED_IPS", "127.0.0.1"), ("KONG_REAL_IP_HEADER", "X-Forwarded-For"), .. settings]);
        return quota;
    }

    /// <summary>rate-limiting on a Redis, generous with time: the tests share their machine.</summary>
    public static Task<QuotaEdge> OnRedisAsync(RedisServer redis, string config, params (string Name, string Value)[] settings) =>
        StartAsync("rate-limiting", RedisConfig(redis, config), [("EDGE_REDIS_BUDGET", "10s"), .. settings]);

    public static string RedisConfig(RedisServer redis, string config) =>
        $"{{policy: redis, limit_by: ip, redis: {{host: 127.0.0.1, port: {redis.Port}, timeout: 10000}}, {config}}}";

    public Task ReloadAsync(string plugin, string config) => Edge.ReloadAsync(Document(plugin, config));

    /// <summary>One request, as a client at that address.</summary>
    public async Task<RawResponse> GetAsync(string address = "192.0.2.1", string path = "/", string extra = "")
    {
        RawClient client;
        lock (_clients)
        {
            client = _clients.Count == 0 ? null! : _clients[^1];
            if (client is not null)
            {
                _clients.RemoveAt(_clients.Count - 1);
            }
        }

        client ??= await RawClient.ConnectAsync(Edge.Proxy);
        RawResponse response = await client.ExchangeAsync($"GET {path} HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {address}\r\n{extra}\r\n");
        lock (_clients)
        {
            _clients.Add(client);
        }

        return response;
    }

    /// <summary>Waits until a connection to Redis is there.</summary>
    public async Task ConnectedAsync() => await UntilAsync(() => Edge.Host.Metrics.ReadRedis() is { Count: > 0 } links && links.All(static link => link.Connected));

    /// <summary>A counter of edge_redis_limiter_total.</summary>
    public long Count(LimiterResult result)
    {
        long sum = 0;
        foreach (LoopMetrics loop in Edge.Host.Metrics.Loops)
        {
            sum += loop.Limiter(result);
        }

        return sum;
    }

    public static Task UntilAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        Eventually.TrueAsync(condition, what);

    /// <summary>As the other overload, for what has to be asked for.</summary>
    public static Task UntilAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        Eventually.TrueAsync(condition, what);

    public async ValueTask DisposeAsync()
    {
        foreach (RawClient client in _clients)
        {
            await client.DisposeAsync();
        }

        await Edge.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    private string Document(string plugin, string config) =>
        KongText.Single(_upstream.Address, tail: $"plugins:\n- name: {plugin}\n  config: {config}\n");
}
