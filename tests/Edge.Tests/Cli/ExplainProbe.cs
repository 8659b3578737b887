using System.Net;
using VoltageSoda.Edge.Cli.Explain;
using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Tests.Upstream.Dns;
using VoltageSoda.Edge.Upstream.Dns;

namespace VoltageSoda.Edge.Tests.Cli;

/// <summary>An explainer on a configuration, whose names are answered from a script.</summary>
internal sealed class ExplainProbe : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly NameResolver _resolver;
    private readonly Explainer _explainer;

    public ExplainProbe(EdgeSettings settings, TimeProvider? time = null, params string[] paths)
    {
        LoadResult loaded = new ConfigSource(settings, paths).Load();
        Assert.False(loaded.Refused, DiagnosticText.Text(loaded.Findings));
        _resolver = new NameResolver(new NameResolverOptions { HostsPath = null, ResolvConfPath = null }, TimeProvider.System, Names);
        _explainer = new Explainer(settings, loaded, _resolver, Patience, time ?? TimeProvider.System);
    }

    /// <summary>What the names of upstreams resolve to.</summary>
    public ScriptedNameClient Names { get; } = new();

    /// <summary>A document of format 3.0, given without its first line.</summary>
    public static ExplainProbe Of(string kong, params (string Name, string Value)[] settings)
    {
        Dictionary<string, string> variables = new()
        {
            ["KONG_DECLARATIVE_CONFIG_STRING"] = "_format_version: \"3.0\"\n" + kong,
            ["KONG_PROXY_LISTEN"] = "127.0.0.1:8000",
        };
        foreach ((string name, string value) in settings)
        {
            variables[name] = value;
        }

        return new ExplainProbe(SettingsLoader.Load(variables));
    }

    public Task<Explanation> ExplainAsync(string method, string url, params string[] fields) =>
        ExplainAsync(RequestLine.Parse(method, url, fields, IPAddress.Loopback));

    public Task<Explanation> ExplainAsync(RequestLine request) => _explainer.ExplainAsync(request);

    public async ValueTask DisposeAsync()
    {
        await _explainer.DisposeAsync();
        await _resolver.DisposeAsync();
    }
}
