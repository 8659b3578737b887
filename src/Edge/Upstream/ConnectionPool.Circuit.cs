using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Upstream;

/// <content>
/// Acquiring within the limits of a DestinationRule, in Envoy's order (<c>source/common/conn_pool/conn_pool_base.cc</c>): a connection that is
/// ready is taken if one more request may be in flight; else the request waits, if one more may wait, and a connection is opened for it if
/// one more may exist. What does not fit is refused at once.
/// </content>
internal sealed partial class ConnectionPool
{
    /// <summary>Whether requests in flight are limited too: an idle connection is then taken by <see cref="Acquire"/> alone.</summary>
    public bool IsCircuit => _ledger.IsCircuit;

    private ValueTask<AcquireResult> AcquireWithinCircuit(int connectTimeoutMs, bool fresh, out PendingAcquire? waiting)
    {
        waiting = null;
        if (!fresh && TryTakeIdle(out UpstreamConnection idle))
        {
            if (TryBeginRequest(idle))
            {
                return new ValueTask<AcquireResult>(new AcquireResult(Lease(idle)));
            }

            Keep(idle);
            return new ValueTask<AcquireResult>(new AcquireResult(AcquireFailure.Overflow));
        }

        if (!_ledger.TryTakePending())
        {
            _stats?.Count(ClusterCounter.PendingOverflows, _loop.Id);
            return new ValueTask<AcquireResult>(new AcquireResult(AcquireFailure.Overflow));
        }

        _stats?.Count(ClusterCounter.Pending, _loop.Id);
        PendingAcquire pending = waiting = Await(connectTimeoutMs);
        bool taken = _ledger.TryTakeConnection(ref _endpoint.Connections, out bool isOver);
        if (isOver)
        {
            _stats?.Count(ClusterCounter.ConnectionOverflows, _loop.Id);
        }

        if (taken)
        {
            ConnectForPending(pending);
        }
        else
        {
            _ledger.Enqueue(this, atHead: false);
            if (TryTakePermit())
            {
                ConnectForPending(pending);
            }
        }

        return pending.Task;
    }

    /// <summary>The endpoint has other settings.</summary>
    internal void AdoptSettings() => SetSettings(_endpoint.PoolSettings ?? _settings);

    private bool TryTakePermit() => _ledger.IsCircuit
        ? _ledger.TryTakeConnection(ref _endpoint.Connections, out _)
        : _ledger.TryTakeConnection();

    private void ReturnPermit()
    {
        if (_ledger.IsCircuit)
        {
            _ledger.ReturnConnection(ref _endpoint.Connections);
            _stats?.CountAnywhere(ClusterCounter.ConnectionsClosed);
        }
        else
        {
            _ledger.ReturnConnection();
        }
    }

    // True where nothing is counted.
    private bool TryBeginRequest(UpstreamConnection connection)
    {
        if (!_ledger.IsCircuit)
        {
            return true;
        }

        if (!_ledger.TryTakeRequest())
        {
            _stats?.Count(ClusterCounter.PendingOverflows, _loop.Id);
            return false;
        }

        _stats?.Count(ClusterCounter.Requests, _loop.Id);
        _endpoint.Traffic?.Count(EndpointCounter.Requests, _loop.Id);
        connection.HoldsRequest = true;
        return true;
    }

    private void EndRequest(UpstreamConnection connection)
    {
        if (connection.HoldsRequest)
        {
            connection.HoldsRequest = false;
            _ledger.ReturnRequest();
        }
    }

    // A connection was opened on behalf of a request, or could not be.
    private void FinishConnect(PendingAcquire pending, AcquireResult result)
    {
        if (result.Connection is not { } connection)
        {
            FailWaiting(pending, result);
            return;
        }

        if (!pending.IsDone)
        {
            if (TryBeginRequest(connection))
            {
                FinishPending(pending, result);
                return;
            }

            FinishPending(pending, new AcquireResult(AcquireFailure.Overflow));
        }

        // A returned connection served the request meanwhile, it gave up, or it may not be in flight.
        connection.Requests--;
        Return(connection, reusable: true);
    }

    // Who waits for this endpoint learns at once that it cannot be reached, and can try another.
    private void FailWaiting(PendingAcquire first, AcquireResult result)
    {
        int waiting = _pending.Count;
        if (!first.IsDone)
        {
            _stats?.Count(ClusterCounter.PendingFailures, _loop.Id);
            FinishPending(first, result);
        }

        while (waiting-- > 0 && _pending.TryDequeue(out PendingAcquire? pending))
        {
            if (pending.IsDone)
            {
                continue;
            }

            if (pending.IsConnecting)
            {
                _pending.Enqueue(pending);
                continue;
            }

            _stats?.Count(ClusterCounter.PendingFailures, _loop.Id);
            FinishPending(pending, result);
        }
    }

    // Back to where it was: nothing was sent on it.
    private void Keep(UpstreamConnection connection)
    {
        connection.NextIdle = _idle;
        _idle = connection;
        _idleCount++;
    }

    private void CountConnect()
    {
        _stats?.Count(ClusterCounter.Connections, _loop.Id);
        _endpoint.Traffic?.Count(EndpointCounter.Connections, _loop.Id);
    }

    private void CountClose(bool theirs, bool isBusy)
    {
        if (_stats is not { } stats)
        {
            return;
        }

        stats.Count(theirs ? ClusterCounter.ClosedThere : ClusterCounter.ClosedHere, _loop.Id);
        if (isBusy)
        {
            stats.Count(theirs ? ClusterCounter.BusyClosedThere : ClusterCounter.BusyClosedHere, _loop.Id);
        }
    }

    private void CountConnectFailure(ConnectFailure failure)
    {
        _stats?.Count(ClusterCounter.ConnectFailures, _loop.Id);
        _endpoint.Traffic?.Count(EndpointCounter.ConnectFailures, _loop.Id);
        CountClose(theirs: failure != ConnectFailure.TimedOut, isBusy: false);
        if (failure == ConnectFailure.TimedOut)
        {
            _stats?.Count(ClusterCounter.ConnectTimeouts, _loop.Id);
        }
    }
}
