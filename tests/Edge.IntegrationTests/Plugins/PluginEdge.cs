using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Plugins;

/// <summary>An edge with one service before an upstream that answers what it got, for tests of plugins over sockets.</summary>
internal sealed class PluginEdge : IAsyncDisposable
{
    private readonly RunningEdge _edge;

    private PluginEdge(RunningEdge edge, ScriptedUpstream upstream)
    {
        _edge = edge;
        Upstream = upstream;
    }

    public ScriptedUpstream Upstream { get; }

    public RunningEdge Edge => _edge;

    /// <param name="tail">Plugins, consumers and whatever else the document holds besides service <c>app</c> with route <c>all</c> on /.</param>
    /// <param name="settings">Settings besides the usual ones.</param>
    public static async Task<PluginEdge> StartAsync(string tail, params (string Name, string Value)[] settings)
    {
        ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("from upstream", "Server: origin"));
        return new PluginEdge(await RunningEdge.StartAsync(new StandingClock(), KongText.Single(upstream.Address, tail: tail), settings), upstream);
    }

    /// <summary>As <see cref="StartAsync"/>, with a whole document; it is given the upstream's address.</summary>
    public static async Task<PluginEdge> StartDocumentAsync(Func<string, string> document)
    {
        ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("from upstream", "Server: origin"));
        return new PluginEdge(await RunningEdge.StartAsync(new StandingClock(), document(upstream.Address)), upstream);
    }

    /// <summary>Sends one request on a connection of its own; <paramref name="target"/> may begin with a method.</summary>
    public async Task<RawResponse> SendAsync(string target, params string[] fields)
    {
        string[] words = target.Split(' ');
        string method = words.Length == 2 ? words[0] : "GET";
        string body = fields.FirstOrDefault(static field => field.StartsWith("body=", StringComparison.Ordinal))?[5..] ?? "";
        IEnumerable<string> lines = fields.Where(static field => !field.StartsWith("body=", StringComparison.Ordinal));
        if (body.Length > 0 && !lines.Any(static line => line.StartsWith("Transfer-Encoding", StringComparison.Ordinal)))
        {
            lines = lines.Append($"Content-Length: {body.Length}");
        }

        await using RawClient client = await RawClient.ConnectAsync(_edge.Proxy);
        return await client.ExchangeAsync(
            $"{method} {words[^1]} HTTP/1.1\r\nHost: shop.test\r\n{string.Concat(lines.Select(static line => line + "\r\n"))}\r\n{body}", method == "HEAD");
    }

    /// <summary>What the upstream got last; null when nothing went up.</summary>
    public UpstreamRequest? Sent() => Upstream.Requests.TryDequeue(out UpstreamRequest? sent) ? sent : null;

    public async ValueTask DisposeAsync()
    {
        await Upstream.DisposeAsync();
        await _edge.DisposeAsync();
    }
}
