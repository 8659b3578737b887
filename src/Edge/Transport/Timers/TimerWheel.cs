using System.Diagnostics;
using System.Numerics;

namespace VoltageSoda.Edge.Transport;

/// <summary>
/// A hierarchical timing wheel with a tick of 1 ms. Not thread-safe: it belongs to one loop. Entries are linked into it and
/// stay the property of whoever scheduled them.
/// </summary>
/// <remarks>
/// Seven levels of 64 slots; a slot of level <c>n</c> spans 64^n ms. An entry lives on the level of the highest six-bit group in which
/// its tick differs from the wheel's, so every occupied slot of a level lies ahead and the lowest occupied level holds what comes
/// first. When the wheel reaches a slot of a higher level, its entries move down. (The idea is that of tokio's timer wheel.)
/// </remarks>
public sealed class TimerWheel
{
    private const int SlotBits = 6;
    private const int SlotsPerLevel = 1 << SlotBits;
    private const int Levels = 7;

    // Entries scheduled at a time already past: they wait for the next call of Advance.
    private const int OverdueSlot = Levels * SlotsPerLevel;

    // Entries whose callbacks are being run; not empty between calls only after one has thrown.
    private const int FiringSlot = OverdueSlot + 1;

    // 42 bits of milliseconds are 139 years since boot: the top level never wraps.
    private const long LastTick = (1L << (SlotBits * Levels)) - 1;
    private const long NoTick = long.MaxValue;

    private readonly TimerEntry?[] _slots = new TimerEntry?[FiringSlot + 1];
    private readonly ulong[] _occupied = new ulong[Levels];
    private long _next = NoTick;

    /// <summary>Creates a wheel that stands at <paramref name="nowMs"/>, which is not negative.</summary>
    public TimerWheel(long nowMs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nowMs);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nowMs, LastTick);
        NowMs = nowMs;
    }

    /// <summary>The time the wheel was last advanced to.</summary>
    public long NowMs { get; private set; }

    /// <summary>
    /// Sets or moves a deadline. Moving it later, and scheduling again after <see cref="Cancel"/>, is a plain write. A deadline that has
    /// passed expires at the next <see cref="Advance"/>.
    /// </summary>
    public void Schedule(TimerEntry entry, long deadlineMs)
    {
        entry.Deadline = deadlineMs;
        if (entry.Slot >= 0)
        {
            if (entry.ArmedAt <= deadlineMs)
            {
                return;
            }

            Unlink(entry);
        }

        Link(entry);
    }

    /// <summary>Forgets the deadline by a plain write. The wheel may hold on to the entry until its old slot comes round.</summary>
    public void Cancel(TimerEntry entry) => entry.Deadline = TimerEntry.Never;

    /// <summary>Cancels and unlinks at once, for an entry that is about to be dropped.</summary>
    public void Remove(TimerEntry entry)
    {
        entry.Deadline = TimerEntry.Never;
        if (entry.Slot >= 0)
        {
            Unlink(entry);
        }
    }

    /// <summary>
    /// Runs every timer due at or before <paramref name="nowMs"/>, in order of deadline tick; each is told its own tick. A timer that
    /// expires and is scheduled at that tick again runs in the next call.
    /// </summary>
    public void Advance(long nowMs)
    {
        while (_slots[OverdueSlot] is { } entry)
        {
            Unlink(entry);
            Link(entry, FiringSlot, entry.ArmedAt);
        }

        Fire();
        while (_next <= nowMs)
        {
            RunSlot();
        }

        if (nowMs > NowMs)
        {
            // No slot lies between, so no entry changes its level by this.
            NowMs = nowMs;
        }
    }

    /// <summary>Milliseconds until the wheel next needs <see cref="Advance"/>; -1 when it is empty. May be early, never late.</summary>
    public int GetTimeout(long nowMs)
    {
        if (_slots[OverdueSlot] is not null || _slots[FiringSlot] is not null)
        {
            return 0;
        }

        return _next == NoTick ? -1 : (int)Math.Clamp(_next - nowMs, 0, int.MaxValue);
    }

    private void Fire()
    {
        while (_slots[FiringSlot] is { } entry)
        {
            Unlink(entry);
            if (entry.Deadline <= NowMs)
            {
                entry.Deadline = TimerEntry.Never;
                entry.OnExpired(NowMs);
            }
            else if (entry.IsScheduled)
            {
                // Moved later since it was linked, perhaps by the callback of another.
                Link(entry);
            }
        }
    }

    private void RunSlot()
    {
        int level = 0;
        while (_occupied[level] == 0)
        {
            level++;
        }

        int index = (level * SlotsPerLevel) + BitOperations.TrailingZeroCount(_occupied[level]);
        NowMs = _next;
        while (_slots[index] is { } entry)
        {
            Unlink(entry);
            if (entry.Deadline <= NowMs)
            {
                Link(entry, FiringSlot, entry.ArmedAt);
            }
            else if (entry.IsScheduled)
            {
                // Moved later since it was linked, or on its way down from a higher level.
                Link(entry);
            }
        }

        // The wheel is in order again before any callback runs: one that throws leaves the rest to the next call.
        FindNext();
        Fire();
    }

    private void Link(TimerEntry entry)
    {
        long tick = Math.Min(entry.Deadline, LastTick);
        if (tick <= NowMs)
        {
            Link(entry, OverdueSlot, NowMs);
            return;
        }

        int level = BitOperations.Log2((ulong)(tick ^ NowMs)) / SlotBits;
        int position = (int)(tick >> (level * SlotBits)) & (SlotsPerLevel - 1);
        _occupied[level] |= 1UL << position;
        _next = Math.Min(_next, tick & ~((1L << (level * SlotBits)) - 1));
        Link(entry, (level * SlotsPerLevel) + position, tick);
    }

    // Armed for the entry's own tick, not the slot's: whatever deadline is not earlier finds the entry in time.
    private void Link(TimerEntry entry, int slot, long tick)
    {
        entry.ArmedAt = tick;
        entry.Slot = slot;
        entry.PreviousInSlot = null;
        TimerEntry? head = _slots[slot];
        entry.NextInSlot = head;
        if (head is not null)
        {
            head.PreviousInSlot = entry;
        }

        _slots[slot] = entry;
    }

    private void Unlink(TimerEntry entry)
    {
        int slot = entry.Slot;
        TimerEntry? next = entry.NextInSlot;
        TimerEntry? previous = entry.PreviousInSlot;
        if (next is not null)
        {
            next.PreviousInSlot = previous;
        }

        if (previous is not null)
        {
            previous.NextInSlot = next;
        }
        else
        {
            _slots[slot] = next;
            if (next is null && slot < OverdueSlot)
            {
                _occupied[slot / SlotsPerLevel] &= ~(1UL << (slot % SlotsPerLevel));
                FindNext();
            }
        }

        entry.NextInSlot = null;
        entry.PreviousInSlot = null;
        entry.Slot = -1;
    }

    private void FindNext()
    {
        for (int level = 0; level < Levels; level++)
        {
            ulong occupied = _occupied[level];
            if (occupied != 0)
            {
                int shift = level * SlotBits;
                long above = NowMs & ~((1L << (shift + SlotBits)) - 1);
                _next = above | ((long)BitOperations.TrailingZeroCount(occupied) << shift);
                Debug.Assert(_next >= NowMs, "Every occupied slot lies ahead.");
                return;
            }
        }

        _next = NoTick;
    }
}
