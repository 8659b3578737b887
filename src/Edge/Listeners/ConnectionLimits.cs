using System.Collections.Concurrent;
using System.Net;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Listeners;

/// <summary>
/// Connections per process, per listener and per client address (<c>EDGE_LIMIT_CONNECTIONS</c>, <c>_LISTENER</c>, <c>_PER_IP</c>).
/// Thread-safe; never above a limit.
/// </summary>
internal sealed class ConnectionLimits(int perProcess, int perAddress)
{
    private readonly ConcurrentDictionary<IPAddress, AddressCount> _addresses = new();
    private TaskCompletionSource? _empty;
    private int _total;

    /// <summary>Connections counted now.</summary>
    public int Total => Volatile.Read(ref _total);

    /// <summary>Completes when no connection is counted; at once when none is.</summary>
    public Task WhenEmpty()
    {
        TaskCompletionSource mine = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource waiter = Interlocked.CompareExchange(ref _empty, mine, null) ?? mine;

        // Published before the count is read, and read by whoever leaves after the count was written: one of both sees the other.
        if (Total == 0)
        {
            Interlocked.CompareExchange(ref _empty, null, waiter);
            waiter.TrySetResult();
        }

        return waiter.Task;
    }

    /// <summary>Counts a connection in; false when the process or its listener is full, and which of them.</summary>
    public bool TryEnter(ListenerCount listener, out LimitKind full)
    {
        full = LimitKind.Connections;
        if (!TryIncrement(ref _total, perProcess))
        {
            return false;
        }

        if (TryIncrement(ref listener.Count, listener.Limit))
        {
            return true;
        }

        full = LimitKind.ConnectionsListener;
        LeaveTotal();
        return false;
    }

    /// <summary>Counts a connection out.</summary>
    public void Leave(ListenerCount listener)
    {
        Interlocked.Decrement(ref listener.Count);
        LeaveTotal();
    }

    /// <summary>Counts a client address in; false when it has its share. Always true when the limit is off.</summary>
    public bool TryEnterAddress(IPAddress? address)
    {
        if (perAddress == 0 || address is null)
        {
            return true;
        }

        while (true)
        {
            AddressCount count = _addresses.GetOrAdd(address, static _ => new AddressCount());
            lock (count)
            {
                if (count.Removed)
                {
                    continue;
                }

                if (count.Connections >= perAddress)
                {
                    return false;
                }

                count.Connections++;
                return true;
            }
        }
    }

    /// <summary>Counts a client address out; the entry of the last connection is removed.</summary>
    public void LeaveAddress(IPAddress? address)
    {
        if (perAddress == 0 || address is null || !_addresses.TryGetValue(address, out AddressCount? count))
        {
            return;
        }

        lock (count)
        {
            if (--count.Connections == 0)
            {
                count.Removed = true;
                _addresses.TryRemove(new KeyValuePair<IPAddress, AddressCount>(address, count));
            }
        }
    }

    private void LeaveTotal()
    {
        if (Interlocked.Decrement(ref _total) == 0)
        {
            Interlocked.Exchange(ref _empty, null)?.TrySetResult();
        }
    }

    private static bool TryIncrement(ref int counter, int limit)
    {
        if (limit == 0)
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

    private sealed class AddressCount
    {
        public int Connections;
        public bool Removed;
    }
}

/// <summary>The connections of one listener and its limit; 0 means without limit.</summary>
internal sealed class ListenerCount(int limit)
{
    internal int Count;

    public int Limit { get; } = limit;
}
