namespace VoltageSoda.Edge.Transport;

/// <summary>
/// A hierarchical timing wheel with a tick of 1 ms. Not thread-safe: it belongs to one loop. Entries are linked into it and
/// stay the property of whoever scheduled them.
/// </summary>
public sealed class TimerWheel
{
    /// <summary>Creates a wheel that stands at <paramref name="nowMs"/>.</summary>
    public TimerWheel(long nowMs) => NowMs = nowMs;

    /// <summary>The time the wheel was last advanced to.</summary>
    public long NowMs { get; private set; }

    /// <summary>
    /// Sets or moves a deadline. Moving it later, and scheduling again after <see cref="Cancel"/>, is a plain write.
    /// </summary>
    public void Schedule(TimerEntry entry, long deadlineMs) => throw new NotImplementedException();

    /// <summary>Forgets the deadline by a plain write. The wheel may hold on to the entry until its old slot comes round.</summary>
    public void Cancel(TimerEntry entry) => throw new NotImplementedException();

    /// <summary>Cancels and unlinks at once, for an entry that is about to be dropped.</summary>
    public void Remove(TimerEntry entry) => throw new NotImplementedException();

    /// <summary>Runs every timer due at or before <paramref name="nowMs"/>, in order of deadline tick.</summary>
    public void Advance(long nowMs) => throw new NotImplementedException();

    /// <summary>Milliseconds until the wheel next needs <see cref="Advance"/>; -1 when it is empty. May be early, never late.</summary>
    public int GetTimeout(long nowMs) => throw new NotImplementedException();
}
