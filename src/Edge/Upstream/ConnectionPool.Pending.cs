namespace VoltageSoda.Edge.Upstream;

/// <content>Requests that wait for a connection: who gets the next permit, the next connection that comes back, or a failure.</content>
internal sealed partial class ConnectionPool
{
    // Those who gave up stay in the queue until their turn, but never more than those who wait and so many.
    private const int DoneKept = 32;

    // Waiting requests on whose behalf a connection is being opened.
    private int _connecting;

    /// <summary>Places in the queue, those that were given up and not yet passed included; loop-thread only.</summary>
    internal int QueueLength => _pending.Count;

    /// <summary>
    /// Leases a connection: an idle one, a new one, or one that becomes free within the pending deadline. Where the cluster has limits of its own
    /// these hold. Completes at once where one is idle or a limit refuses; a wait in the queue can be given up by <paramref name="waiting"/> until
    /// it completes. <paramref name="fresh"/> passes idle connections by. Resumes on the loop; failures are returned.
    /// </summary>
    public ValueTask<AcquireResult> Acquire(int connectTimeoutMs, bool fresh, out PendingAcquire? waiting)
    {
        if (_ledger.IsCircuit)
        {
            return AcquireWithinCircuit(connectTimeoutMs, fresh, out waiting);
        }

        waiting = null;
        if (!fresh && TryTakeIdle(out UpstreamConnection idle))
        {
            return new ValueTask<AcquireResult>(new AcquireResult(Lease(idle)));
        }

        if (TryTakePermit())
        {
            return ConnectAsync(connectTimeoutMs);
        }

        if (_pendingCount >= _settings.MaxPendingPerEndpoint || !_ledger.TryTakePending())
        {
            return new ValueTask<AcquireResult>(new AcquireResult(AcquireFailure.Overflow));
        }

        PendingAcquire pending = waiting = Await(connectTimeoutMs);
        _loop.Timers.Schedule(pending, _loop.NowMilliseconds + _settings.PendingMilliseconds);
        _ledger.Enqueue(this, atHead: false);
        if (TryTakePermit())
        {
            ConnectForPending(pending);
        }

        return pending.Task;
    }

    internal void CancelPending(PendingAcquire pending)
    {
        if (pending.IsDone)
        {
            return;
        }

        _stats?.Count(ClusterCounter.Cancelled, _loop.Id);
        FinishPending(pending, new AcquireResult(AcquireFailure.Canceled));
        DropDone();
        if (_pending.Count > (2 * _pendingCount) + DoneKept)
        {
            // Behind one that waits long, clients that come and go would otherwise fill the queue.
            for (int left = _pending.Count; left > 0; left--)
            {
                PendingAcquire one = _pending.Dequeue();
                if (!one.IsDone)
                {
                    _pending.Enqueue(one);
                }
            }
        }
    }

    private PendingAcquire Await(int connectTimeoutMs)
    {
        PendingAcquire pending = new(this, connectTimeoutMs);
        _pending.Enqueue(pending);
        _pendingCount++;
        return pending;
    }

    private void ServePending()
    {
        DropDone();
        bool served = false;
        while (_pendingCount != 0 && NextWaiting() is not null)
        {
            if (!TryTakePermit())
            {
                // Woken and lost keeps the place at the head; served and wanting more goes to the end.
                _ledger.Enqueue(this, atHead: !served);
                if (!TryTakePermit())
                {
                    return;
                }
            }

            served = true;
            ConnectForPending();
        }
    }

    private PendingAcquire? NextWaiting()
    {
        if (_pendingCount == _connecting)
        {
            return null;
        }

        foreach (PendingAcquire pending in _pending)
        {
            if (!pending.IsDone && !pending.IsConnecting)
            {
                return pending;
            }
        }

        return null;
    }

    // The caller holds a permit. Where the newest is the only one that nobody connects for, the queue need not be searched.
    private void ConnectForPending(PendingAcquire? newest = null)
    {
        if ((newest is not null && _pendingCount - _connecting == 1 ? newest : NextWaiting()) is not { } pending)
        {
            ReturnPermit();
            return;
        }

        pending.IsConnecting = true;
        _connecting++;
        _ = ConnectForAsync(pending);
    }

    private async Task ConnectForAsync(PendingAcquire pending)
    {
        AcquireResult result;
        try
        {
            result = await ConnectAsync(pending.ConnectTimeoutMs);
        }
        catch (Exception)
        {
            result = new AcquireResult(AcquireFailure.ConnectFailed);
        }

        if (_ledger.IsCircuit)
        {
            FinishConnect(pending, result);
        }
        else if (!pending.IsDone)
        {
            FinishPending(pending, result);
        }
        else if (result.Connection is { } spare)
        {
            // A returned connection served the request meanwhile.
            spare.Requests--;
            Return(spare, reusable: true);
        }
    }

    private bool HandOver(UpstreamConnection connection)
    {
        while (_pending.TryPeek(out PendingAcquire? pending))
        {
            if (pending.IsDone)
            {
                _pending.Dequeue();
                continue;
            }

            _pending.Dequeue();
            if (!TryBeginRequest(connection))
            {
                FinishPending(pending, new AcquireResult(AcquireFailure.Overflow));
                continue;
            }

            _endpoint.Metrics.ConnectionReused(_loop.Id);
            FinishPending(pending, new AcquireResult(Lease(connection)));
            return true;
        }

        return false;
    }

    private void FinishPending(PendingAcquire pending, AcquireResult result)
    {
        _pendingCount--;
        _connecting -= pending.IsConnecting ? 1 : 0;
        _ledger.ReturnPending();
        _loop.Timers.Cancel(pending);
        if (_pendingCount == 0)
        {
            _ledger.Dequeue(this);
        }

        pending.Complete(result);
    }

    private void DropDone()
    {
        while (_pending.TryPeek(out PendingAcquire? pending) && pending.IsDone)
        {
            _pending.Dequeue();
        }
    }
}
