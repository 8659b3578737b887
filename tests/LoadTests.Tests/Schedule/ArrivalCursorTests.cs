using VoltageSoda.Edge.LoadTests.Model;
using VoltageSoda.Edge.LoadTests.Schedule;

namespace VoltageSoda.Edge.LoadTests.Tests.Schedule;

public sealed class ArrivalCursorTests
{
    private const long Millisecond = 1_000_000;

    private static readonly ArrivalSchedule Thousand = new([new LoadSimulation.InjectConstantRate(1000, TimeSpan.FromSeconds(1))]);

    [Fact]
    public void TryTake_BeforeItIsDue_GivesNothing()
    {
        var cursor = new ArrivalCursor(Thousand, 0, 1);

        Assert.True(cursor.TryTake(0, out long first));
        Assert.Equal(0, first);
        Assert.False(cursor.TryTake(Millisecond / 2, out _));
        Assert.Equal(Millisecond, cursor.NextOffset);
    }

    [Fact]
    public void TryTake_AfterAStall_HandsOutTheTimesThatWereMissed()
    {
        var cursor = new ArrivalCursor(Thousand, 0, 1);
        Assert.True(cursor.TryTake(0, out _));

        // Nothing for 100 ms: the next hundred arrivals are late by what is missing, not started afresh.
        for (int i = 1; i <= 100; i++)
        {
            Assert.True(cursor.TryTake(100 * Millisecond, out long intended));
            Assert.Equal(i * Millisecond, intended);
        }

        Assert.False(cursor.TryTake(100 * Millisecond, out _));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void TryTake_SeveralLoops_ShareTheScheduleWithoutGapOrDouble(int loops)
    {
        var seen = new List<long>();
        for (int i = 0; i < loops; i++)
        {
            var cursor = new ArrivalCursor(Thousand, i, loops);
            long expected = cursor.Remaining;
            long taken = 0;
            while (cursor.TryTake(long.MaxValue - 1, out long intended))
            {
                seen.Add(intended);
                taken++;
            }

            Assert.Equal(expected, taken);
            Assert.Equal(0, cursor.Remaining);
            Assert.Equal(long.MaxValue, cursor.NextOffset);
        }

        Assert.Equal(Enumerable.Range(0, 1000).Select(number => Thousand.OffsetOf(number)), seen.Order());
    }
}
