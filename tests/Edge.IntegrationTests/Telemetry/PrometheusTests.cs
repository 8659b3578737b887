using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Telemetry;

/// <summary>What a real Prometheus and its tools make of the metrics of an edge under load.</summary>
public sealed partial class PrometheusTests
{
    private const string Plugins = """
        plugins:
        - name: prometheus
          config: {status_code_metrics: true, latency_metrics: true, bandwidth_metrics: true, upstream_health_metrics: true, per_consumer: true}
        - name: http-log
          config: {http_endpoint: "http://127.0.0.1:1", queue: {max_entries: 10}}
        """;

    [Fact]
    public async Task Dashboard_OfKong_EveryExpressionReturnsData()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("hello"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, tail: Plugins));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        using PrometheusProcess prometheus = await PrometheusProcess.StartAsync(edge.Status);
        foreach (string line in RepositoryFiles.Lines("tests/Prometheus/dashboard.promql"))
        {
            if (line.Length == 0 || line.StartsWith('#'))
            {
                continue;
            }

            string expression = line.Replace("$service", ".*").Replace("$route", ".*").Replace("$instance", ".*").Replace("$upstream", ".*");
            await UntilDataAsync(client, prometheus, expression);
        }
    }

    [Fact]
    public async Task Promtool_FindsOnlyWhatKongsNamesProvoke()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("hello"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, tail: Plugins));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        ProcessStartInfo start = new("promtool", ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true };
        using Process promtool = Process.Start(start)!;
        Task<string> output = promtool.StandardOutput.ReadToEndAsync();
        Task<string> errors = promtool.StandardError.ReadToEndAsync();
        await promtool.StandardInput.WriteAsync(await Metrics.ReadAsync(edge));
        promtool.StandardInput.Close();
        string said = await output + await errors;

        string[] known = RepositoryFiles.Lines("tests/Prometheus/promtool.txt");
        Assert.Empty(said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Except(known));
    }

    [Fact]
    public async Task Scrape_ThatWouldTakeOpenMetrics_GetsText()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("hello"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, tail: Plugins), ("KONG_ADMIN_LISTEN", "127.0.0.1:0"));
        using HttpClient scraper = new();
        foreach (System.Net.EndPoint surface in (System.Net.EndPoint[])[edge.Status, edge.Host.AdminEndPoints[0]])
        {
            using HttpRequestMessage request = new(HttpMethod.Get, $"http://{surface}/metrics");
            request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse("application/openmetrics-text;version=1.0.0;q=0.75"));
            request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse("text/plain;version=0.0.4;q=0.5"));
            using HttpResponseMessage response = await scraper.SendAsync(request);
            Assert.Equal("text/plain; charset=UTF-8", response.Content.Headers.GetValues("Content-Type").Single());
            Assert.DoesNotContain("# EOF", await response.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task Scrape_OfManyRoutes_LeavesInLargeChunks()
    {
        const int Routes = 40, Least = 32 * 1024;
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("hello"));
        string routes = string.Concat(Enumerable.Range(0, Routes).Select(static i => $"- {{name: r{i}, service: app, paths: [/r{i}/]}}\n"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, tail: $"routes:\n{routes}{Plugins}"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        for (int i = 0; i < Routes; i++)
        {
            Assert.Equal(200, (await client.ExchangeAsync($"GET /r{i}/ HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        }

        await using RawClient scraper = await RawClient.ConnectAsync(edge.Status);
        await scraper.SendAsync("GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        string answer = await scraper.ToEndAsync();
        List<int> chunks = [];
        for (int at = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4; at < answer.Length;)
        {
            int end = answer.IndexOf("\r\n", at, StringComparison.Ordinal);
            chunks.Add(Convert.ToInt32(answer[at..end], 16));
            at = end + 2 + chunks[^1] + 2;
        }

        // The last is empty, and the one before it is what is left.
        Assert.Equal(0, chunks[^1]);
        Assert.True(chunks.Count > 4, $"{chunks.Count} chunks");
        Assert.All(chunks[..^2], static size => Assert.True(size >= Least, $"{size} bytes"));
    }

    [Fact]
    public async Task Series_AreKongs_OverScopesAndReloads()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("hello"));
        const string Route = "plugins:\n- name: prometheus\n  config: {status_code_metrics: true}";
        string kong = KongText.Single(upstream.Address, routeExtra: Route);
        await using RunningEdge edge = await RunningEdge.StartAsync(kong);
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await edge.ReloadAsync(kong);
        await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await client.ExchangeAsync("GET /% HTTP/1.1\r\nHost: a\r\n\r\n");

        string text = await Metrics.ReadAsync(edge);
        Assert.Contains("kong_http_requests_total{service=\"app\",route=\"all\",code=\"200\",source=\"service\",consumer=\"\"} 2\n", text);
        Assert.Single(text.Split('\n'), static line => line.StartsWith("kong_http_requests_total{", StringComparison.Ordinal));
        Assert.DoesNotContain("kong_bandwidth_bytes{", text);
        Assert.DoesNotContain("kong_kong_latency_ms", text);
        Assert.DoesNotContain("kong_upstream_target_health{", text);
    }

    [Fact]
    public async Task Consumers_OverTheBudget_ShareOneLabel()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("hello"));
        await using RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(upstream.Address, tail: Plugins), ("EDGE_METRICS_SERIES", "3"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        string[] methods = ["GET", "POST", "DELETE"];
        foreach (string method in methods)
        {
            await client.ExchangeAsync($"{method} / HTTP/1.1\r\nHost: a\r\n\r\n");
        }

        // One status and two directions take the budget; a second status falls into the class of the overflow consumer.
        await using ScriptedUpstream other = ScriptedUpstream.Respond(static _ => "HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n");
        await edge.ReloadAsync(KongText.Single(other.Address, tail: Plugins));
        await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        string text = await Metrics.ReadAsync(edge);
        Assert.Equal(3, Metrics.Value(text, "kong_http_requests_total{service=\"app\",route=\"all\",code=\"200\""));
        Assert.Equal(1, Metrics.Value(text, "kong_http_requests_total{service=\"app\",route=\"all\",code=\"4xx\",source=\"service\",consumer=\"overflow\"}"));
        Assert.Equal(1, Metrics.Value(text, "vse_metric_series_overflow_total"));
    }

    [Fact]
    public async Task Page_NamesEveryMetric_WithItsLabels()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("hello"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, tail: Plugins));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        string text = await Metrics.ReadAsync(edge);
        SortedDictionary<string, string> shown = new(StringComparer.Ordinal);
        foreach (string line in text.Split('\n'))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                shown[line.Split(' ')[2]] = line.Split(' ')[3];
            }
        }

        Dictionary<string, (string Labels, string Type)> told = [];
        foreach (string line in RepositoryFiles.Lines("docs/metrics.md"))
        {
            if (Row().Match(line) is { Success: true } row)
            {
                told.Add(row.Groups[1].Value, (row.Groups[2].Value, row.Groups[3].Value));
            }
        }

        string[] exposed = [.. shown.Select(static pair => $"{pair.Key} {pair.Value}")];
        string[] documented = [.. told.Select(static pair => $"{pair.Key} {pair.Value.Type}")];
        Assert.Empty(exposed.Except(documented));

        // Those of a Redis are shown once there is one, Istio's on another page.
        Assert.DoesNotContain(
            documented.Except(exposed),
            static row => !row.StartsWith("edge_redis_", StringComparison.Ordinal) && !row.StartsWith("istio_", StringComparison.Ordinal));
        foreach (string line in text.Split('\n').Where(static line => line.Length != 0 && line[0] != '#'))
        {
            Match sample = Sample().Match(line);
            string name = sample.Groups[1].Value;
            string family = told.ContainsKey(name) ? name : name[..name.LastIndexOf('_')];
            string labels = string.Join(',', Label().Matches(sample.Groups[2].Value).Select(static match => match.Groups[1].Value).Where(static label => label != "le"));
            Assert.Equal($"{family}: {told[family].Labels}", $"{family}: {labels}");
        }
    }

    [GeneratedRegex(@"^\| `([a-z0-9_]+)(?:\{([a-z_,]+)\})?` \| (counter|gauge|histogram) \|")]
    private static partial Regex Row();

    [GeneratedRegex(@"^([a-z0-9_]+)(?:\{(.*)\})? ")]
    private static partial Regex Sample();

    [GeneratedRegex("([a-z_]+)=\"[^\"]*\"")]
    private static partial Regex Label();

    private static async Task UntilDataAsync(RawClient client, PrometheusProcess prometheus, string expression)
    {
        // Scrapes come when Prometheus wants them, and what they brought is known by asking.
        await Eventually.TrueAsync(
            async () =>
            {
                await client.ExchangeAsync("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
                JsonElement[] result = await prometheus.QueryAsync(expression);
                return result.Length != 0 && result.All(static series => series.GetProperty("value")[1].GetString() != "NaN");
            },
            $"there is data for {expression}");
    }
}
