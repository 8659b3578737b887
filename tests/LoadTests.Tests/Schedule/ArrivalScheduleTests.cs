using CsCheck;
using VoltageSoda.Edge.LoadTests.Model;
using VoltageSoda.Edge.LoadTests.Schedule;

namespace VoltageSoda.Edge.LoadTests.Tests.Schedule;

public sealed class ArrivalScheduleTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void OffsetOf_ConstantRate_SpacesEvenly()
    {
        var schedule = new ArrivalSchedule([new LoadSimulation.InjectConstantRate(100, TimeSpan.FromSeconds(2))]);

        Assert.Equal(200, schedule.Total);
        Assert.Equal(2 * Second, schedule.Length);
        for (int i = 0; i < 200; i++)
        {
            Assert.InRange(schedule.OffsetOf(i), (i * Second / 100) - 1, (i * Second / 100) + 1);
        }
    }

    [Fact]
    public void OffsetOf_RampFromZero_FollowsTheSquareRoot()
    {
        // After t seconds 50 t^2 requests have started.
        var schedule = new ArrivalSchedule([new LoadSimulation.Ramp(0, 1000, TimeSpan.FromSeconds(10))]);

        Assert.Equal(5000, schedule.Total);
        Assert.Equal(0, schedule.OffsetOf(0));
        Assert.InRange(schedule.OffsetOf(50), Second - 10, Second + 10);
        Assert.InRange(schedule.OffsetOf(200), (2 * Second) - 10, (2 * Second) + 10);
        Assert.InRange(schedule.OffsetOf(4999), (long)(9.99 * Second), 10 * Second);
    }

    [Fact]
    public void OffsetOf_RampDown_StaysWithinItsStretch()
    {
        var schedule = new ArrivalSchedule([new LoadSimulation.Ramp(1000, 0, TimeSpan.FromSeconds(4))]);

        Assert.Equal(2000, schedule.Total);
        Assert.InRange(schedule.OffsetOf(1000), (long)(1.171 * Second), (long)(1.172 * Second));
        Assert.InRange(schedule.OffsetOf(1999), 3 * Second, 4 * Second);
    }

    [Fact]
    public void OffsetOf_SeveralStretches_ContinueWhereTheLastEnded()
    {
        var schedule = new ArrivalSchedule(
        [
            new LoadSimulation.InjectConstantRate(10, TimeSpan.FromSeconds(1)),
            new LoadSimulation.InjectConstantRate(100, TimeSpan.FromSeconds(1)),
        ]);

        Assert.Equal(110, schedule.Total);
        Assert.InRange(schedule.OffsetOf(9), (long)(0.9 * Second) - 1, (long)(0.9 * Second) + 1);
        Assert.Equal(Second, schedule.OffsetOf(10));
        Assert.InRange(schedule.OffsetOf(60), (long)(1.5 * Second) - 2, (long)(1.5 * Second) + 2);
    }

    [Fact]
    public void OffsetOf_AnyLoad_NeverRunsBackwardsNorPastTheEnd()
    {
        Gen<LoadSimulation> stretch = Gen.Select(Gen.Int[0, 500], Gen.Int[1, 500], Gen.Int[1, 30]).Select(
            (from, to, tenths) => (LoadSimulation)new LoadSimulation.Ramp(from, to, TimeSpan.FromSeconds(tenths / 10d)));
        stretch.Array[1, 4].Sample(load =>
        {
            var schedule = new ArrivalSchedule(load);
            long last = 0;
            for (long i = 0; i < schedule.Total; i++)
            {
                long offset = schedule.OffsetOf(i);
                Assert.InRange(offset, last, schedule.Length);
                last = offset;
            }
        }, iter: 300);
    }

    [Fact]
    public void Constructor_ClosedModel_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new ArrivalSchedule([new LoadSimulation.KeepConcurrent(TimeSpan.FromSeconds(1))]));
}
