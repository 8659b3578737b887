using System.Net;
using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Hosting;

namespace VoltageSoda.Edge.TestKit;

/// <summary>
/// An edge in this process on ports of its own, started from a Kong document and settings. Dispose it last: disposal asserts that nothing
/// leaked — no live exchange, no connection, no permit.
/// </summary>
public sealed class RunningEdge : IAsyncDisposable
{
    private readonly EdgeHost _host;

    private RunningEdge(EdgeHost host, EdgeSettings settings)
    {
        _host = host;
        Settings = settings;
    }

    /// <summary>Address of the first proxy listener.</summary>
    public IPEndPoint Proxy => (IPEndPoint)_host.ProxyEndPoints[0];

    /// <summary>Address of the status listener.</summary>
    public IPEndPoint Status => (IPEndPoint)_host.StatusEndPoints[0];

    /// <summary>Address of the admin listener, where the settings ask for one.</summary>
    public IPEndPoint Admin => (IPEndPoint)_host.AdminEndPoints[0];

    /// <summary>The settings it runs with.</summary>
    public EdgeSettings Settings { get; }

    internal EdgeHost Host => _host;

    /// <summary>Starts an edge; throws with all findings when the document is refused.</summary>
    public static Task<RunningEdge> StartAsync(string kong, params (string Name, string Value)[] settings) =>
        StartAsync(TimeProvider.System, kong, settings);

    /// <summary>As the other overload, with a clock.</summary>
    public static async Task<RunningEdge> StartAsync(TimeProvider time, string kong, params (string Name, string Value)[] settings)
    {
        Dictionary<string, string> variables = new(StringComparer.Ordinal)
        {
            ["KONG_PROXY_LISTEN"] = "127.0.0.1:0",
            ["KONG_ADMIN_LISTEN"] = "off",
            ["KONG_ADMIN_GUI_LISTEN"] = "off",
            ["KONG_STATUS_LISTEN"] = "127.0.0.1:0",
            ["KONG_PROXY_ACCESS_LOG"] = "off",
            ["KONG_PROXY_ERROR_LOG"] = "off",
            ["KONG_ADMIN_ACCESS_LOG"] = "off",
            ["EDGE_LOOPS"] = "1",
            ["KONG_DECLARATIVE_CONFIG_STRING"] = kong,
        };
        if (Environment.GetEnvironmentVariable("EDGE_TEST_TRANSPORT") is { Length: > 0 } transport)
        {
            // Every test that does not choose for itself runs on this one.
            variables["EDGE_TRANSPORT"] = transport;
        }

        foreach ((string name, string value) in settings)
        {
            variables[name] = value;
        }

        EdgeSettings parsed = EdgeSettings.From([.. variables.Select(static pair => (pair.Key, pair.Value))]);
        LoadResult loaded = new ConfigSource(parsed).Load();
        if (parsed.Refused || loaded.Refused)
        {
            throw new InvalidOperationException(DiagnosticText.Text([.. parsed.Findings, .. loaded.Findings]));
        }

        EdgeHost host = new(parsed, time);
        try
        {
            await host.StartAsync(loaded);
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }

        return new RunningEdge(host, parsed);
    }

    /// <summary>Publishes another Kong document.</summary>
    public async Task ReloadAsync(string kong)
    {
        EdgeSettings parsed = EdgeSettings.From(("KONG_DECLARATIVE_CONFIG_STRING", kong));
        await _host.ReloadAsync(new ConfigSource(parsed).Load());
    }

    /// <summary>Loads what the settings name again and publishes it.</summary>
    internal Task ReloadFilesAsync((string Name, string Value)[] settings) =>
        _host.ReloadAsync(new ConfigSource(EdgeSettings.From(settings)).Load());

    /// <summary>Completes when no client connection is left.</summary>
    public Task WhenEmptyAsync() => _host.Limits.WhenEmpty().WaitAsync(TimeSpan.FromSeconds(60));

    /// <summary>The exposition of the status listener, with everything counted whose answer has arrived.</summary>
    public async Task<string> MetricsAsync()
    {
        await SettledAsync();
        using HttpClient http = new();
        return await http.GetStringAsync($"http://{Status}/metrics");
    }

    /// <summary>
    /// Completes when every loop has done what it was doing: an exchange whose answer has arrived is counted, and its place given back, before
    /// its loop does something else.
    /// </summary>
    public async Task SettledAsync()
    {
        foreach (Exchanges.EdgeWorker worker in _host.Workers)
        {
            TaskCompletionSource passed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            worker.Loop.Post(static state => ((TaskCompletionSource)state!).SetResult(), passed);
            await passed.Task;
        }
    }

    /// <summary>Sum of every series whose line begins with the name and holds all the labels, as in <c>limit="connections"</c>.</summary>
    public async Task<double> CounterAsync(string name, params string[] labels) => (await MetricsAsync()).Split('\n')
        .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line[name.Length] is '{' or ' '
            && labels.All(label => line.Contains(label, StringComparison.Ordinal)))
        .Sum(static line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Waits until the sum of <see cref="CounterAsync"/> is what it should be: for what is counted beside the loops.</summary>
    public Task CountedAsync(double expected, string name, params string[] labels) => Eventually.TrueAsync(
        async () =>
        {
            double now = await CounterAsync(name, labels);
            return now > expected ? throw new InvalidOperationException($"{name} is {now}, not {expected}.") : now == expected;
        },
        $"{name} is {expected}");

    /// <summary>Drains with the given deadline and returns how many exchanges were cut.</summary>
    public Task<int> DrainAsync(TimeSpan deadline) => _host.DrainAsync(TimeSpan.Zero, deadline, "test");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _host.DrainAsync(TimeSpan.Zero, TimeSpan.FromSeconds(5), "test");
        int live = 0;
        foreach (Exchanges.EdgeWorker worker in _host.Workers)
        {
            TaskCompletionSource<int> count = new(TaskCreationOptions.RunContinuationsAsynchronously);
            worker.Loop.Post(_ => count.SetResult(worker.LiveExchanges + worker.Connections.Count), null);
            live += await count.Task;
        }

        int connections = _host.Limits.Total;
        await _host.DisposeAsync();
        if (live != 0 || connections != 0)
        {
            throw new InvalidOperationException($"The edge leaked: {live} exchanges or connections on loops, {connections} counted.");
        }
    }
}
