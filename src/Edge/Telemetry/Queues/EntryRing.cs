using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace VoltageSoda.Edge.Telemetry.Queues;

/// <summary>
/// A bounded first-in first-out queue of entries for any number of producers and consumers, without locks and without allocation
/// (Vyukov's bounded queue: every slot carries the turn at which it may be written or read). A thread that is stopped between claiming a
/// slot and filling it makes the others see a full or an empty queue, never wait.
/// </summary>
internal sealed class EntryRing
{
    private readonly Slot[] _slots;
    private readonly int _mask;
    private Positions _at;

    /// <param name="capacity">Entries it must hold; rounded up to a power of two.</param>
    public EntryRing(int capacity)
    {
        _slots = new Slot[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, 2))];
        _mask = _slots.Length - 1;
        for (int i = 0; i < _slots.Length; i++)
        {
            _slots[i].Turn = i;
        }
    }

    public bool TryEnqueue(QueueEntry entry)
    {
        long at = Volatile.Read(ref _at.Tail);
        while (true)
        {
            ref Slot slot = ref _slots[at & _mask];
            long ahead = Volatile.Read(ref slot.Turn) - at;
            if (ahead < 0)
            {
                return false;
            }

            if (ahead == 0 && Interlocked.CompareExchange(ref _at.Tail, at + 1, at) == at)
            {
                slot.Entry = entry;
                Volatile.Write(ref slot.Turn, at + 1);
                return true;
            }

            at = Volatile.Read(ref _at.Tail);
        }
    }

    public bool TryDequeue([NotNullWhen(true)] out QueueEntry? entry)
    {
        long at = Volatile.Read(ref _at.Head);
        while (true)
        {
            ref Slot slot = ref _slots[at & _mask];
            long ahead = Volatile.Read(ref slot.Turn) - (at + 1);
            if (ahead < 0)
            {
                entry = null;
                return false;
            }

            if (ahead == 0 && Interlocked.CompareExchange(ref _at.Head, at + 1, at) == at)
            {
                entry = slot.Entry!;
                slot.Entry = null;
                Volatile.Write(ref slot.Turn, at + _slots.Length);
                return true;
            }

            at = Volatile.Read(ref _at.Head);
        }
    }

    private struct Slot
    {
        public long Turn;
        public QueueEntry? Entry;
    }

    // The two ends lie on cache lines of their own.
    [StructLayout(LayoutKind.Explicit, Size = 384)]
    private struct Positions
    {
        [FieldOffset(128)]
        public long Tail;

        [FieldOffset(256)]
        public long Head;
    }
}
