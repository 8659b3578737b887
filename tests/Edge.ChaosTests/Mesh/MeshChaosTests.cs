using System.Diagnostics;
using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.TestKit;
using Xunit.Abstractions;

namespace VoltageSoda.Edge.ChaosTests.Mesh;

/// <summary>
/// Endpoints that die, stall, lie and come back behind a Gateway listener, under a steady load of idempotent requests. Counts and the order of
/// events are asserted, times are printed.
/// </summary>
public sealed class MeshChaosTests(ITestOutputHelper output)
{
    private readonly TormentedEndpoint _a = new("alpha");
    private readonly TormentedEndpoint _b = new("bravo");
    private readonly TormentedEndpoint _c = new("charlie");

    private TormentedEndpoint[] All => [_a, _b, _c];

    [Fact]
    public async Task OneOfThree_Killed_NoRequestFailsAndItComesBack()
    {
        await using ChaosMesh mesh = await ChaosMesh.StartAsync(_a.Upstream, _b.Upstream, _c.Upstream);
        await using SteadyLoad load = new(mesh.EndPoint);
        await WarmAsync(load);
        int port = _b.Upstream.EndPoint.Port;
        using MachineLag lag = new();
        LagWatch killed = lag.Start();
        await _b.KillAsync();
        await mesh.EjectedAsync(1, load);
        TimeSpan failover = killed.Elapsed;
        long failures = mesh.Statistic("upstream_cx_connect_fail");
        await AnswersAsync(load, 60, Stopwatch.GetTimestamp());
        Assert.True(failover < TimeSpan.FromSeconds(1), $"it took {failover.TotalMilliseconds} ms");

        _b.Revive(port);
        long revived = Stopwatch.GetTimestamp();
        await load.AnsweredAsync(_b.Name, 10, revived);
        TimeSpan back = Stopwatch.GetElapsedTime(revived);
        await load.StopAsync();
        Assert.Empty(load.Failures);
        Print($"killed: ejected after {failover.TotalMilliseconds:F1} ms and {failures} failed connects, back after {back.TotalMilliseconds:F0} ms, {load.Results.Count} requests, none failed");
        await CleanAsync();
    }

    [Theory]
    [InlineData(nameof(Torment.Unavailable))]
    [InlineData(nameof(Torment.Reset))]
    [InlineData(nameof(Torment.HalfClose))]
    [InlineData(nameof(Torment.Stall))]
    public async Task OneOfThree_Torments_IsEjectedAndNothingSentAfterwardsReachesIt(string name)
    {
        Torment torment = Enum.Parse<Torment>(name);
        await using ChaosMesh mesh = await ChaosMesh.StartAsync(_a.Upstream, _b.Upstream, _c.Upstream);
        await using SteadyLoad load = new(mesh.EndPoint);
        await WarmAsync(load);
        using MachineLag lag = new();
        LagWatch began = lag.Start();
        _b.Torment = torment;
        await mesh.EjectedAsync(1, load);
        TimeSpan failover = began.Elapsed;
        long ejected = Stopwatch.GetTimestamp();
        await AnswersAsync(load, 60, ejected);
        int suffered = _b.Arrivals.Count(one => one.Torment == torment);

        // It stays out for a second: nothing that was sent within it may have reached the endpoint.
        Assert.DoesNotContain(
            _b.Arrivals, one => one.SentAt > ejected && Stopwatch.GetElapsedTime(began.Started, one.ArrivedAt) < TimeSpan.FromMilliseconds(1000));
        Assert.True(failover < TimeSpan.FromSeconds(1), $"it took {failover.TotalMilliseconds} ms");
        Assert.True(suffered >= 3);

        _b.Torment = Torment.None;
        long healed = Stopwatch.GetTimestamp();
        await load.AnsweredAsync(_b.Name, 10, healed);
        await load.StopAsync();
        Assert.Empty(load.Failures);
        Assert.Equal(0, mesh.Statistic("upstream_rq_retry_overflow"));
        Assert.True(mesh.Statistic("upstream_rq_retry_success") >= 3);
        Print($"{torment}: ejected after {failover.TotalMilliseconds:F1} ms and {suffered} requests, back after {Stopwatch.GetElapsedTime(healed).TotalMilliseconds:F0} ms, {load.Results.Count} requests, none failed");
        await CleanAsync();
    }

    [Fact]
    public async Task ServerErrors_OneClient_EjectAtTheConfiguredCountAndTheNextGoesElsewhere()
    {
        // No retry on 500: the client sees exactly as many as it takes.
        await using ChaosMesh mesh = await ChaosMesh.StartAsync(_a.Upstream, _b.Upstream, _c.Upstream);
        _b.Torment = Torment.ServerError;
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint);
        int errors = 0;
        int served = 0;
        using MachineLag lag = new();
        LagWatch threshold = default;
        TimeSpan diverted = default;
        for (int i = 0; i < 200; i++)
        {
            long sent = Stopwatch.GetTimestamp();
            RawResponse response = await client.ExchangeAsync($"GET / HTTP/1.1\r\nHost: app\r\nX-Sent: {sent}\r\n\r\n");
            if (response.Status == 500)
            {
                Assert.True(++errors <= 3, "a request after the ejection reached the ejected endpoint");
                threshold = lag.Start();
                Assert.Equal(errors == 3 ? 1 : 0, mesh.Ejected);
            }
            else
            {
                Assert.Equal(200, response.Status);
                served++;
                if (errors == 3 && diverted == default)
                {
                    diverted = threshold.Elapsed;
                }
            }

            if (errors == 3 && served > 60)
            {
                break;
            }
        }

        Assert.Equal(3, errors);
        Assert.Equal(1, mesh.Statistic("outlier_detection.ejections_enforced_consecutive_5xx"));
        Assert.InRange(diverted.TotalMilliseconds, 0, 50);
        Print($"500s: ejected with answer {errors}, the next request was answered elsewhere {diverted.TotalMicroseconds:F0} us later (a whole exchange)");
        await CleanAsync();
    }

    [Fact]
    public async Task AllBad_WithAPanicThreshold_AllAreUsedAndRecover()
    {
        await using ChaosMesh mesh = await ChaosMesh.StartAsync(ChaosMesh.Profile(maxEjectionPercent: 100), ChaosMesh.NoRetries, 50, _a.Upstream, _b.Upstream, _c.Upstream);
        await using SteadyLoad load = new(mesh.EndPoint);
        await WarmAsync(load);
        Array.ForEach(All, static one => one.Torment = Torment.ServerError);
        await mesh.EjectedAsync(3, load);
        long ejected = Stopwatch.GetTimestamp();
        await AnswersAsync(load, 20, ejected);
        Assert.True(All.Sum(one => one.Arrivals.Count(arrival => arrival.SentAt > ejected)) >= 20, "panic sends requests to ejected endpoints");
        Assert.All(load.Results.Where(one => one.SentAt > ejected), static one => Assert.Equal((500, "bad"), (one.Status, one.Body)));
        Assert.True(mesh.Statistic("lb_healthy_panic") >= 20);

        Array.ForEach(All, static one => one.Torment = Torment.None);
        long healed = Stopwatch.GetTimestamp();
        foreach (TormentedEndpoint one in All)
        {
            await load.AnsweredAsync(one.Name, 5, healed);
        }

        await load.StopAsync();
        Assert.DoesNotContain(load.Failures, one => one.SentAt > healed);
        Print($"all bad: panic answered {load.Failures.Count()} requests with the endpoints' own 500, recovered with the first request");
        await CleanAsync();
    }

    [Fact]
    public async Task AllBad_WithoutPanic_IsRefusedUntilTheyReturn()
    {
        await using ChaosMesh mesh = await ChaosMesh.StartAsync(ChaosMesh.Profile(maxEjectionPercent: 100), ChaosMesh.NoRetries, 0, _a.Upstream, _b.Upstream, _c.Upstream);
        await using SteadyLoad load = new(mesh.EndPoint);
        await WarmAsync(load);
        Array.ForEach(All, static one => one.Torment = Torment.ServerError);
        await mesh.EjectedAsync(3, load);
        long ejected = Stopwatch.GetTimestamp();
        await AnswersAsync(load, 20, ejected);
        Assert.Contains(load.Results, one => one.SentAt > ejected && one.Status == 503 && one.Body == "no healthy upstream");

        Array.ForEach(All, static one => one.Torment = Torment.None);
        long healed = Stopwatch.GetTimestamp();
        foreach (TormentedEndpoint one in All)
        {
            await load.AnsweredAsync(one.Name, 5, healed);
        }

        await load.StopAsync();
        Print($"all bad without panic: served again {Stopwatch.GetElapsedTime(healed).TotalMilliseconds:F0} ms after they healed");
        await CleanAsync();
    }

    [Fact]
    public async Task Bodies_SlowOrReset_StayWithTheirRequestAndEjectNobody()
    {
        await using ChaosMesh mesh = await ChaosMesh.StartAsync(ChaosMesh.Profile(), ChaosMesh.Retries(null), 0, _a.Upstream, _b.Upstream, _c.Upstream);
        await using SteadyLoad load = new(mesh.EndPoint);
        await WarmAsync(load);
        long slow = Stopwatch.GetTimestamp();
        _b.Torment = Torment.SlowBody;
        await load.AnsweredAsync(_b.Name, 10, slow);
        Assert.Empty(load.Failures);

        _b.HeadIsThere = load.HeadAsync;
        _b.Torment = Torment.ResetInBody;
        await load.UntilAsync(() => load.Failures.Count() >= 5, "bodies were cut");
        _b.Torment = Torment.None;
        long healed = Stopwatch.GetTimestamp();
        await load.AnsweredAsync(_b.Name, 5, healed);
        await load.StopAsync();
        int cut = _b.Arrivals.Count(static one => one.Torment == Torment.ResetInBody);
        Assert.All(load.Failures, static one => Assert.Equal(0, one.Status));
        Assert.Equal(cut, load.Failures.Count());
        Assert.Equal((0, 0), (mesh.Ejected, mesh.Statistic("upstream_rq_retry")));
        Print($"bodies: {cut} cut answers reached their clients as cut, nothing was tried again");
        await CleanAsync();
    }

    [Fact]
    public async Task Refused_FromTheStart_NoRequestFails()
    {
        int port = _b.Upstream.EndPoint.Port;
        await using ChaosMesh mesh = await ChaosMesh.StartAsync(_a.Upstream, _b.Upstream, _c.Upstream);
        await _b.KillAsync();
        await using SteadyLoad load = new(mesh.EndPoint);
        await mesh.EjectedAsync(1, load);
        TimeSpan took = Stopwatch.GetElapsedTime(load.Results.Min(static one => one.SentAt));
        _b.Revive(port);
        await load.AnsweredAsync(_b.Name, 5, Stopwatch.GetTimestamp());
        await load.StopAsync();
        Assert.Empty(load.Failures);
        Print($"refused: ejected {took.TotalMilliseconds:F1} ms after the first request, {load.Results.Count} requests, none failed");
        await CleanAsync();
    }

    [Fact]
    public async Task Endpoints_Replaced_WhileOneIsOut_NoRequestFailsAndItStaysOut()
    {
        await using ChaosMesh mesh = await ChaosMesh.StartAsync(ChaosMesh.Profile(baseEjectionTime: 60_000), null, 0, _a.Upstream, _b.Upstream);
        await using SteadyLoad load = new(mesh.EndPoint);
        await load.AnsweredAsync(_a.Name, 5, 0);
        await load.AnsweredAsync(_b.Name, 5, 0);
        _b.Torment = Torment.Unavailable;
        await mesh.EjectedAsync(1, load);
        _b.Torment = Torment.None;
        long ejected = Stopwatch.GetTimestamp();
        await mesh.SetEndpointsAsync(_a.Upstream, _b.Upstream, _c.Upstream);
        long added = Stopwatch.GetTimestamp();
        await load.AnsweredAsync(_c.Name, 20, added);
        Assert.Equal(1, mesh.Ejected);
        await mesh.SetEndpointsAsync(_b.Upstream, _c.Upstream);
        long removed = Stopwatch.GetTimestamp();
        await load.AnsweredAsync(_c.Name, 20, removed);
        await load.StopAsync();
        Assert.Empty(load.Failures);
        Assert.DoesNotContain(_b.Arrivals, one => one.SentAt > ejected);
        Assert.DoesNotContain(_a.Arrivals, one => one.SentAt > removed);
        Assert.Equal((2, 1), (mesh.Statistic("membership_total"), mesh.Statistic("membership_healthy")));
        Print($"replaced twice by reload: {load.Results.Count} requests, none failed, the ejection was kept");
        await CleanAsync();
    }

    [Fact]
    public async Task HalfOpen_StillBad_GetsItsProbesPerReturnAndNothingElse()
    {
        OutlierRule rule = ChaosMesh.Profile(baseEjectionTime: 250, halfOpenProbes: 2);
        await using ChaosMesh mesh = await ChaosMesh.StartAsync(rule, null, 0, _a.Upstream, _b.Upstream, _c.Upstream);
        await using SteadyLoad load = new(mesh.EndPoint);
        await WarmAsync(load);
        _b.Torment = Torment.Unavailable;
        await mesh.EjectedAsync(1, load);
        long ejected = Stopwatch.GetTimestamp();
        long Returns() => mesh.Statistic("outlier_detection.ejections_enforced_half_open_probe");
        await load.UntilAsync(() => Returns() >= 2, "two returns have failed");
        int probes = _b.Arrivals.Count(one => one.SentAt > ejected);
        Assert.InRange(probes, 2, 2 * Returns());

        _b.Torment = Torment.None;
        long healed = Stopwatch.GetTimestamp();
        await load.AnsweredAsync(_b.Name, 20, healed);
        await load.StopAsync();
        Assert.Empty(load.Failures);
        Print($"half open: {probes} probes in two failed returns, where three errors in a row were needed before; back {Stopwatch.GetElapsedTime(healed).TotalMilliseconds:F0} ms after it healed");
        await CleanAsync();
    }

    private static Task AnswersAsync(SteadyLoad load, int count, long since) =>
        load.UntilAsync(() => load.Results.Count(one => one.SentAt > since) >= count, $"{count} answers have come");

    private async Task WarmAsync(SteadyLoad load)
    {
        foreach (TormentedEndpoint one in All)
        {
            await load.AnsweredAsync(one.Name, 5, 0);
        }
    }

    private async Task CleanAsync()
    {
        foreach (TormentedEndpoint one in All)
        {
            await one.DisposeAsync();
        }
    }

    private void Print(string text) => output.WriteLine(text);
}
