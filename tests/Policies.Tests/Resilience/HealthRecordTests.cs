using CsCheck;
using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.Policies.Tests.Facts;

namespace VoltageSoda.Edge.Policies.Tests.Resilience;

public sealed class HealthRecordTests
{
    private static readonly HealthRule Rule = new([200, 302], [429, 500])
    {
        Successes = 2,
        HttpFailures = 3,
        TcpFailures = 1,
        Timeouts = 2,
        Heals = true,
    };

    [Fact]
    public void Report_FailuresUpToTheLimit_TakeOutAndSuccessesHeal()
    {
        HealthRecord record = new();
        Assert.True(record.IsHealthy);
        Assert.Equal(HealthChange.None, Rule.ReportStatus(record, 500));
        Assert.Equal(HealthChange.None, Rule.ReportStatus(record, 429));
        Assert.Equal(2, record.Count(HealthSignal.HttpFailure));
        Assert.Equal(HealthChange.BecameUnhealthy, Rule.ReportStatus(record, 500));
        Assert.False(record.IsHealthy);
        Assert.Equal(HealthChange.None, Rule.ReportStatus(record, 500));
        Assert.Equal(HealthChange.None, Rule.ReportStatus(record, 200));
        Assert.Equal(HealthChange.BecameHealthy, Rule.ReportStatus(record, 302));
        Assert.True(record.IsHealthy);
        Assert.Equal(0, record.Count(HealthSignal.HttpFailure));
    }

    [Fact]
    public void Report_OneSuccess_ClearsFailures()
    {
        HealthRecord record = new();
        Rule.ReportStatus(record, 500);
        Rule.ReportStatus(record, 500);
        Rule.Report(record, HealthSignal.Timeout);
        Rule.ReportStatus(record, 200);
        Assert.Equal(HealthChange.None, Rule.ReportStatus(record, 500));
        Assert.Equal(HealthChange.None, Rule.Report(record, HealthSignal.Timeout));
        Assert.Equal(HealthChange.None, Rule.ReportStatus(record, 500));
        Assert.Equal(HealthChange.BecameUnhealthy, Rule.ReportStatus(record, 500));
    }

    [Fact]
    public void Report_OneFailure_ClearsSuccesses()
    {
        HealthRecord record = new();
        record.Set(healthy: false);
        Rule.ReportStatus(record, 200);
        Rule.ReportStatus(record, 500);
        Assert.Equal(HealthChange.None, Rule.ReportStatus(record, 200));
        Assert.Equal(HealthChange.BecameHealthy, Rule.ReportStatus(record, 200));
    }

    [Fact]
    public void ReportStatus_InNeitherListOrUnreadable_IsIgnoredOrBad()
    {
        HealthRecord record = new();
        foreach (int status in (int[])[404, 999, 1000, -1, int.MaxValue])
        {
            Assert.Equal(HealthChange.None, Rule.ReportStatus(record, status));
        }

        Assert.Equal(0, record.Count(HealthSignal.HttpFailure));
        Rule.ReportStatus(record, 0);
        Assert.Equal(1, record.Count(HealthSignal.HttpFailure));
    }

    [Fact]
    public void Report_PassiveRule_NeverHeals()
    {
        HealthRule passive = new([200], [500]) { Successes = 1, HttpFailures = 1 };
        HealthRecord record = new();
        Assert.Equal(HealthChange.BecameUnhealthy, passive.ReportStatus(record, 500));
        Assert.Equal(HealthChange.None, passive.ReportStatus(record, 200));
        Assert.False(record.IsHealthy);
    }

    [Fact]
    public void Set_SameState_IsNoChangeAndClearsCounters()
    {
        HealthRecord record = new();
        Rule.ReportStatus(record, 500);
        Assert.Equal(HealthChange.None, record.Set(healthy: true));
        Assert.Equal(0, record.Count(HealthSignal.HttpFailure));
        Assert.Equal(HealthChange.BecameUnhealthy, record.Set(healthy: false));
        Assert.Equal(HealthChange.BecameHealthy, record.Set(healthy: true));
    }

    // The rules written once more, as plainly as possible.
    private sealed class Reference(int[] limits, bool heals)
    {
        private readonly int[] _counts = new int[4];

        public bool Healthy { get; set; } = true;

        public HealthChange Report(int signal)
        {
            if (signal == 0)
            {
                _counts[1] = _counts[2] = _counts[3] = 0;
            }
            else
            {
                _counts[0] = 0;
            }

            bool speaksAgainst = signal == 0 ? !Healthy && heals : Healthy;
            if (!speaksAgainst || limits[signal] == 0 || ++_counts[signal] < limits[signal])
            {
                return HealthChange.None;
            }

            Healthy = !Healthy;
            Array.Clear(_counts);
            return Healthy ? HealthChange.BecameHealthy : HealthChange.BecameUnhealthy;
        }
    }

    [Fact]
    public void Report_RandomEvents_AgreesWithTheReference() => Gen.Select(
        Gen.Int[0, 4].Array[4], Gen.Bool, Gen.Int[0, 5].Array[0, 200]).Sample((limits, heals, events) =>
        {
            HealthRecord record = new();
            HealthRule rule = new([200], [500])
            {
                Successes = limits[0],
                HttpFailures = limits[1],
                TcpFailures = limits[2],
                Timeouts = limits[3],
                Heals = heals,
            };
            Reference reference = new(limits, heals);
            foreach (int one in events)
            {
                if (one >= 4)
                {
                    bool healthy = one == 4;
                    record.Set(healthy);
                    reference = new Reference(limits, heals) { Healthy = healthy };
                }
                else
                {
                    Assert.Equal(reference.Report(one), rule.Report(record, (HealthSignal)one));
                }

                Assert.Equal(reference.Healthy, record.IsHealthy);
            }
        });

    [Fact]
    public void Report_LargestLimit_IsCounted()
    {
        HealthRule rule = new([200], [500]) { HttpFailures = 255 };
        HealthRecord record = new();
        for (int i = 1; i < 255; i++)
        {
            Assert.Equal(HealthChange.None, rule.ReportStatus(record, 500));
        }

        Assert.Equal(HealthChange.BecameUnhealthy, rule.ReportStatus(record, 500));
    }

    [Fact]
    public void Report_ManyThreads_EveryTransitionHasOneReporter()
    {
        HealthRule rule = new([200], [500]) { Successes = 2, HttpFailures = 3, Heals = true };
        HealthRecord record = new();
        int down = 0;
        int up = 0;
        Race.Run(4, thread =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                // Runs of five, so that the state changes also where one thread runs after the other.
                HealthChange change = rule.ReportStatus(record, (i + thread) / 5 % 2 == 0 ? 500 : 200);
                _ = change switch
                {
                    HealthChange.BecameUnhealthy => Interlocked.Increment(ref down),
                    HealthChange.BecameHealthy => Interlocked.Increment(ref up),
                    _ => 0,
                };
            }
        });
        Assert.True(down > 0);
        Assert.Equal(record.IsHealthy ? down : down - 1, up);
    }

    [Fact]
    public void Report_Steady_AllocatesNothing()
    {
        HealthRecord record = new();
        Assert.Equal(0, Allocations.Measure(() => Rule.ReportStatus(record, 200)));
    }
}
