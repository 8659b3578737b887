using System.Buffers;
using System.Text;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Tests.Transport;

namespace VoltageSoda.Edge.Tests.Telemetry;

public sealed class EdgeMetricsTests
{
    private const RouteMetricSet All =
        RouteMetricSet.StatusCodes | RouteMetricSet.Latency | RouteMetricSet.Bandwidth | RouteMetricSet.PerConsumer;

    private static readonly NodeIdentity Node = new("id", "3.4.2", "host", 1);

    [Fact]
    public void Record_WarmLabelSets_AllocatesNothing()
    {
        EdgeMetrics metrics = Metrics();
        RouteMetrics route = metrics.Route("s", "r", All);
        ClusterMetrics cluster = metrics.Cluster("c");
        int consumer = metrics.Consumer("admin");
        int rounds = 0;
        SettleMany();
        Assert.Equal(0, Allocations.Least(() =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            SettleMany();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }));

        void SettleMany()
        {
            rounds++;
            for (int i = 0; i < 10_000; i++)
            {
                Settle(metrics.Loop(0), cluster, route, consumer);
            }
        }

        Assert.Equal(20_000 * rounds, Scrape(metrics).Value("kong_kong_latency_ms_count", ("service", "s"), ("route", "r")));
    }

    [Theory]
    [InlineData(RouteMetricSet.None, "")]
    [InlineData(RouteMetricSet.UpstreamHealth, "")]
    [InlineData(RouteMetricSet.PerConsumer, "")]
    [InlineData(RouteMetricSet.StatusCodes, "kong_http_requests_total")]
    [InlineData(RouteMetricSet.Bandwidth, "kong_bandwidth_bytes")]
    [InlineData(RouteMetricSet.Latency, "kong_kong_latency_ms kong_request_latency_ms kong_upstream_latency_ms")]
    public void Record_OnlyWhatThePluginSwitchesOn(RouteMetricSet enabled, string families)
    {
        EdgeMetrics metrics = Metrics();
        metrics.Route("s", "r", enabled).Record(0, 200, ResponseSource.Service, 0, 1, 1, 1, 1, 1);

        IEnumerable<string> recorded = Scrape(metrics).Families.Values
            .Where(static family => family.Samples.Any(static sample => sample.Labels.Contains(("service", "s"))))
            .Select(static family => family.Name);
        Assert.Equal(families, string.Join(' ', recorded.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void Record_WithoutPerConsumer_LeavesTheLabelEmpty()
    {
        EdgeMetrics metrics = Metrics();
        int consumer = metrics.Consumer("admin");
        metrics.Route("s", "r", RouteMetricSet.StatusCodes).Record(0, 200, ResponseSource.Service, consumer, 1, 1, 1, 1, 1);

        Assert.Equal(1, Requests(Scrape(metrics), "s", "r", "200", ""));
    }

    [Theory]
    [InlineData(99, "0")]
    [InlineData(600, "0")]
    [InlineData(-1, "0")]
    [InlineData(100, "100")]
    [InlineData(599, "599")]
    public void Record_StatusOutsideTheRange_CountsAsZero(int status, string code)
    {
        EdgeMetrics metrics = Metrics();
        metrics.Route("s", "r", All).Record(0, status, ResponseSource.Service, 0, 0, 0, -1, -1, -1);

        Assert.Equal(1, Requests(Scrape(metrics), "s", "r", code, ""));
    }

    [Fact]
    public void Route_SameNamesAfterReload_GoesOnCounting()
    {
        EdgeMetrics metrics = Metrics();
        metrics.BeginGeneration();
        RouteMetrics old = metrics.Route("s", "r", All);
        int consumer = metrics.Consumer("admin");
        metrics.CommitGeneration();
        old.Record(0, 200, ResponseSource.Service, consumer, 0, 0, 1, 1, 1);
        metrics.BeginGeneration();
        RouteMetrics next = metrics.Route("s", "r", All);
        metrics.CommitGeneration();
        next.Record(0, 200, ResponseSource.Service, metrics.Consumer("admin"), 0, 0, 1, 1, 1);
        old.Record(0, 200, ResponseSource.Service, consumer, 0, 0, 1, 1, 1);

        Assert.Equal(3, Requests(Scrape(metrics), "s", "r", "200", "admin"));
        Assert.Same(metrics.Cluster("c"), metrics.Cluster("c"));
    }

    [Fact]
    public void Route_Removed_IsShownForAWhileAndThenForgotten()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var metrics = new EdgeMetrics(new MetricsOptions { Loops = 1, ProtocolErrorKinds = [], Time = time, MaxSeries = 2 });
        metrics.BeginGeneration();
        metrics.Route("s", "old", All).Record(0, 200, ResponseSource.Service, 0, 1, 0, -1, -1, -1);
        metrics.Cluster("old");
        metrics.CommitGeneration();
        metrics.BeginGeneration();
        metrics.Route("s", "new", All);
        metrics.CommitGeneration();
        time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(1, Requests(Scrape(metrics), "s", "old", "200", ""));
        Assert.Contains(metrics.ReadClusters(), static cluster => cluster.Name == "old");

        time.Advance(TimeSpan.FromMinutes(1));
        Assert.DoesNotContain("kong_http_requests_total", Scrape(metrics).Families.Keys);
        Assert.DoesNotContain(metrics.ReadClusters(), static cluster => cluster.Name == "old");

        // The budget that it held is free again.
        metrics.Route("s", "new", All).Record(0, 200, ResponseSource.Service, 0, 1, 0, -1, -1, -1);
        Assert.Equal(1, Requests(Scrape(metrics), "s", "new", "200", ""));
    }

    [Fact]
    public void Route_OverTheBudget_SharesOneOverflowSeriesAndKeepsTheLiveOnes()
    {
        var metrics = new EdgeMetrics(new MetricsOptions { Loops = 1, ProtocolErrorKinds = [], MaxRoutes = 2 });
        metrics.BeginGeneration();
        foreach (string route in new[] { "a", "b", "c", "d" })
        {
            metrics.Route("s", route, All).Record(0, 200, ResponseSource.Service, 0, 0, 0, -1, -1, -1);
        }

        metrics.CommitGeneration();

        ExpositionParser parsed = Scrape(metrics);
        Assert.Equal(1, Requests(parsed, "s", "a", "200", ""));
        Assert.Equal(1, Requests(parsed, "s", "b", "200", ""));
        Assert.Equal(2, Requests(parsed, "overflow", "overflow", "200", ""));
        Assert.Equal(2, parsed.Value("vse_metric_series_overflow_total"));
    }

    [Fact]
    public void Route_BudgetFullOfRetiredNames_MakesRoomForNewOnes()
    {
        var metrics = new EdgeMetrics(new MetricsOptions { Loops = 1, ProtocolErrorKinds = [], MaxRoutes = 2, MaxSeries = 2 });
        for (int reload = 0; reload < 10; reload++)
        {
            metrics.BeginGeneration();
            metrics.Route("s", $"route-{reload}", All).Record(0, 200, ResponseSource.Service, 0, 0, 0, -1, -1, -1);
            metrics.Cluster($"cluster-{reload}");
            metrics.CommitGeneration();
        }

        ExpositionParser parsed = Scrape(metrics);
        Assert.Equal(1, Requests(parsed, "s", "route-9", "200", ""));
        Assert.Equal(0, parsed.Value("vse_metric_series_overflow_total"));
        Assert.InRange(parsed.Families["vse_upstream_connections_opened_total"].Samples.Count, 1, 2);
    }

    [Fact]
    public void Route_RefusedCompilation_DoesNotRetireTheRunningOnes()
    {
        var metrics = new EdgeMetrics(new MetricsOptions { Loops = 1, ProtocolErrorKinds = [], MaxRoutes = 1 });
        metrics.BeginGeneration();
        RouteMetrics running = metrics.Route("s", "running", All);
        metrics.CommitGeneration();
        metrics.BeginGeneration();
        metrics.Route("s", "refused", All);
        running.Record(0, 200, ResponseSource.Service, 0, 0, 0, -1, -1, -1);

        Assert.Equal(1, Requests(Scrape(metrics), "s", "running", "200", ""));
    }

    [Fact]
    public void Consumer_OverTheBudget_IsLabelledOverflow()
    {
        var metrics = new EdgeMetrics(new MetricsOptions { Loops = 1, ProtocolErrorKinds = [], MaxConsumers = 1 });
        RouteMetrics route = metrics.Route("s", "r", All);
        foreach (string name in new[] { "first", "second", "third" })
        {
            route.Record(0, 200, ResponseSource.Service, metrics.Consumer(name), 0, 0, -1, -1, -1);
        }

        ExpositionParser parsed = Scrape(metrics);
        Assert.Equal(1, Requests(parsed, "s", "r", "200", "first"));
        Assert.Equal(2, Requests(parsed, "s", "r", "200", "overflow"));
    }

    [Fact]
    public void Record_LabelSetsOverTheBudget_FallIntoTheirClassAndAllocateNothing()
    {
        var metrics = new EdgeMetrics(new MetricsOptions { Loops = 2, ProtocolErrorKinds = [], MaxSeries = 3 });
        RouteMetrics route = metrics.Route("s", "r", RouteMetricSet.StatusCodes);
        for (int status = 200; status < 210; status++)
        {
            route.Record(0, status, ResponseSource.Service, 0, 0, 0, -1, -1, -1);
        }

        route.Record(0, 298, ResponseSource.Service, 0, 0, 0, -1, -1, -1);
        int rounds = 0;
        Assert.Equal(0, Allocations.Least(() =>
        {
            rounds++;
            long before = GC.GetAllocatedBytesForCurrentThread();
            route.Record(0, 299, ResponseSource.Service, 0, 0, 0, -1, -1, -1);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }));
        route.Record(1, 500, ResponseSource.Kong, 0, 0, 0, -1, -1, -1);

        ExpositionParser parsed = Scrape(metrics);
        Assert.Equal(1, Requests(parsed, "s", "r", "202", ""));
        Assert.Equal(8 + rounds, Requests(parsed, "s", "r", "2xx", "overflow"));
        Assert.Equal(1, Requests(parsed, "s", "r", "5xx", "overflow", "kong"));
        Assert.Equal(9 + rounds, parsed.Value("vse_metric_series_overflow_total"));
    }

    [Fact]
    public void Scrape_WhileLoopsRecord_EndsWithEveryEvent()
    {
        const int Loops = 4;
        const int Each = 50_000;
        var metrics = new EdgeMetrics(new MetricsOptions { Loops = Loops, ProtocolErrorKinds = ["x"] });
        RouteMetrics route = metrics.Route("s", "r", All);
        Thread[] threads = [.. Enumerable.Range(0, Loops).Select(loop => new Thread(() =>
        {
            for (int i = 0; i < Each; i++)
            {
                route.Record(loop, 200 + (i % 50), ResponseSource.Service, 0, 1, 2, i % 2000, i % 70_000, i % 70_000);
                metrics.Loop(loop).RequestStarted();
            }
        }))];
        Array.ForEach(threads, static thread => thread.Start());
        bool done;
        do
        {
            done = Array.TrueForAll(threads, static thread => thread.Join(0));
            ExpositionParser during = Scrape(metrics);
            if (during.Families.TryGetValue("kong_kong_latency_ms", out ExpositionParser.Family? family))
            {
                long infinite = family.Samples.Find(static sample => sample.Labels[^1] == ("le", "+Inf"))!.Value;
                Assert.Equal(infinite, during.Value("kong_kong_latency_ms_count", ("service", "s"), ("route", "r")));
            }
        }
        while (!done);

        ExpositionParser parsed = Scrape(metrics);
        Assert.Equal(Loops * Each, parsed.Families["kong_http_requests_total"].Samples.Sum(static sample => sample.Value));
        Assert.Equal(Loops * Each, parsed.Value("kong_upstream_latency_ms_count", ("service", "s"), ("route", "r")));
        Assert.Equal(Loops * Each * 2, parsed.Value("kong_bandwidth_bytes", ("service", "s"), ("route", "r"), ("direction", "egress"), ("consumer", "")));
        Assert.Equal(Loops * Each, parsed.Value("kong_nginx_requests_total", ("node_id", "id"), ("subsystem", "http")));
    }

    [Fact]
    public void Labels_EveryValueOfEveryEnum_HaveDistinctNames()
    {
        Assert.Distinct(Enum.GetValues<CloseReason>().Select(MetricLabels.Of));
        Assert.Distinct(Enum.GetValues<LimitKind>().Select(MetricLabels.Of));
        Assert.Distinct(Enum.GetValues<ConnectionPhase>().Select(MetricLabels.Of));
        Assert.Distinct(Enum.GetValues<UpstreamResetStage>().Select(MetricLabels.Of));
        Assert.Distinct(Enum.GetValues<ProtocolName>().Select(MetricLabels.Of));
        Assert.Distinct(Enum.GetValues<ProtocolSide>().Select(MetricLabels.Of));
        Assert.Distinct(Enum.GetValues<TargetHealth>().Select(MetricLabels.Of));
    }

    private static void Settle(LoopMetrics loop, ClusterMetrics cluster, RouteMetrics route, int consumer)
    {
        loop.RequestStarted();
        loop.ConnectionMoved(ConnectionPhase.Waiting, ConnectionPhase.Writing);
        loop.ProtocolError(ProtocolSide.Upstream, ProtocolName.Http1, 0);
        loop.LimitHit(LimitKind.Hops);
        cluster.ConnectionReused(0);
        route.Record(0, 200, ResponseSource.Service, consumer, 500, 1500, 1, 20, 21);
        route.Record(0, 429, ResponseSource.Kong, 0, 500, 1500, 1, -1, 1);
        loop.ConnectionMoved(ConnectionPhase.Writing, ConnectionPhase.Waiting);
        loop.ConnectionOpened();
        loop.ConnectionClosed(ConnectionPhase.Waiting, CloseReason.Completed);
    }

    private static EdgeMetrics Metrics() => new(new MetricsOptions { Loops = 1, ProtocolErrorKinds = ["none"] });

    private static long Requests(ExpositionParser parsed, string service, string route, string code, string consumer, string source = "service") =>
        parsed.Value(
            "kong_http_requests_total", ("service", service), ("route", route), ("code", code), ("source", source), ("consumer", consumer));

    private static ExpositionParser Scrape(EdgeMetrics metrics)
    {
        var output = new ArrayBufferWriter<byte>();
        PrometheusWriter.Write(output, metrics, Node, null);
        return ExpositionParser.Parse(Encoding.UTF8.GetString(output.WrittenSpan));
    }
}
