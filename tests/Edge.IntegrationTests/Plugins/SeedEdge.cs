using System.Text;
using VoltageSoda.Edge.IntegrationTests.Quota;
using VoltageSoda.Edge.IntegrationTests.Telemetry;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Plugins;

/// <summary>
/// The sample's kong.yml as it is, with the overlay that names local upstreams, a redis-server in the place of the sample's, and tokens for
/// its consumers.
/// </summary>
public sealed class SeedEdge : IAsyncLifetime
{
    private const string RedisPassword = "redis-password";

    /// <summary>What every request asks for.</summary>
    public const string Host = "Shop.test:8000";

    /// <summary>What the edge takes for the time of day: no window ends while its counters are looked at.</summary>
    internal static readonly StandingClock Clock = new();

    private static readonly Dictionary<string, (string Key, string Secret)> Consumers = new()
    {
        ["service-account"] = ("voltage-soda-service-key", "service-0123456789abcdef0123456789abcdef"),
        ["api-client"] = ("voltage-soda-client-key", "client-0123456789abcdef0123456789abcdef"),
        ["admin"] = ("voltage-soda-admin-key", "admin-0123456789abcdef0123456789abcdef"),
    };

    private RunningEdge _edge = null!;
    private string? _edited;

    /// <summary>The redis-server that counts for the rate limits.</summary>
    public RedisServer Redis { get; private set; } = null!;

    /// <summary>By the name that the sample gives the service: frontend, backend, flavors.</summary>
    public IReadOnlyDictionary<string, ScriptedUpstream> Upstreams { get; private set; } = null!;

    public static string KeyOf(string consumer) => Consumers[consumer].Key;

    /// <summary>A token as the sample wants it, with whatever is different about it.</summary>
    /// <param name="consumer">Who signs.</param>
    /// <param name="exp">Seconds from now; null leaves it out.</param>
    /// <param name="nbf">Seconds from now; null leaves it out.</param>
    /// <param name="header">The token's header.</param>
    /// <param name="secret">Signed with another one than the consumer's.</param>
    /// <param name="iss">The iss member, ready for JSON; null is the consumer's.</param>
    public static string Token(
        string consumer,
        long? exp = 600,
        long? nbf = -5,
        string header = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}",
        string? secret = null,
        string? iss = null)
    {
        long now = Clock.GetUtcNow().ToUnixTimeSeconds();
        List<string> claims = [iss ?? $"\"iss\":\"{KeyOf(consumer)}\""];
        claims.AddRange(exp is null ? [] : [$"\"exp\":{now + exp}"]);
        claims.AddRange(nbf is null ? [] : [$"\"nbf\":{now + nbf}"]);
        return TestTokens.Sign(header, "{" + string.Join(',', claims.Where(static claim => claim.Length > 0)) + "}", secret ?? Consumers[consumer].Secret);
    }

    public Task InitializeAsync() => StartAsync();

    public async Task DisposeAsync()
    {
        foreach (ScriptedUpstream upstream in Upstreams.Values)
        {
            await upstream.DisposeAsync();
        }

        await _edge.DisposeAsync();
        await Redis.DisposeAsync();
        if (_edited is not null)
        {
            File.Delete(_edited);
        }
    }

    /// <summary>Starts it with one text of the file replaced by another; null takes the file as it is.</summary>
    internal async Task StartAsync(string? text = null, string? replacement = null)
    {
        string sample = Path.Combine(RepositoryFiles.Root, "samples", "voltage-soda");
        string kong = Path.Combine(sample, "kong.yml");
        if (text is not null)
        {
            string original = await File.ReadAllTextAsync(kong);
            Assert.Contains(text, original, StringComparison.Ordinal);
            kong = _edited = Path.ChangeExtension(Path.GetTempFileName(), ".yml");
            await File.WriteAllTextAsync(kong, original.Replace(text, replacement, StringComparison.Ordinal));
        }

        Redis = await RedisServer.StartAsync(new RedisServerOptions { Password = RedisPassword });
        Upstreams = new[] { "frontend", "backend", "flavors" }.ToDictionary(
            static name => name, static name => ScriptedUpstream.Respond(_ => ScriptedUpstream.Ok("from " + name, "Server: origin", "X-From: " + name)));
        _edge = await RunningEdge.StartAsync(Clock, await File.ReadAllTextAsync(Path.Combine(sample, "overlay.yml")),
        [
            ("EDGE_CONFIG", kong),
            ("EDGE_REDIS_SERVERS", $"redis://127.0.0.1:{Redis.Port}"),
            ("EDGE_REDIS_BUDGET", "10s"),
            ("KONG_REDIS_PASSWORD", RedisPassword),
            ("SERVICE_ACCOUNT_JWT_SECRET", Consumers["service-account"].Secret),
            ("API_CLIENT_JWT_SECRET", Consumers["api-client"].Secret),
            ("ADMIN_JWT_SECRET", Consumers["admin"].Secret),
            .. Upstreams.Select(static pair => (pair.Key.ToUpperInvariant() + "_ADDR", pair.Value.Address)),
        ]);
        await QuotaEdge.UntilAsync(() => _edge.Host.Metrics.ReadRedis() is { Count: > 0 } links && links.All(static link => link.Connected));

        // The first question of a process compiles what asks it, which on a busy machine can outlast the file's own limit for Redis (2 s): the
        // request then passes without fields, as it must.
        await Eventually.TrueAsync(
            async () => (await SendAsync("GET /api/flavors")).Header("RateLimit-Limit") is not null, "Redis has decided about a request");
    }

    /// <summary>Sum of the series of the edge's own exposition, once what was answered is counted.</summary>
    internal Task<double> CounterAsync(string name, params string[] labels) => _edge.CounterAsync(name, labels);

    /// <summary>Sends one request on a connection of its own; what upstreams got before is forgotten.</summary>
    internal async Task<RawResponse> SendAsync(string requestLine, params string[] fields)
    {
        foreach (ScriptedUpstream upstream in Upstreams.Values)
        {
            upstream.Requests.Clear();
        }

        await using RawClient client = await RawClient.ConnectAsync(_edge.Proxy);
        return await client.ExchangeAsync(Request(requestLine, fields), requestLine.StartsWith("HEAD", StringComparison.Ordinal));
    }

    private static string Request(string requestLine, params string[] fields)
    {
        StringBuilder head = new();
        head.Append(requestLine).Append(" HTTP/1.1\r\nHost: ").Append(Host).Append("\r\n");
        foreach (string field in fields)
        {
            head.Append(field).Append("\r\n");
        }

        return head.Append("\r\n").ToString();
    }

    /// <summary>The field that carries a consumer's token.</summary>
    internal static string Bearer(string consumer) => "Authorization: Bearer " + Token(consumer);

    /// <summary>What a service's upstream got of the last request; null when nothing came.</summary>
    internal UpstreamRequest? Sent(string service) => Upstreams[service].Requests.LastOrDefault();
}

/// <summary>One sample at work for all who walk it.</summary>
[CollectionDefinition(Name)]
public sealed class SeedCollection : ICollectionFixture<SeedEdge>
{
    public const string Name = "Seed";
}
