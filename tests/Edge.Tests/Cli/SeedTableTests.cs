using System.Net;
using VoltageSoda.Edge.Cli.Explain;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.Tests.Cli;

/// <summary>Holds the table against what explain says. (What comes over sockets is walked by the integration tests.)</summary>
public sealed class SeedTableTests(SampleEdge sample) : IClassFixture<SampleEdge>
{
    private const string Host = "Shop.test:8000";

    public static TheoryData<int, string, string> Requests
    {
        get
        {
            TheoryData<int, string, string> data = [];
            foreach ((int row, string method, string path) in SeedTable.Requests)
            {
                data.Add(row, method, path);
            }

            return data;
        }
    }

    [Fact]
    public void Table_IsReadWhole()
    {
        Assert.Equal(["frontend", "backend", "flavors", null, null], SeedTable.Rows.Select(static row => row.Upstream));
        Assert.Equal([5, 8, 5, 3, 3], SeedTable.Rows.Select(static row => row.Plugins.Count));
        Assert.Equal("/api/v1", SeedTable.Rows[1].Prefix);
        Assert.Equal(new SeedPlugin("response-transformer", "global", null), SeedTable.Rows[3].Plugins[0]);
        Assert.Equal(new SeedPlugin("prometheus", null, "not counted"), SeedTable.Rows[4].Plugins[2]);
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Explain_Row_SaysWhatTheTableSays(int index, string method, string path)
    {
        SeedRow row = SeedTable.Rows[index];

        Explanation explanation = await sample.ExplainAsync(Request(row, method, path));

        Assert.Equal(row.Upstream is null ? OutcomeKind.NoRoute : OutcomeKind.Proxied, explanation.Outcome.Kind);
        Assert.Equal(row.Plugins.Select(static plugin => plugin.Name).Order(), explanation.Plugins.Select(static plugin => plugin.Name).Order());
        Assert.All(row.Plugins, plugin => PluginIsExplained(plugin, explanation.Plugins.Single(explained => explained.Name == plugin.Name)));
        if (row.Upstream is null)
        {
            Assert.Null(explanation.Route);
            Assert.Equal((404, "no Route matched with those values"), (explanation.Outcome.Status, explanation.Outcome.Message));
            return;
        }

        // The table lists plugins in the order in which they run.
        Assert.Equal(row.Plugins.Select(static plugin => plugin.Name), explanation.Plugins.Select(static plugin => plugin.Name));
        Assert.Equal($"voltage-soda-{row.Upstream}-service", explanation.Route!.Service);
        ExplainedUpstream upstream = explanation.Upstream!;
        Assert.Equal(row.Target(path), upstream.Target);
        Assert.Equal(row.KeepsHost ? Host : null, upstream.Host);
        string address = sample.Upstreams[row.Upstream].Address;
        Assert.Equal(new ExplainedEndpoint(address, address, 100, row.KeepsHost ? null : address), Assert.Single(upstream.Endpoints));
        Assert.Equal(
            row.Prefix is null ? [] : [$"X-Forwarded-Prefix: {row.Prefix}"],
            upstream.Headers.Where(static line => line.StartsWith("X-Forwarded-Prefix", StringComparison.OrdinalIgnoreCase)));
    }

    private static void PluginIsExplained(SeedPlugin expected, ExplainedPlugin explained)
    {
        Assert.Equal(PluginEffect.Acts, explained.Effect);
        Assert.StartsWith(expected.Scope ?? "", explained.Scope, StringComparison.Ordinal);
        Assert.EndsWith("kong.yml", explained.Place!.File, StringComparison.Ordinal);
        Assert.Contains($"name: {expected.Name}", File.ReadAllLines(explained.Place.File)[explained.Place.Line - 1], StringComparison.Ordinal);
        string? detail = expected.Remark switch
        {
            "by consumer" => "counted by consumer: 33e571e9-c20f-5eea-b88e-6c6e00ea383d",
            "by IP" => "counted by no consumer, so by address: 127.0.0.1",
            "not counted" => "counts nothing",
            _ => null,
        };
        if (detail is not null)
        {
            Assert.Contains(explained.Details, text => text.Contains(detail, StringComparison.Ordinal));
        }
    }

    private static RequestLine Request(SeedRow row, string method, string path) => new()
    {
        Method = method,
        Target = path,
        Fields =
        [
            "Host: " + Host, "Server: client", "X-API-Version: 2",
            .. row.Has("jwt") ? [SampleEdge.Bearer("voltage-soda-admin-key")] : Array.Empty<string>(),
        ],
        Client = IPAddress.Loopback,
    };
}
