namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>Weight of the endpoint at a position, at the time of the call.</summary>
internal interface IEndpointWeight
{
    /// <summary>Above 0.</summary>
    double Of(int index);
}

/// <summary>
/// Weighted turns by earliest deadline first (<c>envoy: source/common/upstream/edf_scheduler.h</c>): who is picked comes again 1 / weight later, so
/// picks follow weights that may change from pick to pick, in O(log n). Not thread-safe; allocates when its members change.
/// </summary>
internal sealed class EdfSchedule
{
    private Entry[] _heap = [];
    private double _now;
    private ulong _order;

    public int Count => _heap.Length;

    /// <summary>Starts anew with these members, a number of picks into the cycle.</summary>
    public void Reset<TWeight>(ReadOnlySpan<int> indexes, uint start, ref TWeight weight)
        where TWeight : struct, IEndpointWeight
    {
        _now = 0;
        _order = 0;
        _heap = new Entry[indexes.Length];
        for (int i = 0; i < indexes.Length; i++)
        {
            _heap[i] = new Entry(1 / weight.Of(indexes[i]), _order++, indexes[i]);
        }

        for (int i = (_heap.Length / 2) - 1; i >= 0; i--)
        {
            SiftDown(i);
        }

        for (uint i = _heap.Length == 0 ? 0 : start % (uint)_heap.Length; i > 0; i--)
        {
            Pick(ref weight);
        }
    }

    /// <summary>The member whose turn it is. There is at least one.</summary>
    public int Pick<TWeight>(ref TWeight weight)
        where TWeight : struct, IEndpointWeight
    {
        ref Entry top = ref _heap[0];
        int index = top.Index;
        _now = top.Deadline;
        top = new Entry(_now + (1 / weight.Of(index)), _order++, index);
        SiftDown(0);
        return index;
    }

    private void SiftDown(int at)
    {
        Entry[] heap = _heap;
        Entry moved = heap[at];
        while (true)
        {
            int child = (2 * at) + 1;
            if (child >= heap.Length)
            {
                break;
            }

            if (child + 1 < heap.Length && heap[child + 1].IsBefore(in heap[child]))
            {
                child++;
            }

            if (!heap[child].IsBefore(in moved))
            {
                break;
            }

            heap[at] = heap[child];
            at = child;
        }

        heap[at] = moved;
    }

    private readonly record struct Entry(double Deadline, ulong Order, int Index)
    {
        public bool IsBefore(in Entry other) => Deadline < other.Deadline || (Deadline == other.Deadline && Order < other.Order);
    }
}
