using CsCheck;
using VoltageSoda.Edge.Policies.Resilience;

namespace VoltageSoda.Edge.Policies.Tests.Resilience;

public sealed class ProbeScheduleTests
{
    [Fact]
    public void Next_AnyRandom_IsWithinTheIntervalAndNeverLate() => Gen.Select(
        Gen.Long[1, 100_000], Gen.Long[0, 1_000_000], Gen.Double[0, 1], Gen.Bool).Sample((interval, now, random, healthy) =>
        {
            ProbeSchedule schedule = healthy ? new ProbeSchedule(interval, 0) : new ProbeSchedule(0, interval);
            Assert.InRange(schedule.First(healthy, now, random), now, now + interval);
            Assert.InRange(schedule.Next(healthy, now, random), now + (interval * 9 / 10), now + interval);
            Assert.Equal(ProbeSchedule.Never, schedule.First(!healthy, now, random));
            Assert.Equal(ProbeSchedule.Never, schedule.Next(!healthy, now, random));
        });
}
