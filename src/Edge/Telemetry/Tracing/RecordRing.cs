using System.Runtime.InteropServices;

namespace VoltageSoda.Edge.Telemetry.Tracing;

/// <summary>
/// A bounded queue of records between one producer and one consumer, without locks. The array is made with the first record.
/// </summary>
internal sealed class RecordRing(int capacity)
{
    private readonly int _mask = System.Numerics.BitOperations.IsPow2(capacity)
        ? capacity - 1
        : throw new ArgumentOutOfRangeException(nameof(capacity));

    private SpanRecord?[]? _slots;
    private Positions _at;

    /// <summary>True when nothing waits. Any thread.</summary>
    public bool IsEmpty => Volatile.Read(ref _at.Head) == Volatile.Read(ref _at.Tail);

    /// <summary>Records that wait. Any thread; exact for producer and consumer.</summary>
    public int Count => (int)(Volatile.Read(ref _at.Tail) - Volatile.Read(ref _at.Head));

    /// <summary>False when it is full. Producer only.</summary>
    public bool TryEnqueue(SpanRecord record)
    {
        SpanRecord?[] slots = _slots ??= new SpanRecord?[_mask + 1];
        uint tail = _at.Tail;
        if (tail - Volatile.Read(ref _at.Head) > (uint)_mask)
        {
            return false;
        }

        slots[tail & (uint)_mask] = record;
        Volatile.Write(ref _at.Tail, tail + 1);
        return true;
    }

    /// <summary>The oldest, or null. Consumer only.</summary>
    public SpanRecord? TryDequeue()
    {
        uint head = _at.Head;
        if (head == Volatile.Read(ref _at.Tail))
        {
            return null;
        }

        ref SpanRecord? slot = ref _slots![head & (uint)_mask];
        SpanRecord? record = slot;
        slot = null;
        Volatile.Write(ref _at.Head, head + 1);
        return record;
    }

    // Producer's and consumer's positions lie on cache lines of their own.
    [StructLayout(LayoutKind.Explicit, Size = 384)]
    private struct Positions
    {
        [FieldOffset(128)]
        public uint Tail;

        [FieldOffset(256)]
        public uint Head;
    }
}
