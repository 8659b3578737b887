using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Plugins;

/// <summary>Walks the table of what the sample does, over sockets, its limits counted by Redis.</summary>
[Collection(SeedCollection.Name)]
public sealed class SeedRowTests(SeedEdge seed)
{
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

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Row_DoesWhatTheTableSays(int index, string method, string path)
    {
        SeedRow row = SeedTable.Rows[index];

        RawResponse response = await seed.SendAsync($"{method} {path}", Fields(row));

        if (row.Upstream is null)
        {
            Assert.Equal(404, response.Status);
            SeedFields.Are(response, SeedFields.Gateway, SeedFields.Json, SeedFields.Global);
            if (method != "HEAD")
            {
                SeedFields.HasTemplatedBody(response, "no Route matched with those values");
            }

            return;
        }

        Assert.Equal((200, row.Upstream, "from " + row.Upstream), (response.Status, response.Header("X-From"), response.Body));
        UpstreamRequest sent = seed.Sent(row.Upstream)!;
        Assert.Equal((method, row.Target(path)), (sent.Method, sent.Target));
        Assert.Equal(row.KeepsHost ? SeedEdge.Host : seed.Upstreams[row.Upstream].Address, sent.Header("Host"));
        Assert.Equal(row.Prefix, sent.Header("X-Forwarded-Prefix"));
        Assert.Equal(("127.0.0.1", "127.0.0.1", "http", "Shop.test", path.Split('?')[0]), (
            sent.Header("X-Real-IP"), sent.Header("X-Forwarded-For"), sent.Header("X-Forwarded-Proto"), sent.Header("X-Forwarded-Host"),
            sent.Header("X-Forwarded-Path")));
        Assert.Matches("^[0-9a-f]{32}$", sent.Header("X-B3-TraceId"));
        Assert.Equal("1", sent.Header("X-B3-Sampled"));

        // Each upstream's own edits, which no other one's traffic gets.
        Assert.Equal(row.Upstream == "frontend" ? null : "client", sent.Header("Server"));
        Assert.Equal(row.Upstream == "flavors" ? "2" : null, sent.Header("API-Version"));
        Assert.Equal(row.Upstream == "flavors" ? null : "2", sent.Header("X-API-Version"));
        switch (row.Upstream)
        {
            case "frontend":
                SeedFields.Are(response, SeedFields.Proxied, SeedFields.Frontend, SeedFields.Cors);
                break;
            case "backend":
                SeedFields.Are(response, SeedFields.Proxied, SeedFields.Origin, SeedFields.Global, SeedFields.AnyQuota);
                break;
            default:
                SeedFields.Are(response, SeedFields.Proxied, SeedFields.Origin, SeedFields.Flavors, SeedFields.AnyQuota);
                break;
        }
    }

    // The guards of a row are seen by what they refuse.
    [Theory]
    [MemberData(nameof(Requests))]
    public async Task RowWithGuards_RefusesOthers(int index, string method, string path)
    {
        SeedRow row = SeedTable.Rows[index];
        int passes = row.Upstream is null ? 404 : 200;
        string request = $"{method} {path}";

        Assert.Equal(row.Has("jwt") ? 401 : passes, (await seed.SendAsync(request)).Status);
        Assert.Equal(row.Has("acl") ? 403 : passes, (await seed.SendAsync(request, SeedEdge.Bearer("api-client"))).Status);
        Assert.Equal(row.Has("acl") ? 403 : passes, (await seed.SendAsync(request, SeedEdge.Bearer("service-account"))).Status);
        if (row.Has("request-size-limiting"))
        {
            Assert.Equal(413, (await seed.SendAsync(request, [.. Fields(row), $"Content-Length: {(10 * 1024 * 1024) + 1}"])).Status);
        }
    }

    [Fact]
    public async Task Rows_AreCountedAsTheTableSays()
    {
        string[] services = [.. SeedTable.Rows.Select(static row => row.Upstream).OfType<string>()];
        foreach (SeedRow row in SeedTable.Rows)
        {
            Dictionary<string, double> expected = await CountsAsync();
            RawResponse response = await seed.SendAsync($"{row.Methods[0]} {row.Paths[0]}", Fields(row));
            Assert.Equal(row.Upstream is null ? 404 : 200, response.Status);
            if (row.Upstream is not null)
            {
                expected[row.Upstream]++;
                expected[""]++;
            }

            Assert.Equal(expected, await CountsAsync());
        }

        // By service, and under the empty name all there are.
        async Task<Dictionary<string, double>> CountsAsync()
        {
            Dictionary<string, double> counts = new() { [""] = await seed.CounterAsync("kong_http_requests_total") };
            foreach (string service in services)
            {
                counts[service] = await seed.CounterAsync("kong_http_requests_total", $"service=\"voltage-soda-{service}-service\"");
            }

            return counts;
        }
    }

    private static string[] Fields(SeedRow row) =>
        ["Server: client", "X-API-Version: 2", .. row.Has("jwt") ? [SeedEdge.Bearer("admin")] : Array.Empty<string>()];
}
