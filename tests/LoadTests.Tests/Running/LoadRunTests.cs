using System.Diagnostics;
using VoltageSoda.Edge.LoadTests.Measuring;
using VoltageSoda.Edge.LoadTests.Model;
using VoltageSoda.Edge.LoadTests.Origin;
using VoltageSoda.Edge.LoadTests.Running;
using VoltageSoda.Edge.LoadTests.Scenarios;
using VoltageSoda.Edge.LoadTests.Wire;

namespace VoltageSoda.Edge.LoadTests.Tests.Running;

public sealed class LoadRunTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public void Run_OpenModel_StartsExactlyTheScheduledRequests()
    {
        using var origin = new OriginServer(0, 1);
        var settings = new ScenarioSettings { Rate = 500, Duration = TimeSpan.FromSeconds(1), WarmUp = TimeSpan.FromMilliseconds(200), Threads = 2 };
        Scenario[] both = [ScenarioCatalog.Create("keepalive-1k", settings), ScenarioCatalog.Create("post", settings)];

        IReadOnlyList<ScenarioResult> results = Run(new Uri($"http://127.0.0.1:{origin.Port}"), both);

        Assert.All(results, result =>
        {
            Assert.Equal((500, 0), (result.Successes, result.Errors));

            // The warm-up's and the one before the load.
            Assert.Equal(500 + 100 + 1, result.Sent);
            Assert.True(result.Passed);
            Assert.Equal(500, result.Timeline.Sum(window => window.Latency.Count));
            Assert.True(result.Duration >= TimeSpan.FromSeconds(1));
        });
    }

    [Fact]
    public void Run_ServerStallsOnce_ChargesEveryRequestThatHadToWait()
    {
        long stalled = 0;
        using var server = new ScriptedServer(number =>
        {
            if (number == 100)
            {
                long begin = Stopwatch.GetTimestamp();
                SpinWait.SpinUntil(() => Stopwatch.GetElapsedTime(begin) > TimeSpan.FromMilliseconds(400));
                Volatile.Write(ref stalled, (long)Stopwatch.GetElapsedTime(begin).TotalNanoseconds);
            }

            return ScriptedServer.Ok;
        });

        ScenarioResult result = RunOne(server.Url, Open(rate: 500, seconds: 1.5) with { Connections = 1 });

        // One request met the stall; the 200 that were meant to start during it waited for the only connection.
        Assert.Equal((750, 0), (result.Successes, result.Errors));
        Assert.True(result.Latency.Max >= Volatile.Read(ref stalled) * 0.95, $"max {result.Latency.Max}");
        long charged = SlowerThan(result.Latency, 100_000_000);
        long met = SlowerThan(result.ServiceTime, 100_000_000);
        Assert.True(charged >= 130, $"{charged} charged");
        Assert.True(charged >= met + 100, $"{charged} charged, {met} met");
        Assert.True(result.StartDelay.Max >= 300_000_000, $"start delay {result.StartDelay.Max}");
    }

    [Fact]
    public void Run_ServerStopsAnswering_EndsByItselfAndCountsAll()
    {
        using var server = new ScriptedServer(number => number < 50 ? ScriptedServer.Ok : "");

        ScenarioResult result = RunOne(server.Url,
            Open(rate: 200, seconds: 0.5) with { Connections = 4, Timeout = TimeSpan.FromSeconds(2) });

        // The preflight took one of the fifty.
        Assert.Equal((49, 51), (result.Successes, result.Errors));
        Assert.Equal(51, CountOf(result, ResponseFault.Timeout) + CountOf(result, ResponseFault.NotStarted));
        Assert.False(result.Passed);
    }

    [Theory]
    [InlineData("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", ResponseFault.Status)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno", ResponseFault.Body)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok!", ResponseFault.Length)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok, and more", ResponseFault.Malformed)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\no", ResponseFault.Closed)]
    [InlineData(null, ResponseFault.Closed)]
    public void Run_EveryTenthAnswerWrong_CountsExactlyThose(string? wrong, ResponseFault fault)
    {
        using var server = new ScriptedServer(number => number > 0 && number % 10 == 0 ? wrong : ScriptedServer.Ok);

        ScenarioResult result = RunOne(server.Url, Open(rate: 200, seconds: 0.5) with { Connections = 3 });

        Assert.Equal((90, 10), (result.Successes, result.Errors));
        Assert.Equal(10, CountOf(result, fault));
    }

    [Fact]
    public void Run_ServerClosesPolitely_ReconnectsWithoutError()
    {
        using var server = new ScriptedServer(number =>
            number % 5 == 0 ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok" : ScriptedServer.Ok);

        ScenarioResult result = RunOne(server.Url, Open(rate: 200, seconds: 0.5) with { Connections = 4 });

        Assert.Equal((100, 0), (result.Successes, result.Errors));
        Assert.True(result.Reconnects >= 15, $"{result.Reconnects} reconnects");
    }

    [Fact]
    public void Run_ConnectionPerRequest_OpensOneForEach()
    {
        using var origin = new OriginServer(0, 1);
        Scenario scenario = ScenarioCatalog.Create("close", new ScenarioSettings { Rate = 200, Duration = TimeSpan.FromSeconds(0.5), WarmUp = TimeSpan.Zero });

        ScenarioResult result = RunOne(new Uri($"http://127.0.0.1:{origin.Port}"), scenario);

        Assert.Equal((100, 0), (result.Successes, result.Errors));
    }

    [Fact]
    public void Run_ClosedModel_KeepsEveryConnectionBusyUntilTheEnd()
    {
        using var origin = new OriginServer(0, 1);
        var settings = new ScenarioSettings { Rate = null, Duration = TimeSpan.FromSeconds(0.5), WarmUp = TimeSpan.FromSeconds(0.1) };

        ScenarioResult result = RunOne(new Uri($"http://127.0.0.1:{origin.Port}"), ScenarioCatalog.Create("body-64k", settings));

        Assert.Equal(0, result.Errors);
        Assert.True(result.Successes > 64, $"{result.Successes} successes");
        Assert.Equal(TimeSpan.FromSeconds(0.5), result.Duration);
        Assert.True(result.StartDelay.Max < 1_000_000_000);
    }

    [Fact]
    public void Run_SeveralSteps_FollowEachOtherOnOneConnection()
    {
        // One connection: the preflight's two requests, then always first, second, first, second.
        using var server = new ScriptedServer(number =>
            number % 2 == 0 ? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst" : "HTTP/1.1 201 Made\r\nContent-Length: 6\r\n\r\nsecond");
        var scenario = new Scenario("steps",
        [
            new Step("first", "/1") { Expect = new Expectation { BodyLength = 5 } },
            new Step("second", "/2") { Expect = new Expectation { Status = 201, BodyLength = 6 } },
        ], [new LoadSimulation.InjectConstantRate(100, TimeSpan.FromSeconds(0.5))])
        { Connections = 1, WarmUp = TimeSpan.Zero };

        ScenarioResult result = RunOne(server.Url, scenario);

        Assert.Equal(0, result.Errors);
        Assert.Equal([50, 50], result.Steps.Select(step => step.Tally.Successes));
    }

    [Fact]
    public void Run_FirstAnswerWrong_NeverBeginsTheLoad()
    {
        using var server = new ScriptedServer(_ => ScriptedServer.Ok);
        Scenario scenario = Open(rate: 1000, seconds: 1) with
        {
            Steps = [new Step("get", "/") { Expect = new Expectation { BodySha256 = OriginBodies.HashOf(2) } }],
        };

        PreflightException wrong = Assert.Throws<PreflightException>(() => RunOne(server.Url, scenario));

        Assert.Contains("Body", wrong.Message, StringComparison.Ordinal);
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public void Run_NobodyListens_SaysSo()
    {
        Uri url;
        using (var server = new ScriptedServer(_ => null))
        {
            url = server.Url;
        }

        Assert.Throws<PreflightException>(() => RunOne(url, Open(rate: 1, seconds: 1)));
    }

    private static Scenario Open(double rate, double seconds) =>
        new("test",
            [new Step("get", "/") { Expect = new Expectation { BodySha256 = "2689367b205c16ce32ed4200942b8b8b1e262dfc70d9bc9fbc77c49699a4f1df" } }],
            [new LoadSimulation.InjectConstantRate(rate, TimeSpan.FromSeconds(seconds))])
        { WarmUp = TimeSpan.Zero, Thresholds = [Threshold.Parse("errors==0")] };

    private static ScenarioResult RunOne(Uri url, Scenario scenario) => Run(url, [scenario])[0];

    private static IReadOnlyList<ScenarioResult> Run(Uri url, Scenario[] scenarios)
    {
        using var run = new LoadRun(new Target(url), scenarios);
        run.Start(CancellationToken.None);
        Assert.True(run.Wait(Limit));
        return run.Results();
    }

    private static long SlowerThan(LatencyHistogram histogram, long nanoseconds) =>
        histogram.Values().Where(entry => entry.Nanoseconds > nanoseconds).Sum(entry => entry.Count);

    private static long CountOf(ScenarioResult result, ResponseFault fault) => result.Steps.Sum(step => step.Tally.CountOf(fault));
}
