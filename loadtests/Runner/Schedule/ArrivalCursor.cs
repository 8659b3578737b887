namespace VoltageSoda.Edge.LoadTests.Schedule;

/// <summary>
/// One loop's share of a schedule: every <c>stride</c>-th arrival from <c>first</c> on, handed out in order with the time each was meant
/// to start. A late caller gets the old times, so its latencies contain the delay. Single-threaded; reads no clock.
/// </summary>
public sealed class ArrivalCursor
{
    private readonly ArrivalSchedule _schedule;
    private readonly int _stride;
    private long _number;

    /// <summary>Starts at arrival <paramref name="first"/>.</summary>
    public ArrivalCursor(ArrivalSchedule schedule, int first, int stride)
    {
        _schedule = schedule;
        _stride = stride;
        _number = first;
        NextOffset = OffsetOrEnd();
    }

    /// <summary>When the next arrival is meant to start; <see cref="long.MaxValue"/> after the last.</summary>
    public long NextOffset { get; private set; }

    /// <summary>How many arrivals of this share have not been handed out.</summary>
    public long Remaining => _number >= _schedule.Total ? 0 : ((_schedule.Total - _number - 1) / _stride) + 1;

    /// <summary>Hands out the next arrival if it is due at <paramref name="elapsed"/> nanoseconds.</summary>
    public bool TryTake(long elapsed, out long intended)
    {
        intended = NextOffset;
        if (elapsed < intended)
        {
            return false;
        }

        _number += _stride;
        NextOffset = OffsetOrEnd();
        return true;
    }

    private long OffsetOrEnd() => _number < _schedule.Total ? _schedule.OffsetOf(_number) : long.MaxValue;
}
