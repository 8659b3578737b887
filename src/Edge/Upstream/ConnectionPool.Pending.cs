namespace VoltageSoda.Edge.Upstream;

/// <content>Requests that wait for a connection: who gets the next permit, the next connection that comes back, or a failure.</content>
internal sealed partial class ConnectionPool
{
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
        foreach (PendingAcquire pending in _pending)
        {
            if (!pending.IsDone && !pending.IsConnecting)
            {
                return pending;
            }
        }

        return null;
    }

    // The caller holds a permit.
    private void ConnectForPending()
    {
        if (NextWaiting() is not { } pending)
        {
            ReturnPermit();
            return;
        }

        pending.IsConnecting = true;
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
