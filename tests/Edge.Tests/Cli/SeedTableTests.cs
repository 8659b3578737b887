using System.Net;
using VoltageSoda.Edge.Cli.Explain;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.Tests.Cli;

/// <summary>Holds the table against what explain says and against what comes over sockets.</summary>
public sealed class SeedTableTests(SampleEdge sample) : IClassFixture<SampleEdge>
{
    private const string Host = "Shop.test:8000";

    public static TheoryData<int, string, string> Requests
    {
        get
        {
            TheoryData<int, string, string> data = [];
            for (int row = 0; row < SeedTable.Rows.Count; row++)
            {
                foreach (string method in SeedTable.Rows[row].Methods)
                {
                    foreach (string path in SeedTable.Rows[row].Paths)
                    {
                        data.Add(row, method, path);
                    }
                }
            }

            // The rows leave these to each other: OPTIONS is not among the methods of /api/flavors, HEAD and PATCH are nowhere.
            data.Add(0, "OPTIONS", "/api/flavors/cola");
            data.Add(3, "HEAD", "/api/flavors");
            data.Add(3, "PATCH", "/api/flavors");
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
        Assert.Equal(Target(row, path), upstream.Target);
        Assert.Equal(row.KeepsHost ? Host : null, upstream.Host);
        string address = sample.Upstreams[row.Upstream].Address;
        Assert.Equal(new ExplainedEndpoint(address, address, 100, row.KeepsHost ? null : address), Assert.Single(upstream.Endpoints));
        Assert.Equal(
            row.Prefix is null ? [] : [$"X-Forwarded-Prefix: {row.Prefix}"],
            upstream.Headers.Where(static line => line.StartsWith("X-Forwarded-Prefix", StringComparison.OrdinalIgnoreCase)));
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Serve_Row_DoesWhatTheTableSays(int index, string method, string path)
    {
        SeedRow row = SeedTable.Rows[index];

        RawResponse response = await sample.SendAsync(Request(row, method, path));

        bool globalAnswer = row.Plugins.Single(static plugin => plugin.Name == "response-transformer").Scope == "global";
        Assert.Equal(globalAnswer ? "SAMEORIGIN" : null, response.Header("X-Frame-Options"));
        Assert.Equal(Has(row, "cors") ? "true" : null, response.Header("Access-Control-Allow-Credentials"));
        if (row.Upstream is null)
        {
            Assert.Equal(404, response.Status);
            Assert.Null(response.Header("X-From"));
            return;
        }

        Assert.Equal((200, row.Upstream), (response.Status, response.Header("X-From")));
        Assert.True(sample.Upstreams[row.Upstream].Requests.TryDequeue(out UpstreamRequest? sent));
        Assert.Equal((method, Target(row, path)), (sent.Method, sent.Target));
        Assert.Equal(row.KeepsHost ? Host : sample.Upstreams[row.Upstream].Address, sent.Header("Host"));
        Assert.Equal(row.Prefix, sent.Header("X-Forwarded-Prefix"));

        // Each upstream's own edits, which no other one's traffic gets.
        Assert.Equal(row.Upstream == "frontend" ? null : "client", sent.Header("Server"));
        Assert.Equal(row.Upstream == "flavors" ? "2" : null, sent.Header("API-Version"));
        Assert.Equal(row.Upstream == "frontend" ? "Voltage-Soda" : null, response.Header("X-Powered-By"));
        Assert.Equal(row.Upstream == "frontend" ? null : "origin", response.Header("Server"));
        Assert.Equal(row.Upstream == "flavors" ? "v1" : null, response.Header("X-API-Version"));
        Assert.Equal(
            row.Upstream switch { "backend" => "1000", "flavors" => "2000", _ => null }, response.Header("X-RateLimit-Limit-Minute"));
    }

    // The guards of a row are seen by what they refuse.
    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Serve_RowWithGuards_RefusesOthers(int index, string method, string path)
    {
        SeedRow row = SeedTable.Rows[index];
        RequestLine request = Request(row, method, path);
        RequestLine anonymous = request with { Fields = [.. request.Fields.Where(static field => !field.StartsWith("Authorization", StringComparison.Ordinal))] };
        int passes = row.Upstream is null ? 404 : 200;

        Assert.Equal(Has(row, "jwt") ? 401 : passes, await StatusAsync(anonymous));
        Assert.Equal(
            Has(row, "acl") ? 403 : passes,
            await StatusAsync(anonymous with { Fields = [.. anonymous.Fields, SampleEdge.Bearer("voltage-soda-client-key")] }));
        if (Has(row, "request-size-limiting"))
        {
            Assert.Equal(413, await StatusAsync(request with { Fields = [.. request.Fields, $"Content-Length: {(10 * 1024 * 1024) + 1}"] }));
        }
    }

    [Fact]
    public async Task Serve_Rows_AreCountedAsTheTableSays()
    {
        foreach (SeedRow row in SeedTable.Rows)
        {
            Dictionary<string, double> expected = await CountsAsync();
            Assert.Equal(row.Upstream is null ? 404 : 200, await StatusAsync(Request(row, row.Methods[0], row.Paths[0])));
            if (row.Upstream is not null)
            {
                string service = $"voltage-soda-{row.Upstream}-service";
                expected[service] = expected.GetValueOrDefault(service) + 1;
            }

            Assert.Equal(expected, await CountsAsync());
        }
    }

    private static bool Has(SeedRow row, string plugin) => row.Plugins.Any(candidate => candidate.Name == plugin);

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
            .. Has(row, "jwt") ? [SampleEdge.Bearer("voltage-soda-admin-key")] : Array.Empty<string>(),
        ],
        Client = IPAddress.Loopback,
    };

    // The table's "prefix stripped": what is left of the path, beginning with a slash; the query stays.
    private static string Target(SeedRow row, string path)
    {
        if (row.KeepsPath)
        {
            return path;
        }

        string rest = path[row.Prefix!.Length..];
        return rest.StartsWith('/') ? rest : "/" + rest;
    }

    private async Task<int> StatusAsync(RequestLine request)
    {
        RawResponse response = await sample.SendAsync(request);
        foreach (ScriptedUpstream upstream in sample.Upstreams.Values)
        {
            upstream.Requests.Clear();
        }

        return response.Status;
    }

    private async Task<Dictionary<string, double>> CountsAsync()
    {
        await sample.SettledAsync();
        await using RawClient client = await RawClient.ConnectAsync(sample.Status);
        RawResponse metrics = await client.ExchangeAsync("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        Dictionary<string, double> counts = [];
        foreach (string line in metrics.Body.Split('\n').Where(static line => line.StartsWith("kong_http_requests_total{", StringComparison.Ordinal)))
        {
            string service = line.Split("service=\"")[1].Split('"')[0];
            counts[service] = counts.GetValueOrDefault(service) + double.Parse(line.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture);
        }

        return counts;
    }
}
