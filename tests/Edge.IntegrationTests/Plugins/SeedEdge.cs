using System.Text;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Plugins;

/// <summary>The sample's kong.yml as it is, with the overlay that names local upstreams, and tokens for its consumers.</summary>
public sealed class SeedEdge : IAsyncLifetime
{
    private static readonly Dictionary<string, (string Key, string Secret)> Consumers = new()
    {
        ["service-account"] = ("voltage-soda-service-key", "service-0123456789abcdef0123456789abcdef"),
        ["api-client"] = ("voltage-soda-client-key", "client-0123456789abcdef0123456789abcdef"),
        ["admin"] = ("voltage-soda-admin-key", "admin-0123456789abcdef0123456789abcdef"),
    };

    private RunningEdge _edge = null!;

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
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        List<string> claims = [iss ?? $"\"iss\":\"{KeyOf(consumer)}\""];
        claims.AddRange(exp is null ? [] : [$"\"exp\":{now + exp}"]);
        claims.AddRange(nbf is null ? [] : [$"\"nbf\":{now + nbf}"]);
        return TestTokens.Sign(header, "{" + string.Join(',', claims.Where(static claim => claim.Length > 0)) + "}", secret ?? Consumers[consumer].Secret);
    }

    public async Task InitializeAsync()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "VoltageSoda.Edge.sln")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        string sample = Path.Combine(folder, "samples", "voltage-soda");
        Upstreams = new[] { "frontend", "backend", "flavors" }.ToDictionary(
            static name => name, static name => ScriptedUpstream.Respond(_ => ScriptedUpstream.Ok("from " + name, "Server: origin", "X-From: " + name)));
        _edge = await RunningEdge.StartAsync(await File.ReadAllTextAsync(Path.Combine(sample, "overlay.yml")),
        [
            ("EDGE_CONFIG", Path.Combine(sample, "kong.yml")),
            ("EDGE_REDIS_FALLBACK", "local"),
            ("KONG_REDIS_PASSWORD", "redis-password"),
            ("SERVICE_ACCOUNT_JWT_SECRET", Consumers["service-account"].Secret),
            ("API_CLIENT_JWT_SECRET", Consumers["api-client"].Secret),
            ("ADMIN_JWT_SECRET", Consumers["admin"].Secret),
            .. Upstreams.Select(static pair => (pair.Key.ToUpperInvariant() + "_ADDR", pair.Value.Address)),
        ]);
    }

    public async Task DisposeAsync()
    {
        foreach (ScriptedUpstream upstream in Upstreams.Values)
        {
            await upstream.DisposeAsync();
        }

        await _edge.DisposeAsync();
    }

    internal Task<RawClient> ConnectAsync() => RawClient.ConnectAsync(_edge.Proxy);

    /// <summary>Sends one request on a connection of its own.</summary>
    internal async Task<RawResponse> SendAsync(string requestLine, params string[] fields)
    {
        await using RawClient client = await ConnectAsync();
        return await client.ExchangeAsync(Request(requestLine, fields), requestLine.StartsWith("HEAD", StringComparison.Ordinal));
    }

    internal static string Request(string requestLine, params string[] fields)
    {
        StringBuilder head = new();
        head.Append(requestLine).Append(" HTTP/1.1\r\nHost: voltage-soda.com\r\n");
        foreach (string field in fields)
        {
            head.Append(field).Append("\r\n");
        }

        return head.Append("\r\n").ToString();
    }

    /// <summary>What a service's upstream got since this was asked last; null when nothing came.</summary>
    internal UpstreamRequest? Sent(string service)
    {
        UpstreamRequest? last = null;
        while (Upstreams[service].Requests.TryDequeue(out UpstreamRequest? request))
        {
            last = request;
        }

        return last;
    }
}
