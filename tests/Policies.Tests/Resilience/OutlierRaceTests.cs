using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.Policies.Tests.Facts;

namespace VoltageSoda.Edge.Policies.Tests.Resilience;

/// <summary>Real threads report while a clock ticks and members come and go; what may never happen is looked at all the time.</summary>
public sealed class OutlierRaceTests
{
    [Fact]
    public void Reports_OfManyThreads_EjectOnceEachAndNeverOnePastTheLimit()
    {
        const int Hosts = 10;
        const int Rounds = 300;

        // The draw stands between the look at the share of ejected ones and taking a place in it: threads that yield there meet.
        OutlierRule rule = new()
        {
            Consecutive5xx = 3,
            EnforcingConsecutive5xx = 99,
            MaxEjectionPercent = 30,
            BaseEjectionTime = 1,
            Interval = 1,
            EnforcingSuccessRate = 0,
        };
        OutlierDetector detector = new(rule, static () =>
        {
            Thread.Yield();
            return 0;
        });
        OutlierRecord[] records = [.. Enumerable.Range(0, Hosts).Select(static _ => new OutlierRecord())];
        detector.SetMembers(records);
        int told = 0;
        int worst = 0;
        long now = 0;
        bool stop = false;
        Thread watcher = new(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                worst = Math.Max(worst, Math.Max(records.Count(static record => record.IsEjected), detector.Active));
            }
        });
        watcher.Start();
        for (int round = 0; round < Rounds; round++)
        {
            Race.Run(4, thread =>
            {
                for (int i = 0; i < 60; i++)
                {
                    OutlierRecord record = records[(i + (thread * 3)) % Hosts];
                    if (detector.Report(record, UpstreamOutcome.Answered(503), now).Action == OutlierAction.Ejected)
                    {
                        Interlocked.Increment(ref told);
                    }
                }
            });
            Assert.Equal(3, records.Count(static record => record.IsEjected));
            Assert.Equal(3, detector.Active);
            now += 1_000_000;
            List<OutlierTransition> transitions = [];
            detector.Tick(now, transitions);
            Assert.Equal(3, transitions.Count);
            Assert.Equal(0, detector.Active);
        }

        Volatile.Write(ref stop, true);
        watcher.Join();
        Assert.Equal(Rounds * 3, told);
        Assert.Equal(Rounds * 3, detector.Enforced(EjectionCause.Consecutive5xx));
        Assert.InRange(worst, 0, 3);
    }

    [Fact]
    public void Reports_OfManyThreads_AreAllCounted()
    {
        const int Each = 500_000;
        OutlierDetector detector = new(new OutlierRule { Consecutive5xx = 0, ConsecutiveGatewayFailure = 0, EnforcingSuccessRate = 0 }, static () => 0);
        OutlierRecord record = new();
        detector.SetMembers([record]);
        Race.Run(4, thread =>
        {
            for (int i = 0; i < Each; i++)
            {
                detector.Report(record, UpstreamOutcome.Answered(thread % 2 == 0 ? 502 : 504), 0);
            }
        });
        Assert.Equal(4 * Each, record.Count(EjectionCause.Consecutive5xx));
        Assert.Equal(4 * Each, record.Count(EjectionCause.ConsecutiveGatewayFailure));
    }

    [Fact]
    public void Reports_WhileClockAndMembersMove_LeaveTheCountsRight()
    {
        const int Hosts = 8;
        OutlierRule rule = new()
        {
            Consecutive5xx = 2,
            MaxEjectionPercent = 50,
            BaseEjectionTime = 2,
            MaxEjectionTime = 4,
            Interval = 1,
            SuccessRateMinimumHosts = 2,
            SuccessRateRequestVolume = 1,
            SuccessRateFactor = 0.5,
            HalfOpenProbes = 2,
        };
        OutlierDetector detector = new(rule, static () => 0.5);
        OutlierRecord[] records = [.. Enumerable.Range(0, Hosts).Select(static _ => new OutlierRecord())];
        detector.SetMembers(records);
        long clock = 0;
        int worst = 0;
        bool stop = false;
        Thread control = new(() =>
        {
            List<OutlierTransition> transitions = [];
            for (int i = 0; !Volatile.Read(ref stop); i++)
            {
                detector.Tick(Interlocked.Increment(ref clock), transitions);
                transitions.Clear();
                if (i % 3 == 0)
                {
                    detector.SetMembers(records.AsSpan(0, Hosts - (i / 3 % 3)));
                }

                worst = Math.Max(worst, detector.Active);
            }
        });
        control.Start();
        Race.Run(3, thread =>
        {
            Random random = new(thread);
            for (int i = 0; i < 150_000; i++)
            {
                OutlierRecord record = records[random.Next(Hosts)];
                if (record.Breaker.TryEnter(out uint ticket))
                {
                    UpstreamOutcome outcome = random.Next(4) == 0 ? UpstreamOutcome.Answered(200)
                        : random.Next(8) == 0 ? UpstreamOutcome.Silent
                        : UpstreamOutcome.Answered(500);
                    detector.Report(record, outcome, Volatile.Read(ref clock), ticket);
                }
            }
        });
        Volatile.Write(ref stop, true);
        control.Join();
        Assert.InRange(worst, 1, Hosts / 2);
        Assert.Equal(records.Count(static record => record.IsEjected), detector.Active);
        detector.SetMembers([]);
        Assert.Equal((0, 0), (detector.Active, detector.Members));
        Assert.All(records, static record => Assert.False(record.IsEjected));
    }

    // A member that left and joined again between a look at it and the move: it stands as before, and is another standing all the same.
    [Fact]
    public void Move_FromAStandingThatWasReplacedByItsLike_Fails()
    {
        OutlierDetector detector = new(new OutlierRule(), static () => 0);
        OutlierRecord record = new();
        detector.SetMembers([record]);
        OutlierRecord.Standing seen = record.Current;
        detector.SetMembers([]);
        detector.SetMembers([record]);
        Assert.Equal(seen, record.Current);
        Assert.False(record.TryMove(seen, seen with { State = OutlierState.Ejected }));
        Assert.False(record.IsEjected);
    }

    [Fact]
    public void HalfOpen_ManyThreads_NeverMoreThanItsPlaces()
    {
        HalfOpenBreaker breaker = new();
        for (int round = 0; round < 2000; round++)
        {
            breaker.Begin(3);
            int entered = 0;
            int passed = 0;
            Race.Run(3, _ =>
            {
                for (int i = 0; i < 4; i++)
                {
                    if (breaker.TryEnter(out uint ticket) && ticket != 0)
                    {
                        Interlocked.Increment(ref entered);
                        if (breaker.Report(ticket, success: true) == ProbeVerdict.Passed)
                        {
                            Interlocked.Increment(ref passed);
                        }
                    }
                }
            });
            Assert.Equal((3, 1), (entered, passed));
            Assert.False(breaker.IsTrying);
        }
    }
}
