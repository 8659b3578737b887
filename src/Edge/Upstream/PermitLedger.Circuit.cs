namespace VoltageSoda.Edge.Upstream;

/// <content>
/// The limits of a DestinationRule (Envoy's circuit breakers): requests in flight are counted too, and an endpoint without any connection may
/// open one above the limit.
/// </content>
internal sealed partial class PermitLedger
{
    private int _requests;
    private int _maxRequests = int.MaxValue;

    /// <summary>A ledger that counts as Envoy does.</summary>
    public PermitLedger(CircuitLimits limits)
        : this(limits.MaxConnections, limits.MaxPendingRequests)
    {
        IsCircuit = true;
        _maxRequests = limits.MaxRequests;
    }

    /// <summary>Whether requests are counted, and waiting is counted from the first moment without a connection on.</summary>
    public bool IsCircuit { get; }

    /// <summary>Requests in flight.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Requests that may be in flight at once.</summary>
    public int MaxRequests => Volatile.Read(ref _maxRequests);

    /// <summary>Requests in flight or waiting, for a retry budget.</summary>
    public long RequestsAndPending() => (long)Requests + Pending;

    /// <summary>Adopts the limits of a new configuration.</summary>
    public void SetLimits(CircuitLimits limits)
    {
        Volatile.Write(ref _maxRequests, limits.MaxRequests);
        SetLimits(limits.MaxConnections, limits.MaxPendingRequests);
    }

    /// <summary>Counts one more request in flight; false when the limit is reached.</summary>
    public bool TryTakeRequest() => TryIncrement(ref _requests, Volatile.Read(ref _maxRequests), zeroIsUnlimited: false);

    /// <summary>A request is over.</summary>
    public void ReturnRequest()
    {
        int left = Interlocked.Decrement(ref _requests);
        System.Diagnostics.Debug.Assert(left >= 0, "A request ended twice.");
    }

    /// <summary>
    /// Takes a permit for one more connection to an endpoint, of which <paramref name="ofEndpoint"/> exist. <paramref name="isOver"/> says that
    /// the limit is reached; an endpoint without connection gets one all the same.
    /// </summary>
    public bool TryTakeConnection(ref int ofEndpoint, out bool isOver)
    {
        // Both counts move together: otherwise two loops could each take the one connection that is always allowed.
        lock (_gate)
        {
            isOver = _connections >= _maxConnections;
            if (isOver && ofEndpoint != 0)
            {
                return false;
            }

            _connections++;
            ofEndpoint++;
            return true;
        }
    }

    /// <summary>Returns the permit of a connection to an endpoint.</summary>
    public void ReturnConnection(ref int ofEndpoint)
    {
        lock (_gate)
        {
            ofEndpoint--;
            _connections--;
            System.Diagnostics.Debug.Assert(ofEndpoint >= 0 && _connections >= 0, "A permit was returned twice.");
        }

        if (Volatile.Read(ref _waiting) != 0)
        {
            WakeOne();
        }
    }
}
