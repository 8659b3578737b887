using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.Policies.Tests.Facts;

namespace VoltageSoda.Edge.Policies.Tests.Resilience;

public sealed class OutlierDetectorTests
{
    private readonly List<OutlierTransition> _transitions = [];
    private double _random;

    [Fact]
    public void Report_ErrorsUpToTheThreshold_EjectOnceAtExactlyTheThreshold()
    {
        (OutlierDetector detector, OutlierRecord[] records) = Make(new OutlierRule { Consecutive5xx = 3, MaxEjectionPercent = 50 }, 2);
        Assert.Equal(OutlierChange.None, detector.Report(records[0], UpstreamOutcome.Answered(500), 0));
        Assert.Equal(OutlierChange.None, detector.Report(records[0], UpstreamOutcome.Answered(503), 1));
        Assert.Equal(2, records[0].Count(EjectionCause.Consecutive5xx));
        Assert.Equal(
            new OutlierChange(OutlierAction.Ejected, EjectionCause.Consecutive5xx), detector.Report(records[0], UpstreamOutcome.Answered(599), 2));
        Assert.Equal(OutlierState.Ejected, records[0].State);
        Assert.Equal(1, detector.Active);
        Assert.Equal(1, detector.Detected(EjectionCause.Consecutive5xx));
        Assert.Equal(1, detector.Enforced(EjectionCause.Consecutive5xx));
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(OutlierChange.None, detector.Report(records[0], UpstreamOutcome.Answered(500), 3));
        }

        Assert.Equal(1, detector.Detected(EjectionCause.Consecutive5xx));
    }

    [Fact]
    public void Report_ASuccessBetween_EndsTheRow()
    {
        (OutlierDetector detector, OutlierRecord[] records) = Make(new OutlierRule { Consecutive5xx = 2, MaxEjectionPercent = 100 }, 1);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(OutlierChange.None, detector.Report(records[0], UpstreamOutcome.Answered(500), i));
            Assert.Equal(OutlierChange.None, detector.Report(records[0], UpstreamOutcome.Answered(404), i));
        }
    }

    [Theory]
    [InlineData(OutcomeKind.ConnectFailed)]
    [InlineData(OutcomeKind.TimedOut)]
    [InlineData(OutcomeKind.Reset)]
    public void Report_LocalFailuresWithoutSplit_CountAsGatewayErrors(OutcomeKind kind)
    {
        OutlierRule rule = new()
        {
            Consecutive5xx = 0,
            ConsecutiveGatewayFailure = 2,
            EnforcingConsecutiveGatewayFailure = 100,
            MaxEjectionPercent = 100,
        };
        (OutlierDetector detector, OutlierRecord[] records) = Make(rule, 1);
        detector.Report(records[0], new UpstreamOutcome(kind, 0), 0);
        detector.Report(records[0], UpstreamOutcome.Answered(500), 0);
        Assert.Equal(0, records[0].Count(EjectionCause.ConsecutiveGatewayFailure));
        detector.Report(records[0], new UpstreamOutcome(kind, 0), 0);
        Assert.Equal(
            new OutlierChange(OutlierAction.Ejected, EjectionCause.ConsecutiveGatewayFailure),
            detector.Report(records[0], UpstreamOutcome.Answered(502), 0));
    }

    [Fact]
    public void Report_Split_KeepsStatusesAndLocalFailuresApart()
    {
        OutlierRule rule = new()
        {
            Consecutive5xx = 2,
            ConsecutiveLocalOriginFailure = 3,
            SplitExternalLocalOrigin = true,
            MaxEjectionPercent = 100,
        };
        (OutlierDetector detector, OutlierRecord[] records) = Make(rule, 1);
        OutlierRecord record = records[0];
        detector.Report(record, UpstreamOutcome.Answered(500), 0);
        detector.Report(record, UpstreamOutcome.ConnectFailed, 0);
        detector.Report(record, UpstreamOutcome.TimedOut, 0);
        Assert.Equal(1, record.Count(EjectionCause.Consecutive5xx));
        Assert.Equal(2, record.Count(EjectionCause.ConsecutiveLocalOriginFailure));
        Assert.Equal(OutlierChange.None, detector.Report(record, UpstreamOutcome.Answered(200), 0));
        Assert.Equal(0, record.Count(EjectionCause.ConsecutiveLocalOriginFailure));
        detector.Report(record, UpstreamOutcome.Reset, 0);
        detector.Report(record, UpstreamOutcome.ConnectFailed, 0);
        Assert.Equal(EjectionCause.ConsecutiveLocalOriginFailure, detector.Report(record, UpstreamOutcome.TimedOut, 0).Cause);
        Assert.True(record.IsEjected);
    }

    [Fact]
    public void Report_Silent_CountsNothing()
    {
        (OutlierDetector detector, OutlierRecord[] records) = Make(new OutlierRule { Consecutive5xx = 2, MaxEjectionPercent = 100 }, 1);
        detector.Report(records[0], UpstreamOutcome.Answered(500), 0);
        detector.Report(records[0], UpstreamOutcome.Silent, 0);
        Assert.Equal(OutlierAction.Ejected, detector.Report(records[0], UpstreamOutcome.Answered(500), 0).Action);
    }

    [Fact]
    public void Report_OwnErrorCodes_ReplaceServerErrors()
    {
        OutlierRule rule = new([429, 503]) { Consecutive5xx = 2, MaxEjectionPercent = 100 };
        (OutlierDetector detector, OutlierRecord[] records) = Make(rule, 1);
        detector.Report(records[0], UpstreamOutcome.Answered(429), 0);
        detector.Report(records[0], UpstreamOutcome.Answered(500), 0);
        Assert.Equal(0, records[0].Count(EjectionCause.Consecutive5xx));
        detector.Report(records[0], UpstreamOutcome.Answered(503), 0);
        Assert.Equal(OutlierAction.Ejected, detector.Report(records[0], UpstreamOutcome.Answered(429), 0).Action);
    }

    [Theory]
    [InlineData(1, 50, 0)]
    [InlineData(2, 50, 1)]
    [InlineData(3, 50, 1)]
    [InlineData(4, 50, 2)]
    [InlineData(10, 10, 1)]
    [InlineData(9, 10, 0)]
    [InlineData(5, 100, 5)]
    [InlineData(5, 0, 0)]
    public void Report_TooManyOut_StaysAndCounts(int endpoints, double percent, int allowed)
    {
        (OutlierDetector detector, OutlierRecord[] records) = Make(new OutlierRule { Consecutive5xx = 1, MaxEjectionPercent = percent }, endpoints);
        foreach (OutlierRecord record in records)
        {
            detector.Report(record, UpstreamOutcome.Answered(500), 0);
        }

        Assert.Equal(allowed, records.Count(static record => record.IsEjected));
        Assert.Equal(allowed, detector.Active);
        Assert.Equal(endpoints - allowed, detector.Overflows);
        Assert.Equal(endpoints, detector.Detected(EjectionCause.Consecutive5xx));
    }

    [Fact]
    public void Report_EnforcingDraw_DecidesWhetherADetectionEjects()
    {
        OutlierRule rule = new() { Consecutive5xx = 1, EnforcingConsecutive5xx = 30, MaxEjectionPercent = 100 };
        (OutlierDetector detector, OutlierRecord[] records) = Make(rule, 2);
        _random = 0.30;
        Assert.Equal(OutlierAction.NotEnforced, detector.Report(records[0], UpstreamOutcome.Answered(500), 0).Action);
        _random = 0.29;
        Assert.Equal(OutlierAction.Ejected, detector.Report(records[0], UpstreamOutcome.Answered(500), 0).Action);
        Assert.Equal(2, detector.Detected(EjectionCause.Consecutive5xx));
        Assert.Equal(1, detector.Enforced(EjectionCause.Consecutive5xx));
    }

    [Fact]
    public void Tick_RepeatedEjections_LastLongerUpToTheCapAndAreForgiven()
    {
        OutlierRule rule = new() { Consecutive5xx = 1, MaxEjectionPercent = 100, Interval = 30_000, EnforcingSuccessRate = 0 };
        (OutlierDetector detector, OutlierRecord[] records) = Make(rule, 1);
        OutlierRecord record = records[0];
        long now = 0;
        foreach (int seconds in (int[])[30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300, 300])
        {
            detector.Report(record, UpstreamOutcome.Answered(500), now);
            Assert.True(record.IsEjected);
            long start = now;
            while (record.IsEjected)
            {
                now += 30_000;
                Tick(detector, now);
            }

            Assert.Equal(seconds * 1000, now - start);
            Assert.Equal(OutlierState.Returning, record.State);
        }

        Assert.Equal(11, record.Multiplier);
        for (int i = 10; i >= 0; i--)
        {
            now += 30_000;
            Tick(detector, now);
            Assert.Equal(i, record.Multiplier);
            Assert.Equal(OutlierState.Healthy, record.State);
        }
    }

    [Fact]
    public void Tick_BeforeTheTimeIsOver_KeepsItOutUntilTheNext()
    {
        OutlierRule rule = new() { Consecutive5xx = 1, MaxEjectionPercent = 100, BaseEjectionTime = 10_000, MaxEjectionJitter = 999 };
        (OutlierDetector detector, OutlierRecord[] records) = Make(rule, 1);
        _random = 0.5;
        detector.Report(records[0], UpstreamOutcome.Answered(500), 5);
        Assert.Equal(10_505, records[0].ReturnDue);
        Tick(detector, 10_504);
        Assert.True(records[0].IsEjected);
        Tick(detector, 10_505);
        Assert.False(records[0].IsEjected);
        Assert.Equal([OutlierChange.Returned], _transitions.Select(static one => one.Change));
        Assert.Equal(0, detector.Active);
    }

    [Fact]
    public void Tick_OneFarBelowTheOthers_IsEjectedBySuccessRate()
    {
        OutlierRule rule = new() { Consecutive5xx = 0, MaxEjectionPercent = 50 };
        (OutlierDetector detector, OutlierRecord[] records) = Make(rule, 5);
        for (int i = 0; i < 100; i++)
        {
            foreach (OutlierRecord record in records)
            {
                detector.Report(record, UpstreamOutcome.Answered(record == records[2] && i % 2 == 0 ? 500 : 200), 0);
            }
        }

        Tick(detector, 10_000);
        Assert.Equal(
            [new OutlierTransition(records[2], new OutlierChange(OutlierAction.Ejected, EjectionCause.SuccessRate))], _transitions);
        Tick(detector, 20_000);
        Assert.Equal(1, detector.Detected(EjectionCause.SuccessRate));
    }

    [Theory]
    [InlineData(99, 5)]
    [InlineData(100, 4)]
    public void Tick_TooFewRequestsOrHosts_ComparesNothing(int requests, int hosts)
    {
        (OutlierDetector detector, OutlierRecord[] records) = Make(new OutlierRule { Consecutive5xx = 0, MaxEjectionPercent = 100, FailurePercentageMinimumHosts = 6 }, hosts);
        for (int i = 0; i < requests; i++)
        {
            foreach (OutlierRecord record in records)
            {
                detector.Report(record, UpstreamOutcome.Answered(record == records[0] ? 500 : 200), 0);
            }
        }

        Tick(detector, 10_000);
        Assert.Empty(_transitions);
    }

    [Theory]
    [InlineData(84, false)]
    [InlineData(85, true)]
    public void Tick_FailurePercentage_EjectsFromTheThresholdOn(int failures, bool ejects)
    {
        OutlierRule rule = new() { Consecutive5xx = 0, EnforcingSuccessRate = 0, EnforcingFailurePercentage = 100, MaxEjectionPercent = 100 };
        (OutlierDetector detector, OutlierRecord[] records) = Make(rule, 5);
        for (int i = 0; i < 100; i++)
        {
            foreach (OutlierRecord record in records)
            {
                detector.Report(record, UpstreamOutcome.Answered(record == records[0] && i < failures ? 500 : 200), 0);
            }
        }

        Tick(detector, 10_000);
        Assert.Equal(ejects, records[0].IsEjected);
        Assert.Equal(ejects ? 1 : 0, detector.Enforced(EjectionCause.FailurePercentage));
    }

    // Four of five answer, whatever they answer: only the silent one is far below the others.
    [Theory]
    [InlineData(100, 0, EjectionCause.LocalOriginSuccessRate)]
    [InlineData(0, 100, EjectionCause.LocalOriginFailurePercentage)]
    public void Tick_SplitOrigins_ComparesWhoAnswersAtAll(double successRate, double failurePercentage, EjectionCause cause)
    {
        OutlierRule rule = new()
        {
            Consecutive5xx = 0,
            ConsecutiveLocalOriginFailure = 0,
            EnforcingSuccessRate = 0,
            EnforcingLocalOriginSuccessRate = successRate,
            EnforcingLocalOriginFailurePercentage = failurePercentage,
            SplitExternalLocalOrigin = true,
            MaxEjectionPercent = 100,
        };
        (OutlierDetector detector, OutlierRecord[] records) = Make(rule, 5);
        for (int i = 0; i < 100; i++)
        {
            for (int host = 0; host < records.Length; host++)
            {
                detector.Report(records[host], host != 3 ? UpstreamOutcome.Answered(host == 1 ? 500 : 200) : i % 10 == 0 ? UpstreamOutcome.Answered(200) : UpstreamOutcome.TimedOut, 0);
            }
        }

        Tick(detector, 10_000);
        Assert.Equal(
            [new OutlierTransition(records[3], new OutlierChange(OutlierAction.Ejected, cause))],
            _transitions.Where(static one => one.Change.Action == OutlierAction.Ejected));
        Assert.Equal((1, 1), (detector.Detected(cause), detector.Enforced(cause)));

        // Without split they are failures like others.
        Assert.False(new OutlierRule { EnforcingLocalOriginSuccessRate = 100 }.MeasuresLocalRates);
    }

    [Fact]
    public void Return_ByAnActiveCheck_EndsTheEjectionAndItsRows()
    {
        (OutlierDetector detector, OutlierRecord[] records) = Make(new OutlierRule { Consecutive5xx = 2, MaxEjectionPercent = 100 }, 1);
        Assert.False(detector.Return(records[0], 0));
        detector.Report(records[0], UpstreamOutcome.Answered(500), 0);
        detector.Report(records[0], UpstreamOutcome.Answered(500), 0);
        Assert.True(detector.Return(records[0], 5));
        Assert.Equal(0, detector.Active);
        Assert.Equal(OutlierChange.None, detector.Report(records[0], UpstreamOutcome.Answered(500), 6));
    }

    [Fact]
    public void SetMembers_AnEjectedOneLeaves_CountsNoMoreAndStartsAnew()
    {
        (OutlierDetector detector, OutlierRecord[] records) = Make(new OutlierRule { Consecutive5xx = 1, MaxEjectionPercent = 50 }, 2);
        detector.Report(records[0], UpstreamOutcome.Answered(500), 0);
        detector.SetMembers(records.AsSpan(1));
        Assert.Equal((0, 1), (detector.Active, detector.Members));
        Assert.False(records[0].IsEjected);
        Assert.Equal(OutlierChange.None, detector.Report(records[0], UpstreamOutcome.Answered(500), 0));
        detector.SetMembers(records);
        Assert.Equal(0, records[0].Multiplier);
        Assert.Equal(OutlierAction.Ejected, detector.Report(records[0], UpstreamOutcome.Answered(500), 0).Action);
    }

    [Fact]
    public void HalfOpen_EveryProbeSucceeds_ClosesAndAFailedOneEjectsAgain()
    {
        OutlierRule rule = new() { Consecutive5xx = 1, MaxEjectionPercent = 100, BaseEjectionTime = 1000, Interval = 1000, HalfOpenProbes = 2 };
        (OutlierDetector detector, OutlierRecord[] records) = Make(rule, 1);
        OutlierRecord record = records[0];
        detector.Report(record, UpstreamOutcome.Answered(500), 0);
        Tick(detector, 1000);
        Assert.Equal(OutlierState.Returning, record.State);
        Assert.True(record.Breaker.TryEnter(out uint first));
        Assert.True(record.Breaker.TryEnter(out uint second));
        Assert.False(record.Breaker.TryEnter(out _));
        detector.Report(record, UpstreamOutcome.Answered(200), 1001, first);
        Assert.False(record.Breaker.TryEnter(out _));
        Assert.Equal(
            new OutlierChange(OutlierAction.Ejected, EjectionCause.FailedProbe), detector.Report(record, UpstreamOutcome.Reset, 1002, second));
        Assert.Equal(2, record.Multiplier);

        Tick(detector, 3002);
        Assert.True(record.Breaker.TryEnter(out first));
        Assert.True(record.Breaker.TryEnter(out second));
        detector.Report(record, UpstreamOutcome.Silent, 3003, first);
        Assert.True(record.Breaker.TryEnter(out first));
        detector.Report(record, UpstreamOutcome.Answered(200), 3004, first);
        detector.Report(record, UpstreamOutcome.Answered(204), 3004, second);
        Assert.Equal(OutlierState.Healthy, record.State);
        Assert.True(record.Breaker.TryEnter(out uint none));
        Assert.Equal(0u, none);
    }

    [Fact]
    public void HalfOpen_AnAnswerFromBeforeTheEjection_DecidesNothing()
    {
        OutlierRule rule = new() { Consecutive5xx = 1, MaxEjectionPercent = 100, BaseEjectionTime = 1000, Interval = 1000, HalfOpenProbes = 1 };
        (OutlierDetector detector, OutlierRecord[] records) = Make(rule, 1);
        detector.Report(records[0], UpstreamOutcome.Answered(500), 0);
        Tick(detector, 1000);
        detector.Report(records[0], UpstreamOutcome.Answered(200), 1001);
        Assert.True(records[0].Breaker.IsTrying);
        Assert.Equal(OutlierState.Returning, records[0].State);
        Assert.True(records[0].Breaker.TryEnter(out uint lost));
        Tick(detector, 2000);
        Assert.True(records[0].Breaker.TryEnter(out uint next), "who holds the only place for a whole interval has lost it");
        detector.Report(records[0], UpstreamOutcome.Answered(200), 2001, lost);
        Assert.True(records[0].Breaker.IsTrying);
        detector.Report(records[0], UpstreamOutcome.Answered(200), 2002, next);
        Assert.False(records[0].Breaker.IsTrying);
    }

    [Fact]
    public void Report_BelowTheThreshold_AllocatesNothing()
    {
        (OutlierDetector detector, OutlierRecord[] records) = Make(new OutlierRule { Consecutive5xx = 3, MaxEjectionPercent = 100 }, 1);
        Assert.Equal(0, Allocations.Measure(() =>
        {
            detector.Report(records[0], UpstreamOutcome.Answered(503), 0);
            detector.Report(records[0], UpstreamOutcome.Reset, 0);
            detector.Report(records[0], UpstreamOutcome.Answered(200), 0);
        }));
    }

    private (OutlierDetector Detector, OutlierRecord[] Records) Make(OutlierRule rule, int endpoints)
    {
        OutlierDetector detector = new(rule, () => _random);
        OutlierRecord[] records = [.. Enumerable.Range(0, endpoints).Select(static _ => new OutlierRecord())];
        detector.SetMembers(records);
        return (detector, records);
    }

    private void Tick(OutlierDetector detector, long now)
    {
        _transitions.Clear();
        detector.Tick(now, _transitions);
    }
}
