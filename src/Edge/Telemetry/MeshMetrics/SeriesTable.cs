using System.Runtime.CompilerServices;

namespace VoltageSoda.Edge.Telemetry.MeshMetrics;

/// <summary>
/// A hash table from label sets (a key of facts and one of tags) to rows of counters: one thread writes, any thread reads. A known label set costs a
/// multiplication and, as a rule, one probe; a new one may grow the table by publishing a bigger copy, so that a reader always sees arrays that
/// belong together (at worst a few events old). Keys of facts are positive.
/// </summary>
internal sealed class SeriesTable(int width)
{
    // Keeps the values of two tables that a compacting collection puts side by side off one cache line.
    private const int Pad = 8;

    private Slots _slots = new(8, width);

    /// <summary>Label sets in it; the writer's view.</summary>
    public int Count { get; private set; }

    /// <summary>The row of a label set; empty when it is new. Writer only.</summary>
    public Span<long> Find(long facts, long tags)
    {
        Slots slots = _slots;
        int mask = slots.Facts.Length - 1;
        int at = Hash(facts, tags) & mask;
        while (true)
        {
            long seen = slots.Facts[at];
            if (seen == facts && slots.Tags[at] == tags)
            {
                return slots.Values.AsSpan(Pad + (at * width), width);
            }

            if (seen == 0)
            {
                return default;
            }

            at = (at + 1) & mask;
        }
    }

    /// <summary>Adds a label set that <see cref="Find"/> did not find. Writer only; allocates when the table grows.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public Span<long> Add(long facts, long tags)
    {
        if ((Count + 1) * 2 > _slots.Facts.Length)
        {
            Grow();
        }

        Count++;
        return Insert(_slots, facts, tags);
    }

    /// <summary>Adds every row to that of its label set in <paramref name="totals"/>. Any thread.</summary>
    public void AddTo(Dictionary<(long Facts, long Tags), long[]> totals)
    {
        Slots slots = Volatile.Read(ref _slots);
        for (int i = 0; i < slots.Facts.Length; i++)
        {
            long facts = Volatile.Read(ref slots.Facts[i]);
            if (facts == 0)
            {
                continue;
            }

            if (!totals.TryGetValue((facts, slots.Tags[i]), out long[]? sums))
            {
                sums = new long[width];
                totals.Add((facts, slots.Tags[i]), sums);
            }

            for (int j = 0; j < width; j++)
            {
                sums[j] += Volatile.Read(ref slots.Values[Pad + (i * width) + j]);
            }
        }
    }

    private static int Hash(long facts, long tags) =>
        (int)((ulong)((facts ^ (tags * unchecked((long)0xC2B2_AE3D_27D4_EB4F))) * unchecked((long)0x9E37_79B9_7F4A_7C15)) >> 33);

    private Span<long> Insert(Slots slots, long facts, long tags)
    {
        int mask = slots.Facts.Length - 1;
        int at = Hash(facts, tags) & mask;
        while (slots.Facts[at] != 0)
        {
            at = (at + 1) & mask;
        }

        slots.Tags[at] = tags;
        Volatile.Write(ref slots.Facts[at], facts);
        return slots.Values.AsSpan(Pad + (at * width), width);
    }

    private void Grow()
    {
        Slots old = _slots;
        Slots next = new(old.Facts.Length * 2, width);
        for (int i = 0; i < old.Facts.Length; i++)
        {
            if (old.Facts[i] != 0)
            {
                old.Values.AsSpan(Pad + (i * width), width).CopyTo(Insert(next, old.Facts[i], old.Tags[i]));
            }
        }

        Volatile.Write(ref _slots, next);
    }

    private sealed class Slots(int capacity, int width)
    {
        public readonly long[] Facts = new long[capacity];
        public readonly long[] Tags = new long[capacity];
        public readonly long[] Values = new long[Pad + (capacity * width) + Pad];
    }
}
