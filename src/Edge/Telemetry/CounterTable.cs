using System.Runtime.CompilerServices;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// A small hash table from label keys to counters: one thread writes, any thread reads. A known key costs a multiplication and, as a
/// rule, one probe; a new key may grow the table by publishing a bigger copy, so that a reader always sees one consistent pair of
/// arrays (at worst a few increments old). Keys are positive.
/// </summary>
internal sealed class CounterTable
{
    // Keeps the values of two tables that a compacting collection puts side by side off one cache line.
    private const int Pad = 8;

    private Slots _slots = new(8);
    private int _count;

    /// <summary>The counter of a key; a null reference when the key is new. Writer only.</summary>
    public ref long Find(long key)
    {
        Slots slots = _slots;
        long[] keys = slots.Keys;
        int mask = keys.Length - 1;
        int at = Hash(key) & mask;
        while (true)
        {
            long seen = keys[at];
            if (seen == key)
            {
                return ref slots.Values[Pad + at];
            }

            if (seen == 0)
            {
                return ref Unsafe.NullRef<long>();
            }

            at = (at + 1) & mask;
        }
    }

    /// <summary>Adds a key that <see cref="Find"/> did not find. Writer only; allocates when the table grows.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public ref long Add(long key)
    {
        if ((_count + 1) * 2 > _slots.Keys.Length)
        {
            Grow();
        }

        _count++;
        return ref Insert(_slots, key);
    }

    /// <summary>Adds every counter to <paramref name="totals"/>. Any thread.</summary>
    public void AddTo(Dictionary<long, long> totals)
    {
        Slots slots = Volatile.Read(ref _slots);
        for (int i = 0; i < slots.Keys.Length; i++)
        {
            long key = Volatile.Read(ref slots.Keys[i]);
            if (key != 0)
            {
                totals.TryGetValue(key, out long sum);
                totals[key] = sum + Volatile.Read(ref slots.Values[Pad + i]);
            }
        }
    }

    private static int Hash(long key) => (int)((ulong)(key * unchecked((long)0x9E3779B97F4A7C15)) >> 33);

    private static ref long Insert(Slots slots, long key)
    {
        int mask = slots.Keys.Length - 1;
        int at = Hash(key) & mask;
        while (slots.Keys[at] != 0)
        {
            at = (at + 1) & mask;
        }

        Volatile.Write(ref slots.Keys[at], key);
        return ref slots.Values[Pad + at];
    }

    private void Grow()
    {
        Slots old = _slots;
        var next = new Slots(old.Keys.Length * 2);
        for (int i = 0; i < old.Keys.Length; i++)
        {
            if (old.Keys[i] != 0)
            {
                Insert(next, old.Keys[i]) = old.Values[Pad + i];
            }
        }

        Volatile.Write(ref _slots, next);
    }

    private sealed class Slots
    {
        public readonly long[] Keys;
        public readonly long[] Values;

        public Slots(int capacity)
        {
            Keys = new long[capacity];
            Values = new long[Pad + capacity + Pad];
        }
    }
}
