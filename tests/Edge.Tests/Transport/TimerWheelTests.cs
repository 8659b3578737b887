using CsCheck;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Tests.Transport;

public sealed class TimerWheelTests
{
    private enum Kind
    {
        Schedule,
        Cancel,
        Remove,
        Advance,
        AdvanceToTimeout,
    }

    [Fact]
    public void Wheel_AnySequenceOfCalls_FiresLikeASortedList()
    {
        // Distances over all levels, the past included.
        Gen<long> distance = Gen.OneOf(
            Gen.Long[-20, 70], Gen.Long[0, 5_000], Gen.Long[0, 300_000], Gen.Long[0, 20_000_000], Gen.Long[0, 1L << 36]);
        Gen<(int Kind, int Entry, long Distance)[]> calls = Gen.Select(Gen.Int[0, 4], Gen.Int[0, 15], distance).Array[1, 120];
        Gen.Select(Gen.Long[0, 1L << 41], calls).Sample(
            test =>
            {
                (long start, (int Kind, int Entry, long Distance)[] steps) = test;
                var fired = new List<(long At, int Entry)>();
                var wheel = new TimerWheel(start);
                var entries = Enumerable.Range(0, 16).Select(i => new Entry(i, fired)).ToArray();
                var model = new Dictionary<int, long>();
                long now = start;
                foreach ((int kind, int index, long distance) in steps)
                {
                    Entry entry = entries[index];
                    switch ((Kind)kind)
                    {
                        case Kind.Schedule:
                            wheel.Schedule(entry, Math.Max(now + distance, 0));
                            model[index] = Math.Max(now + distance, 0);
                            break;
                        case Kind.Cancel:
                            wheel.Cancel(entry);
                            model.Remove(index);
                            break;
                        case Kind.Remove:
                            wheel.Remove(entry);
                            model.Remove(index);
                            break;
                        default:
                            int timeout = wheel.GetTimeout(now);
                            long due = model.Count == 0 ? long.MaxValue : model.Values.Min();
                            Assert.True(timeout >= 0 || model.Count == 0, "A scheduled timer has a timeout.");
                            Assert.True(timeout < 0 || timeout == int.MaxValue || now + timeout <= Math.Max(due, now), "Never late.");
                            now += (Kind)kind == Kind.Advance ? Math.Max(distance, 0) : Math.Max(timeout, 0);
                            fired.Clear();
                            wheel.Advance(now);
                            Assert.Equal(
                                model.Where(pair => pair.Value <= now).Select(pair => pair.Key).Order(),
                                fired.Select(each => each.Entry).Order());
                            Assert.Equal(fired.Select(each => each.At).Order(), fired.Select(each => each.At));
                            foreach ((long at, int each) in fired)
                            {
                                // At its own tick, or at once when it was in the past already.
                                Assert.True(at >= model[each] && at <= now);
                                model.Remove(each);
                            }

                            break;
                    }

                    Assert.Equal(model.ContainsKey(index), entry.IsScheduled);
                }
            },
            iter: 3_000);
    }

    [Fact]
    public void Advance_LongJump_FiresEachAtItsOwnTick()
    {
        var fired = new List<(long At, int Entry)>();
        var wheel = new TimerWheel(1_000);
        long[] deadlines = [1_001, 1_063, 1_064, 5_000, 70_000, 9_999_999];
        for (int i = 0; i < deadlines.Length; i++)
        {
            wheel.Schedule(new Entry(i, fired), deadlines[i]);
        }

        wheel.Advance(10_000_000);
        Assert.Equal(deadlines.Select((at, i) => (at, i)), fired);
        Assert.Equal(-1, wheel.GetTimeout(10_000_000));
    }

    [Fact]
    public void Advance_EntryReschedulesItselfNow_RunsOncePerCall()
    {
        var wheel = new TimerWheel(0);
        var entry = new Repeating(wheel, delay: 0);
        wheel.Schedule(entry, 5);
        wheel.Advance(5);
        Assert.Equal(1, entry.Runs);
        Assert.Equal(0, wheel.GetTimeout(5));
        wheel.Advance(5);
        Assert.Equal(2, entry.Runs);
        wheel.Advance(6);
        Assert.Equal(3, entry.Runs);
    }

    [Fact]
    public void Advance_EntryReschedulesItselfAhead_RunsAtEveryStep()
    {
        var wheel = new TimerWheel(0);
        var entry = new Repeating(wheel, delay: 10);
        wheel.Schedule(entry, 10);
        wheel.Advance(100);
        Assert.Equal(10, entry.Runs);
    }

    [Fact]
    public void Advance_EntryRemovesAnotherOfItsSlot_ThatOneDoesNotFire()
    {
        var fired = new List<(long At, int Entry)>();
        var wheel = new TimerWheel(0);
        var victim = new Entry(1, fired);
        var other = new Entry(2, fired);

        // The order within a tick is not promised: one of the two runs before the victim.
        wheel.Schedule(new Remover(wheel, victim), 7);
        wheel.Schedule(victim, 7);
        wheel.Schedule(new Remover(wheel, victim), 7);
        wheel.Schedule(other, 7);
        wheel.Advance(7);
        Assert.Equal([(7L, 2)], fired);
    }

    [Fact]
    public void Advance_CallbackThrows_TheRestRunsInTheNextCall()
    {
        // Two of one tick that come down from a higher level, one that throws, and one that is due a little later.
        var fired = new List<(long At, int Entry)>();
        var wheel = new TimerWheel(0);
        wheel.Schedule(new Entry(1, fired), 128);
        wheel.Schedule(new Throwing(), 128);
        wheel.Schedule(new Entry(2, fired), 128);
        wheel.Schedule(new Entry(3, fired), 133);
        Assert.Throws<InvalidDataException>(() => wheel.Advance(130));
        Assert.Equal(0, wheel.GetTimeout(130));
        wheel.Advance(130);
        Assert.Equal([1, 2], fired.Select(each => each.Entry).Order());
        Assert.Equal(3, wheel.GetTimeout(130));
        wheel.Advance(133);
        Assert.Equal((133L, 3), fired[^1]);
    }

    [Fact]
    public void Advance_EntriesRemoveEachOtherWhileOverdue_Ends()
    {
        var wheel = new TimerWheel(10);
        var fired = new List<(long At, int Entry)>();
        var victim = new Entry(1, fired);
        wheel.Schedule(victim, 5);
        wheel.Schedule(new Remover(wheel, victim), 5);
        var repeating = new Repeating(wheel, delay: 0);
        wheel.Schedule(repeating, 5);
        wheel.Advance(10);
        Assert.Equal(1, repeating.Runs);
        Assert.Empty(fired.Skip(1));
    }

    [Fact]
    public void Schedule_MovesAndCancels_AllocateNothing()
    {
        var wheel = new TimerWheel(0);
        var entry = new Repeating(wheel, delay: 1_000_000);
        wheel.Schedule(entry, 60_000);
        int now = 0;
        long Round()
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int end = now + 200_000; now < end; now++)
            {
                wheel.Cancel(entry);
                wheel.Schedule(entry, now + 60_000);
                wheel.Advance(now);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(0, Allocations.Least(Round));
        Assert.Equal(0, entry.Runs);
    }

    private sealed class Entry(int id, List<(long At, int Entry)> fired) : TimerEntry
    {
        protected internal override void OnExpired(long nowMs) => fired.Add((nowMs, id));
    }

    private sealed class Repeating(TimerWheel wheel, long delay) : TimerEntry
    {
        public int Runs { get; private set; }

        protected internal override void OnExpired(long nowMs)
        {
            Runs++;
            wheel.Schedule(this, nowMs + delay);
        }
    }

    private sealed class Throwing : TimerEntry
    {
        protected internal override void OnExpired(long nowMs) => throw new InvalidDataException();
    }

    private sealed class Remover(TimerWheel wheel, TimerEntry victim) : TimerEntry
    {
        protected internal override void OnExpired(long nowMs) => wheel.Remove(victim);
    }
}
