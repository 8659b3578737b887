using System.Diagnostics;
using System.Net;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Upstream;
using Xunit.Abstractions;

namespace VoltageSoda.Edge.IntegrationTests.Upstreams;

/// <summary>Ejections as the loops of an edge see them. Nothing is connected to: the addresses stand for themselves.</summary>
public sealed class EjectionTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly IPEndPoint[] Three = [.. Enumerable.Range(1, 3).Select(static port => new IPEndPoint(IPAddress.Loopback, port))];

    private RunningEdge _edge = null!;

    public async Task InitializeAsync() => _edge = await RunningEdge.StartAsync(KongText.Single("127.0.0.1:9"), ("EDGE_LOOPS", "2"));

    public async Task DisposeAsync() => await _edge.DisposeAsync();

    [Fact]
    public async Task Threshold_OnOneLoop_DivertsTheNextChoiceOfTheOtherWithinMicroseconds()
    {
        OutlierRule rule = new() { Consecutive5xx = 2, MaxEjectionPercent = 50, EnforcingSuccessRate = 0, Interval = 60_000 };
        GuardedCluster cluster = new(_edge, CircuitLimits.None, rule, null, Three);
        double[] times = new double[200];
        long ejectedAt = 0;
        bool isReported = false;
        int late = 0;
        for (int round = 0; round < times.Length; round++)
        {
            // The other loop chooses without a pause until it sees two endpoints only. No choice that begins after the report has returned
            // may be the ejected one.
            using ManualResetEventSlim running = new();
            Volatile.Write(ref ejectedAt, 0);
            Volatile.Write(ref isReported, false);
            Task<long> diverted = cluster.OnLoop(1, _ =>
            {
                running.Set();
                long divertedAt = 0;
                while (true)
                {
                    bool isAfter = Volatile.Read(ref isReported);
                    int seen = 0;
                    for (int i = 0; i < 3; i++)
                    {
                        seen += cluster.Cluster.Choose(1, new PickQuery()).Endpoint == cluster.Endpoints[2] ? 1 : 0;
                    }

                    divertedAt = seen == 0 && divertedAt == 0 ? Stopwatch.GetTimestamp() : divertedAt;
                    if (isAfter)
                    {
                        late += seen;
                        return divertedAt;
                    }
                }
            });
            running.Wait();
            await cluster.OnLoop(0, loop =>
            {
                cluster.Cluster.Report(cluster.Endpoints[2], UpstreamOutcome.Answered(500), 0, 0, loop.Loop.NowMilliseconds);
                Volatile.Write(ref ejectedAt, Stopwatch.GetTimestamp());
                cluster.Cluster.Report(cluster.Endpoints[2], UpstreamOutcome.Answered(500), 0, 0, loop.Loop.NowMilliseconds);

                // The report returns with the set published: this loop's next choice knows as well.
                Assert.False(cluster.Cluster.Endpoints.IsHealthy(2));
                Volatile.Write(ref isReported, true);
                return true;
            });
            times[round] = Stopwatch.GetElapsedTime(ejectedAt, await diverted).TotalMicroseconds;
            cluster.Cluster.Uneject(cluster.Endpoints[2], 0);
            Assert.True(cluster.Cluster.Endpoints.IsHealthy(2));
        }

        Array.Sort(times);
        output.WriteLine($"threshold to first diverted choice on the other loop: median {times[100]:F1} us, worst of {times.Length} {times[^1]:F1} us");
        Assert.Equal(0, late);
        Assert.Equal(times.Length, cluster.Statistic("outlier_detection.ejections_enforced_consecutive_5xx"));
        Assert.Equal((3, 3, 0), (cluster.Statistic("membership_total"), cluster.Statistic("membership_healthy"), cluster.Statistic("outlier_detection.ejections_active")));
    }

    [Fact]
    public async Task HalfOpen_AfterTheEjection_GivesItsPlacesAndNoMoreOverAllLoops()
    {
        OutlierRule rule = new()
        {
            Consecutive5xx = 1,
            MaxEjectionPercent = 50,
            BaseEjectionTime = 1,
            Interval = 1,
            EnforcingSuccessRate = 0,
            HalfOpenProbes = 2,
        };
        GuardedCluster cluster = new(_edge, CircuitLimits.None, rule, null, Three);
        UpstreamEndpoint bad = cluster.Endpoints[1];
        cluster.Cluster.Report(bad, UpstreamOutcome.Answered(500), 0, 0, 0);
        Assert.All(await ChooseAsync(cluster, 0, 30), pick => Assert.NotSame(bad, pick.Endpoint));
        cluster.Guard.Tick(1000);
        UpstreamPick[] picks = [.. await ChooseAsync(cluster, 0, 30), .. await ChooseAsync(cluster, 1, 30)];
        UpstreamPick[] probes = [.. picks.Where(pick => pick.Endpoint == bad)];
        Assert.Equal(2, probes.Length);
        Assert.All(picks, static pick => Assert.NotNull(pick.Endpoint));

        // One says nothing: its place goes to another request. Both succeed: the endpoint is back.
        cluster.Cluster.Report(bad, UpstreamOutcome.Silent, probes[0].Ticket, 0, 1001);
        UpstreamPick third = (await ChooseAsync(cluster, 1, 30)).Single(pick => pick.Endpoint == bad);
        cluster.Cluster.Report(bad, UpstreamOutcome.Answered(200), probes[1].Ticket, 0, 1002);
        cluster.Cluster.Report(bad, UpstreamOutcome.Answered(200), third.Ticket, 1, 1002);
        Assert.Equal(10, (await ChooseAsync(cluster, 0, 30)).Count(pick => pick.Endpoint == bad));
        Assert.Equal(OutlierState.Healthy, bad.Policy.Outlier.State);
    }

    [Fact]
    public async Task HalfOpen_TheOnlyEndpoint_RefusesBeyondItsPlaces()
    {
        OutlierRule rule = new() { Consecutive5xx = 1, MaxEjectionPercent = 100, BaseEjectionTime = 1, Interval = 1, HalfOpenProbes = 1 };
        GuardedCluster cluster = new(_edge, CircuitLimits.None, rule, null, Three[0]);
        cluster.Cluster.Report(cluster.Endpoints[0], UpstreamOutcome.ConnectFailed, 0, 0, 0);
        Assert.All(await ChooseAsync(cluster, 0, 3), static pick => Assert.Null(pick.Endpoint));
        cluster.Guard.Tick(1000);
        UpstreamPick[] picks = await ChooseAsync(cluster, 0, 3);
        Assert.Equal([true, false, false], picks.Select(static pick => pick.Endpoint is not null));
        cluster.Cluster.Report(cluster.Endpoints[0], UpstreamOutcome.Reset, picks[0].Ticket, 0, 1001);
        Assert.True(cluster.Endpoints[0].Policy.Outlier.IsEjected);
        Assert.Equal(1, cluster.Statistic("outlier_detection.ejections_enforced_half_open_probe"));
        Assert.Equal(5, cluster.Statistic("upstream_cx_none_healthy"));
    }

    [Fact]
    public void Rule_Removed_ReturnsEverybody()
    {
        GuardedCluster cluster = new(_edge, CircuitLimits.None, new OutlierRule { Consecutive5xx = 1, MaxEjectionPercent = 100 }, null, Three);
        cluster.Cluster.Report(cluster.Endpoints[0], UpstreamOutcome.Answered(500), 0, 0, 0);
        Assert.Equal(2, cluster.Cluster.Endpoints.AvailableCount);
        cluster.Guard.Configure(CircuitLimits.None, null, 1);
        Assert.Null(cluster.Guard.Detector);
        Assert.Equal(3, cluster.Cluster.Endpoints.AvailableCount);
    }

    [Fact]
    public async Task SteadyState_ChooseAcquireReportReturn_AllocatesNothing()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        CircuitLimits limits = new() { MaxConnections = 2, MaxPendingRequests = 2, MaxRequests = 2, MaxRetries = 1 };
        GuardedCluster cluster = new(_edge, limits, new OutlierRule { MaxEjectionPercent = 100 }, null, upstream.EndPoint);
        await cluster.ReturnAsync(await (await cluster.AcquireAsync()).ConnectedAsync());
        long bytes = await cluster.OnLoop(0, loop =>
        {
            long before = 0;
            for (int i = 0; i < 1200; i++)
            {
                // The first rounds are warm-up.
                before = i == 200 ? GC.GetAllocatedBytesForCurrentThread() : before;
                UpstreamPick pick = cluster.Cluster.Choose(0, new PickQuery());
                ValueTask<AcquireResult> acquired = pick.Endpoint!.PoolOf(loop).Acquire(1000, fresh: false, out _);
                UpstreamConnection connection = acquired.Result.Connection!;
                cluster.Cluster.Report(pick.Endpoint, UpstreamOutcome.Answered(i % 3 == 0 ? 503 : 200), pick.Ticket, 0, loop.Loop.NowMilliseconds);
                connection.Pool.Return(connection, reusable: true);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        });
        Assert.Equal(0, bytes);
        await upstream.ConnectedAsync(1);
        Assert.Equal((1, 1201), (upstream.Connections, cluster.Statistic("upstream_rq_total")));
    }

    private static Task<UpstreamPick[]> ChooseAsync(GuardedCluster cluster, int loop, int count) =>
        cluster.OnLoop(loop, _ =>
        {
            UpstreamPick[] picks = new UpstreamPick[count];
            for (int i = 0; i < count; i++)
            {
                picks[i] = cluster.Cluster.Choose(loop, new PickQuery());
            }

            return picks;
        });
}
