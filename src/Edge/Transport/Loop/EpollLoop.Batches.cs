namespace VoltageSoda.Edge.Transport.Loop;

// With a ring the loop makes the receives of a turn before it handles its events, and the sends of a turn after.
internal sealed unsafe partial class EpollLoop
{
    /// <summary>Operations that a loop's ring must hold in one submission.</summary>
    public const int RingCapacity = 64;

    // Sends leave when so many have gathered: what is saved grows little beyond, the first one's wait does.
    private const int MaxDeferred = 32;

    private readonly IoRing? _ring;
    private readonly List<LoopOutput> _deferred = new(RingCapacity);
    private readonly LoopConnection?[] _fetching = new LoopConnection?[RingCapacity];

    /// <summary>Whether a flush may leave its bytes to <see cref="Defer"/>.</summary>
    public bool Batches => _ring is not null;

    /// <summary>Sends what <paramref name="output"/> holds together with the turn's other sends.</summary>
    public void Defer(LoopOutput output) => _deferred.Add(output);

    private protected override void SendDeferred()
    {
        int count = _deferred.Count;
        if (count == 0)
        {
            return;
        }

        if (count == 1)
        {
            // A ring costs more than the one call it would save.
            LoopOutput only = _deferred[0];
            _deferred.Clear();
            only.SendAlone();
            return;
        }

        IoRing ring = _ring!;
        for (int done = 0; done < count;)
        {
            int first = done;
            for (; done < count && ring.Count < ring.Capacity; done++)
            {
                // Entries without an operation keep their place in the list by being skipped below.
                if (_deferred[done].QueueDeferred(ring) < 0)
                {
                    _deferred[done] = null!;
                }
            }

            ring.Submit();
            for (int place = 0; first < done; first++)
            {
                _deferred[first]?.OnSent(ring.Result(place++));
            }
        }

        _deferred.Clear();
    }

    private void Fetch(IoRing ring)
    {
        for (int i = 0; i < _eventCount; i++)
        {
            ulong tag = _events.GetTag(i);
            uint index = (uint)tag;
            if (index < (uint)_slots.Length
                && _slots[index].Generation == (uint)(tag >> 32)
                && _slots[index].Target is LoopConnection connection
                && connection.PrepareFetch(_events.GetFlags(i)) is { } block)
            {
                _fetching[ring.Receive(connection.Descriptor, block.Pointer, block.Room)] = connection;
                if (ring.Count == ring.Capacity)
                {
                    EndFetch(ring);
                }
            }
        }

        EndFetch(ring);
    }

    private void EndFetch(IoRing ring)
    {
        int count = ring.Count;
        if (count == 1)
        {
            // Left to the handler.
            ring.Forget();
            _fetching[0]!.Fetched(IoRing.NotDone);
            return;
        }

        if (count > 1)
        {
            ring.Submit();
            for (int i = 0; i < count; i++)
            {
                _fetching[i]!.Fetched(ring.Result(i));
            }
        }
    }
}
