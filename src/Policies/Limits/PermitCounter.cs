using System.Diagnostics;
using System.Runtime.InteropServices;

namespace VoltageSoda.Edge.Policies.Limits;

/// <summary>
/// Counts permits in use and never passes its limit, whatever the number of threads. Lock-free, on its own cache line. Used for
/// connections, pending requests, active requests and retries of a cluster.
/// </summary>
public sealed class PermitCounter
{
    private Cell _cell;

    /// <param name="limit">Most permits in use, 0..int.MaxValue (int.MaxValue: no limit).</param>
    public PermitCounter(int limit)
    {
        Limit = limit;
    }

    /// <summary>The limit, 0 or more; may be changed while serving. Lowering it takes effect as permits come back.</summary>
    public int Limit
    {
        get => Volatile.Read(ref _cell.Limit);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            Volatile.Write(ref _cell.Limit, value);
        }
    }

    /// <summary>Permits held now. Another thread may change it at any moment.</summary>
    public int InUse => Volatile.Read(ref _cell.Count);

    /// <summary>Takes one permit, or says that none is left.</summary>
    public bool TryAcquire()
    {
        int seen = Volatile.Read(ref _cell.Count);
        while (seen < Volatile.Read(ref _cell.Limit))
        {
            int found = Interlocked.CompareExchange(ref _cell.Count, seen + 1, seen);
            if (found == seen)
            {
                return true;
            }

            seen = found;
        }

        return false;
    }

    /// <summary>Returns a permit that was acquired.</summary>
    public void Release()
    {
        int left = Interlocked.Decrement(ref _cell.Count);
        Debug.Assert(left >= 0, "A permit is returned once.");
    }

    // 64 bytes before and after: neighbours in the heap, and the adjacent-line prefetcher, stay out of the way.
    [StructLayout(LayoutKind.Explicit, Size = 192)]
    private struct Cell
    {
        [FieldOffset(64)]
        public int Count;

        [FieldOffset(128)]
        public int Limit;
    }
}
