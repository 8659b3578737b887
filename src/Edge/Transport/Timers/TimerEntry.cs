namespace VoltageSoda.Edge.Transport;

/// <summary>
/// One intrusive timer: embed or derive, schedule with <see cref="TimerWheel.Schedule"/>. Nothing is allocated to schedule,
/// move or cancel. Loop thread only.
/// </summary>
public abstract class TimerEntry
{
    /// <summary>Value of <see cref="Deadline"/> while not scheduled.</summary>
    public const long Never = long.MaxValue;

    internal TimerEntry? NextInSlot;
    internal TimerEntry? PreviousInSlot;

    // Slot index in the wheel, -1 when linked nowhere.
    internal int Slot = -1;

    // The tick the entry is linked for. Never later than Deadline: moving a deadline later leaves the entry where it is.
    internal long ArmedAt;

    /// <summary>When the timer is due, in <see cref="EventLoop.NowMilliseconds"/>; <see cref="Never"/> when not scheduled.</summary>
    public long Deadline { get; internal set; } = Never;

    /// <summary>True from <see cref="TimerWheel.Schedule"/> until it is cancelled or expires.</summary>
    public bool IsScheduled => Deadline != Never;

    /// <summary>
    /// Runs on the loop once the deadline has passed; the entry may be scheduled again from here. <paramref name="nowMs"/> is the tick the wheel
    /// has reached, which is the deadline unless that was past when it was set; <see cref="EventLoop.NowMilliseconds"/> may be later.
    /// </summary>
    protected internal abstract void OnExpired(long nowMs);
}
