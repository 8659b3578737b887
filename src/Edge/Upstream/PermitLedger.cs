namespace VoltageSoda.Edge.Upstream;

/// <summary>Who waits for a connection permit of a cluster; called on its own loop's behalf from any thread.</summary>
internal interface IPermitWaiter
{
    /// <summary>A permit is free again, or an idle connection of another loop is about to free one. Must not block.</summary>
    void PermitMayBeFree();
}

/// <summary>Who holds idle connections of a cluster and can be asked to give one up.</summary>
internal interface IPermitHolder
{
    /// <summary>Asks, from any thread, to close one idle connection so that another loop can open one. Must not block.</summary>
    void GiveUpIdle();
}

/// <summary>
/// The process-wide connection permits of one cluster: never more than <see cref="MaxConnections"/> connections exist over all loops.
/// </summary>
/// <remarks>
/// Counters move by compare-and-swap and never pass the limit. A loop that is denied queues itself first come, first served, and asks the
/// loops that hold idle connections to give one up; a freed permit wakes the head of the queue. A woken waiter competes again, and one
/// that loses goes back to the head, so no loop starves. Without a limit (0) a permit costs one interlocked add. Thread-safe.
/// </remarks>
internal sealed partial class PermitLedger
{
    private readonly Lock _gate = new();
    private readonly LinkedList<IPermitWaiter> _waiters = new();
    private readonly List<IPermitHolder> _holders = [];
    private int _connections;
    private int _pending;
    private int _waiting;
    private int _maxConnections;
    private int _maxPending;

    public PermitLedger(int maxConnections, int maxPending)
    {
        _maxConnections = maxConnections;
        _maxPending = maxPending;
    }

    /// <summary>Connections that may exist at once; 0 means without limit.</summary>
    public int MaxConnections => Volatile.Read(ref _maxConnections);

    /// <summary>Requests that may wait for a connection at once; 0 means none.</summary>
    public int MaxPending => Volatile.Read(ref _maxPending);

    /// <summary>Connections that exist now, opening ones included.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Requests that wait now.</summary>
    public int Pending => Volatile.Read(ref _pending);

    /// <summary>Adopts the limits of a new configuration; what exists above a lowered limit is not cut.</summary>
    public void SetLimits(int maxConnections, int maxPending)
    {
        Volatile.Write(ref _maxConnections, maxConnections);
        Volatile.Write(ref _maxPending, maxPending);
        WakeOne();
    }

    /// <summary>Takes a permit for one more connection; false when the limit is reached.</summary>
    public bool TryTakeConnection() => TryIncrement(ref _connections, Volatile.Read(ref _maxConnections), zeroIsUnlimited: true);

    /// <summary>Returns the permit of a connection that is closed or never came to be.</summary>
    public void ReturnConnection()
    {
        int left = Interlocked.Decrement(ref _connections);
        System.Diagnostics.Debug.Assert(left >= 0, "A permit was returned twice.");
        if (Volatile.Read(ref _waiting) != 0)
        {
            WakeOne();
        }
    }

    /// <summary>Takes a place among the waiting requests; false when the queue is full.</summary>
    public bool TryTakePending() => TryIncrement(ref _pending, Volatile.Read(ref _maxPending), zeroIsUnlimited: false);

    /// <summary>Leaves the waiting requests.</summary>
    public void ReturnPending()
    {
        int left = Interlocked.Decrement(ref _pending);
        System.Diagnostics.Debug.Assert(left >= 0, "A pending place was returned twice.");
    }

    /// <summary>
    /// Queues a loop that was denied and asks every holder of idle connections for one. The caller tries once more after this call,
    /// since a permit may have been returned in between.
    /// </summary>
    public void Enqueue(IPermitWaiter waiter, bool atHead)
    {
        IPermitHolder[] holders;
        lock (_gate)
        {
            if (!_waiters.Contains(waiter))
            {
                if (atHead)
                {
                    _waiters.AddFirst(waiter);
                }
                else
                {
                    _waiters.AddLast(waiter);
                }

                Volatile.Write(ref _waiting, _waiters.Count);
            }

            holders = [.. _holders];
        }

        foreach (IPermitHolder holder in holders)
        {
            if (!ReferenceEquals(holder, waiter))
            {
                holder.GiveUpIdle();
            }
        }
    }

    /// <summary>Takes a loop out of the queue, for instance when its last waiting request gave up.</summary>
    public void Dequeue(IPermitWaiter waiter)
    {
        lock (_gate)
        {
            _waiters.Remove(waiter);
            Volatile.Write(ref _waiting, _waiters.Count);
        }
    }

    /// <summary>Whether any loop waits for a permit: an idle connection should then be closed instead of kept.</summary>
    public bool HasWaiters => Volatile.Read(ref _waiting) != 0;

    /// <summary>Registers a pool that can be asked to give up idle connections.</summary>
    public void Register(IPermitHolder holder)
    {
        lock (_gate)
        {
            _holders.Add(holder);
        }
    }

    /// <summary>Removes a pool that is gone.</summary>
    public void Unregister(IPermitHolder holder)
    {
        lock (_gate)
        {
            _holders.Remove(holder);
        }
    }

    private static bool TryIncrement(ref int counter, int limit, bool zeroIsUnlimited)
    {
        if (limit == 0 && zeroIsUnlimited)
        {
            Interlocked.Increment(ref counter);
            return true;
        }

        while (true)
        {
            int seen = Volatile.Read(ref counter);
            if (seen >= limit)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref counter, seen + 1, seen) == seen)
            {
                return true;
            }
        }
    }

    private void WakeOne()
    {
        IPermitWaiter? next = null;
        lock (_gate)
        {
            if (_waiters.First is { } first)
            {
                next = first.Value;
                _waiters.RemoveFirst();
                Volatile.Write(ref _waiting, _waiters.Count);
            }
        }

        next?.PermitMayBeFree();
    }
}
