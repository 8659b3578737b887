using System.Net;
using VoltageSoda.Edge.Cli.Demo;
using VoltageSoda.Edge.Cli.Explain;
using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Tests.Configuration;

namespace VoltageSoda.Edge.Tests.Cli;

/// <summary>
/// The verbatim sample served over real sockets to three scripted upstreams, and an explainer that was given the same settings and files.
/// </summary>
public sealed class SampleEdge : IAsyncLifetime
{
    private RunningEdge _edge = null!;
    private ExplainProbe _probe = null!;

    /// <summary>What each upstream got, by the word the sample's table uses for it.</summary>
    public IReadOnlyDictionary<string, ScriptedUpstream> Upstreams { get; private set; } = null!;

    public IPEndPoint Proxy => _edge.Proxy;

    public async Task InitializeAsync()
    {
        Upstreams = new[] { "frontend", "backend", "flavors" }.ToDictionary(
            static name => name, static name => ScriptedUpstream.Respond(_ => ScriptedUpstream.Ok("", "Server: origin", "X-From: " + name)));
        string overlay = await File.ReadAllTextAsync(Path.Combine(Loading.Root, "samples", "voltage-soda", "overlay.yml"));
        _edge = await RunningEdge.StartAsync(overlay,
        [
            ("EDGE_CONFIG", Loading.SampleFile),
            ("EDGE_REDIS_FALLBACK", "local"),
            .. Upstreams.Select(static pair => (pair.Key.ToUpperInvariant() + "_ADDR", pair.Value.Address)),
            .. Loading.SampleSecrets,
        ]);
        _probe = new ExplainProbe(_edge.Settings);
    }

    public async Task DisposeAsync()
    {
        await _probe.DisposeAsync();
        foreach (ScriptedUpstream upstream in Upstreams.Values)
        {
            await upstream.DisposeAsync();
        }

        await _edge.DisposeAsync();
    }

    /// <summary>A token signed with the secret of a credential, named by its key.</summary>
    internal static string Token(string key, DateTimeOffset? now = null)
    {
        string variable = key switch
        {
            "voltage-soda-admin-key" => "ADMIN_JWT_SECRET",
            "voltage-soda-client-key" => "API_CLIENT_JWT_SECRET",
            _ => "SERVICE_ACCOUNT_JWT_SECRET",
        };
        string secret = Loading.SampleSecrets.Single(pair => pair.Item1 == variable).Item2;
        return DemoToken.Sign(key, secret, now ?? TimeProvider.System.GetUtcNow());
    }

    internal static string Bearer(string key, DateTimeOffset? now = null) => "Authorization: Bearer " + Token(key, now);

    /// <summary>Explains a request.</summary>
    internal Task<Explanation> ExplainAsync(RequestLine request) => _probe.ExplainAsync(request);

    /// <summary>Sends the same request over a connection of its own.</summary>
    internal async Task<RawResponse> SendAsync(RequestLine request)
    {
        await using RawClient client = await RawClient.ConnectAsync(Proxy);
        await client.SendAsync(request.ToHead(""));
        return await client.ReceiveAsync(isHead: request.Method == "HEAD");
    }
}
