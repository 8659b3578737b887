using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Tests.Telemetry;

public sealed class PrometheusWriterTests
{
    private const RouteMetricSet All =
        RouteMetricSet.StatusCodes | RouteMetricSet.Latency | RouteMetricSet.Bandwidth | RouteMetricSet.PerConsumer;

    private static readonly NodeIdentity Node = new("849373c5-45c1-4c1d-b595-fdeaea6daed8", "3.4.2", "edge-0", 4711);

    [Fact]
    public void Write_RecordedExchanges_MatchesKongsText()
    {
        EdgeMetrics metrics = Metrics(loops: 2);
        RouteMetrics route = metrics.Route("backend", "api", All);
        int admin = metrics.Consumer("admin");
        route.Record(0, 200, ResponseSource.Service, admin, 100, 1000, kongMs: 1, upstreamMs: 25, requestMs: 26);
        route.Record(1, 200, ResponseSource.Service, admin, 100, 1000, kongMs: 2, upstreamMs: 26, requestMs: 28);
        route.Record(1, 429, ResponseSource.Kong, EdgeMetrics.NoConsumer, 50, 70, kongMs: 1001, upstreamMs: -1, requestMs: 60001);
        metrics.Route("assets", "web", All).Record(0, 304, ResponseSource.Service, 0, 10, 0, -1, -1, -1);

        string text = Write(metrics);

        string kong = string.Join('\n', text.Split('\n').Where(static line => line.Contains("service=", StringComparison.Ordinal)));
        Assert.Equal(Golden.ReplaceLineEndings("\n"), kong);
    }

    [Fact]
    public void Write_AnyState_FamiliesFollowTheAlphabetAsKongSortsThem()
    {
        EdgeMetrics metrics = Metrics();
        metrics.Route("s", "r", All).Record(0, 200, ResponseSource.Service, 0, 1, 1, 1, 1, 1);

        ExpositionParser parsed = ExpositionParser.Parse(Write(metrics, [Row("u", TargetHealth.Healthy)]));

        string[] kong = [.. parsed.Order.Where(static name => name.StartsWith("kong_", StringComparison.Ordinal))];
        Assert.Equal(
            [
                "kong_bandwidth_bytes", "kong_datastore_reachable", "kong_http_requests_total", "kong_kong_latency_ms",
                "kong_memory_lua_shared_dict_bytes", "kong_memory_lua_shared_dict_total_bytes", "kong_memory_workers_lua_vms_bytes",
                "kong_nginx_connections_total", "kong_nginx_metric_errors_total", "kong_nginx_requests_total", "kong_nginx_timers",
                "kong_node_info", "kong_request_latency_ms", "kong_upstream_latency_ms", "kong_upstream_target_health",
            ],
            kong);
        Assert.Equal("gauge", parsed.Families["kong_nginx_connections_total"].Type);
        Assert.Equal("counter", parsed.Families["kong_http_requests_total"].Type);
        Assert.Equal("histogram", parsed.Families["kong_kong_latency_ms"].Type);
    }

    [Fact]
    public void Write_NodeMetrics_HaveKongsLabels()
    {
        EdgeMetrics metrics = Metrics();
        LoopMetrics loop = metrics.Loop(0);
        for (int i = 0; i < 3; i++)
        {
            loop.ConnectionAccepted();
            loop.ConnectionOpened();
        }

        loop.ConnectionMoved(ConnectionPhase.Waiting, ConnectionPhase.Reading);
        loop.ConnectionMoved(ConnectionPhase.Reading, ConnectionPhase.Writing);
        loop.RequestStarted();
        loop.ConnectionClosed(ConnectionPhase.Waiting, CloseReason.ClientClosed);

        ExpositionParser parsed = ExpositionParser.Parse(Write(metrics));

        (string, string) node = ("node_id", Node.NodeId);
        (string, string) http = ("subsystem", "http");
        string[] states = ["accepted", "active", "handled", "reading", "total", "waiting", "writing"];
        Assert.Equal(
            [3, 2, 3, 0, 1, 1, 1], states.Select(state => parsed.Value("kong_nginx_connections_total", node, http, ("state", state))));
        Assert.Equal(1, parsed.Value("kong_nginx_requests_total", node, http));
        Assert.Equal(1, parsed.Value("kong_node_info", node, ("version", "3.4.2")));
        Assert.Equal(1, parsed.Value("kong_datastore_reachable"));
        Assert.Equal(0, parsed.Value("kong_nginx_metric_errors_total"));
        Assert.True(parsed.Value("kong_memory_workers_lua_vms_bytes", node, ("pid", "4711"), ("kong_subsystem", "http")) > 0);
        Assert.True(parsed.Value("kong_memory_lua_shared_dict_bytes", node, ("shared_dict", "kong"), ("kong_subsystem", "http")) >= 0);
        Assert.Equal(0, parsed.Value("kong_nginx_timers", ("state", "running")));
        Assert.Equal(2, parsed.Value("edge_connections", ("state", "active")));
        Assert.Equal(1, parsed.Value("edge_connections_closed_total", ("reason", "client_closed")));
        Assert.Equal(0, parsed.Value("edge_connections_closed_total", ("reason", "drain")));
    }

    [Fact]
    public void Write_NothingRecorded_OmitsRouteFamiliesAndStaysValid()
    {
        ExpositionParser parsed = ExpositionParser.Parse(Write(Metrics()));

        Assert.DoesNotContain("kong_http_requests_total", parsed.Order);
        Assert.DoesNotContain("kong_kong_latency_ms", parsed.Order);
        Assert.DoesNotContain("kong_upstream_target_health", parsed.Order);
    }

    [Fact]
    public void Write_HistogramOfEveryValue_IsCumulativeAndAddsUp()
    {
        EdgeMetrics metrics = Metrics(loops: 3);
        RouteMetrics route = metrics.Route("s", "r", RouteMetricSet.Latency);
        int[] values = [0, 1, 2, 3, 7, 8, 999, 1000, 1001, 30000, 60000, 60001, int.MaxValue];
        for (int i = 0; i < values.Length; i++)
        {
            route.Record(i % 3, 200, ResponseSource.Service, 0, 0, 0, values[i], values[i], values[i]);
        }

        ExpositionParser parsed = ExpositionParser.Parse(Write(metrics));

        foreach (string name in new[] { "kong_kong_latency_ms", "kong_request_latency_ms", "kong_upstream_latency_ms" })
        {
            List<ExpositionParser.Sample> buckets = parsed.Families[name].Samples.FindAll(static s => s.Name.EndsWith("_bucket", StringComparison.Ordinal));
            Assert.Equal("+Inf", buckets[^1].Labels[^1].Value);
            foreach (ExpositionParser.Sample bucket in buckets[..^1])
            {
                int bound = int.Parse(bucket.Labels[^1].Value);
                Assert.Equal(values.Count(value => value <= bound), bucket.Value);
            }

            (string, string)[] labels = [("service", "s"), ("route", "r")];
            Assert.Equal(values.Length, buckets[^1].Value);
            Assert.Equal(values.Length, parsed.Value(name + "_count", labels));
            Assert.Equal(values.Sum(static value => (long)value), parsed.Value(name + "_sum", labels));
        }
    }

    [Fact]
    public void Write_HostileNames_AreEscaped()
    {
        EdgeMetrics metrics = Metrics();
        const string Service = "a\"b\\c\nd é \ud83e\udd64";
        metrics.Route(Service, "r\u0001", RouteMetricSet.StatusCodes).Record(0, 200, ResponseSource.Service, 0, 0, 0, 0, 0, 0);
        metrics.Cluster("x\"\n").ConnectionOpened(0);

        ExpositionParser parsed = ExpositionParser.Parse(Write(metrics));

        Assert.Equal(1, parsed.Value(
            "kong_http_requests_total", ("service", Service), ("route", "r\u0001"), ("code", "200"), ("source", "service"), ("consumer", "")));
        Assert.Equal(1, parsed.Value("vse_upstream_connections_opened_total", ("cluster", "x\"\n")));
    }

    [Fact]
    public void Write_TargetHealth_PrintsFourStatesPerAddress()
    {
        string text = Write(
            Metrics(),
            [
                new TargetHealthRow("u2", "b:80", "", TargetHealth.DnsError, 100),
                new TargetHealthRow("u1", "a:80", "10.0.0.2:80", TargetHealth.Unhealthy, 100),
                new TargetHealthRow("u1", "a:80", "10.0.0.1:80", TargetHealth.Healthy, 100),
            ]);

        string[] lines = [.. text.Split('\n').Where(static line => line.StartsWith("kong_upstream_target_health{", StringComparison.Ordinal))];
        Assert.Equal(12, lines.Length);
        Assert.Equal(
            "kong_upstream_target_health{upstream=\"u1\",target=\"a:80\",address=\"10.0.0.1:80\",state=\"healthy\",subsystem=\"http\"} 1", lines[2]);
        Assert.Equal(
            "kong_upstream_target_health{upstream=\"u1\",target=\"a:80\",address=\"10.0.0.2:80\",state=\"unhealthy\",subsystem=\"http\"} 1", lines[7]);
        Assert.Equal(
            "kong_upstream_target_health{upstream=\"u2\",target=\"b:80\",address=\"\",state=\"dns_error\",subsystem=\"http\"} 1", lines[8]);
        Assert.Equal(3, lines.Count(static line => line.EndsWith(" 1", StringComparison.Ordinal)));
        ExpositionParser.Parse(text);
    }

    [Fact]
    public void Write_OwnCounters_HaveTheirLabels()
    {
        EdgeMetrics metrics = new(new MetricsOptions { Loops = 2, ProtocolErrorKinds = ["", "te_and_cl", "bad_method", "te_and_cl"] });
        metrics.Loop(0).ProtocolError(ProtocolSide.Downstream, ProtocolName.Http1, 1);
        metrics.Loop(1).ProtocolError(ProtocolSide.Downstream, ProtocolName.Http1, 3);
        metrics.Loop(1).ProtocolError(ProtocolSide.Upstream, ProtocolName.WebSocket, 2);
        metrics.Loop(1).LimitHit(LimitKind.HeaderCount);
        metrics.Loop(0).ConnectionAccepted();
        metrics.Loop(0).ConnectionRefused(CloseReason.Limit);
        metrics.Loop(0).InternalError();
        metrics.Loop(1).Retried();
        ClusterMetrics cluster = metrics.Cluster("backend");
        cluster.ConnectionOpened(0);
        cluster.ConnectionReused(1);
        cluster.ConnectionReused(1);
        cluster.ConnectionPoisoned(1);
        cluster.Retried(0);
        cluster.ConnectionReset(1, UpstreamResetStage.Body);
        metrics.Reloaded(published: true);
        metrics.Reloaded(published: false);
        metrics.Reloaded(published: false);
        metrics.AddLog("access", static () => 42);
        metrics.DrainState = DrainState.Draining;

        ExpositionParser parsed = ExpositionParser.Parse(Write(metrics));

        Assert.Equal(2, parsed.Value("edge_protocol_errors_total", ("side", "downstream"), ("proto", "h1"), ("kind", "te_and_cl")));
        Assert.Equal(1, parsed.Value("edge_protocol_errors_total", ("side", "upstream"), ("proto", "websocket"), ("kind", "bad_method")));

        // Two kinds on two sides of HTTP/1.1 from the start, and what else happened.
        Assert.Equal(0, parsed.Value("edge_protocol_errors_total", ("side", "upstream"), ("proto", "h1"), ("kind", "te_and_cl")));
        Assert.Equal(5, parsed.Families["edge_protocol_errors_total"].Samples.Count);
        Assert.Equal(0, parsed.Value("edge_h2_goaway_total", ("code", "enhance_your_calm")));
        Assert.Equal(1, parsed.Value("edge_limits_hit_total", ("limit", "header_count")));
        Assert.Equal(1, parsed.Value("edge_connections_closed_total", ("reason", "limit")));
        Assert.Equal(1, parsed.Value("vse_internal_errors_total"));
        Assert.Equal(1, parsed.Value("vse_retries_total"));
        Assert.Equal(1, parsed.Value("vse_upstream_connections_opened_total", ("cluster", "backend")));
        Assert.Equal(2, parsed.Value("vse_upstream_connections_reused_total", ("cluster", "backend")));
        Assert.Equal(1, parsed.Value("vse_upstream_retries_total", ("cluster", "backend")));
        Assert.Equal(1, parsed.Value("edge_upstream_poisoned_total", ("cluster", "backend")));
        Assert.Equal(1, parsed.Value("edge_upstream_reset_total", ("cluster", "backend"), ("when", "body")));
        Assert.Equal(0, parsed.Value("edge_upstream_reset_total", ("cluster", "backend"), ("when", "head")));
        Assert.Equal(Enum.GetValues<UpstreamResetStage>().Length, parsed.Families["edge_upstream_reset_total"].Samples.Count);
        Assert.Equal(1, parsed.Value("vse_config_reloads_total", ("result", "published")));
        Assert.Equal(2, parsed.Value("vse_config_reloads_total", ("result", "refused")));
        Assert.Equal(42, parsed.Value("vse_log_lines_dropped_total", ("log", "access")));
        Assert.Equal(2, parsed.Value("edge_drain_state"));
        Assert.True(parsed.Value("edge_memory_bytes", ("kind", "resident")) > 0);
    }

    [Fact]
    public async Task WriteAsync_SlowReader_HoldsAFewBuffersAndLosesNothing()
    {
        EdgeMetrics metrics = Metrics();
        for (int i = 0; i < 500; i++)
        {
            metrics.Route("service", $"route-{i:D4}", All).Record(0, 200, ResponseSource.Service, 0, 1, 1, 1, 1, 1);
        }

        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 64 * 1024, resumeWriterThreshold: 32 * 1024));
        Task writing = Task.Run(async () =>
        {
            await PrometheusWriter.WriteAsync(pipe.Writer, metrics, Node, null, CancellationToken.None);
            await pipe.Writer.CompleteAsync();
        });
        var text = new StringBuilder();
        long largest = 0;
        while (true)
        {
            ReadResult read = await pipe.Reader.ReadAsync();
            largest = Math.Max(largest, read.Buffer.Length);
            text.Append(Encoding.UTF8.GetString(read.Buffer.ToArray()));
            pipe.Reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                break;
            }
        }

        await writing;
        Assert.InRange(largest, 1, 128 * 1024);
        Assert.True(text.Length > 1_000_000);
        Assert.Equal(500, ExpositionParser.Parse(text.ToString()).Families["kong_http_requests_total"].Samples.Count);
    }

    [Fact]
    public async Task WriteAsync_ReaderGone_Stops()
    {
        EdgeMetrics metrics = Metrics();
        for (int i = 0; i < 500; i++)
        {
            metrics.Route("service", $"route-{i:D4}", All).Record(0, 200, ResponseSource.Service, 0, 1, 1, 1, 1, 1);
        }

        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 64 * 1024));
        await pipe.Reader.CompleteAsync();

        await PrometheusWriter.WriteAsync(pipe.Writer, metrics, Node, null, CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
    }

    private const string Golden =
        """
        kong_bandwidth_bytes{service="assets",route="web",direction="ingress",consumer=""} 10
        kong_bandwidth_bytes{service="backend",route="api",direction="egress",consumer=""} 70
        kong_bandwidth_bytes{service="backend",route="api",direction="egress",consumer="admin"} 2000
        kong_bandwidth_bytes{service="backend",route="api",direction="ingress",consumer=""} 50
        kong_bandwidth_bytes{service="backend",route="api",direction="ingress",consumer="admin"} 200
        kong_http_requests_total{service="assets",route="web",code="304",source="service",consumer=""} 1
        kong_http_requests_total{service="backend",route="api",code="200",source="service",consumer="admin"} 2
        kong_http_requests_total{service="backend",route="api",code="429",source="kong",consumer=""} 1
        kong_kong_latency_ms_bucket{service="backend",route="api",le="1"} 1
        kong_kong_latency_ms_bucket{service="backend",route="api",le="2"} 2
        kong_kong_latency_ms_bucket{service="backend",route="api",le="5"} 2
        kong_kong_latency_ms_bucket{service="backend",route="api",le="7"} 2
        kong_kong_latency_ms_bucket{service="backend",route="api",le="10"} 2
        kong_kong_latency_ms_bucket{service="backend",route="api",le="15"} 2
        kong_kong_latency_ms_bucket{service="backend",route="api",le="20"} 2
        kong_kong_latency_ms_bucket{service="backend",route="api",le="30"} 2
        kong_kong_latency_ms_bucket{service="backend",route="api",le="50"} 2
        kong_kong_latency_ms_bucket{service="backend",route="api",le="75"} 2
        kong_kong_latency_ms_bucket{service="backend",route="api",le="100"} 2
        kong_kong_latency_ms_bucket{service="backend",route="api",le="200"} 2
        kong_kong_latency_ms_bucket{service="backend",route="api",le="500"} 2
        kong_kong_latency_ms_bucket{service="backend",route="api",le="750"} 2
        kong_kong_latency_ms_bucket{service="backend",route="api",le="1000"} 2
        kong_kong_latency_ms_bucket{service="backend",route="api",le="+Inf"} 3
        kong_kong_latency_ms_count{service="backend",route="api"} 3
        kong_kong_latency_ms_sum{service="backend",route="api"} 1004
        kong_request_latency_ms_bucket{service="backend",route="api",le="25"} 0
        kong_request_latency_ms_bucket{service="backend",route="api",le="50"} 2
        kong_request_latency_ms_bucket{service="backend",route="api",le="80"} 2
        kong_request_latency_ms_bucket{service="backend",route="api",le="100"} 2
        kong_request_latency_ms_bucket{service="backend",route="api",le="250"} 2
        kong_request_latency_ms_bucket{service="backend",route="api",le="400"} 2
        kong_request_latency_ms_bucket{service="backend",route="api",le="700"} 2
        kong_request_latency_ms_bucket{service="backend",route="api",le="1000"} 2
        kong_request_latency_ms_bucket{service="backend",route="api",le="2000"} 2
        kong_request_latency_ms_bucket{service="backend",route="api",le="5000"} 2
        kong_request_latency_ms_bucket{service="backend",route="api",le="10000"} 2
        kong_request_latency_ms_bucket{service="backend",route="api",le="30000"} 2
        kong_request_latency_ms_bucket{service="backend",route="api",le="60000"} 2
        kong_request_latency_ms_bucket{service="backend",route="api",le="+Inf"} 3
        kong_request_latency_ms_count{service="backend",route="api"} 3
        kong_request_latency_ms_sum{service="backend",route="api"} 60055
        kong_upstream_latency_ms_bucket{service="backend",route="api",le="25"} 1
        kong_upstream_latency_ms_bucket{service="backend",route="api",le="50"} 2
        kong_upstream_latency_ms_bucket{service="backend",route="api",le="80"} 2
        kong_upstream_latency_ms_bucket{service="backend",route="api",le="100"} 2
        kong_upstream_latency_ms_bucket{service="backend",route="api",le="250"} 2
        kong_upstream_latency_ms_bucket{service="backend",route="api",le="400"} 2
        kong_upstream_latency_ms_bucket{service="backend",route="api",le="700"} 2
        kong_upstream_latency_ms_bucket{service="backend",route="api",le="1000"} 2
        kong_upstream_latency_ms_bucket{service="backend",route="api",le="2000"} 2
        kong_upstream_latency_ms_bucket{service="backend",route="api",le="5000"} 2
        kong_upstream_latency_ms_bucket{service="backend",route="api",le="10000"} 2
        kong_upstream_latency_ms_bucket{service="backend",route="api",le="30000"} 2
        kong_upstream_latency_ms_bucket{service="backend",route="api",le="60000"} 2
        kong_upstream_latency_ms_bucket{service="backend",route="api",le="+Inf"} 2
        kong_upstream_latency_ms_count{service="backend",route="api"} 2
        kong_upstream_latency_ms_sum{service="backend",route="api"} 51
        """;

    private static EdgeMetrics Metrics(int loops = 1) => new(new MetricsOptions { Loops = loops, ProtocolErrorKinds = ["none"] });

    private static TargetHealthRow Row(string upstream, TargetHealth health) => new(upstream, "a:80", "10.0.0.1:80", health, 100);

    private static string Write(EdgeMetrics metrics, IReadOnlyList<TargetHealthRow>? health = null)
    {
        var output = new ArrayBufferWriter<byte>();
        PrometheusWriter.Write(output, metrics, Node, health);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
