using System.Collections.Concurrent;
using System.Net;

namespace VoltageSoda.Edge.Listeners;

/// <summary>
/// Connections per process, per listener and per client address (<c>EDGE_LIMIT_CONNECTIONS</c>, <c>_LISTENER</c>, <c>_PER_IP</c>).
/// Thread-safe; never above a limit.
/// </summary>
internal sealed class ConnectionLimits(int perProcess, int perAddress)
{
    private readonly ConcurrentDictionary<IPAddress, AddressCount> _addresses = new();
    private int _total;

    /// <summary>Connections counted now.</summary>
    public int Total => Volatile.Read(ref _total);

    /// <summary>Counts a connection in; false when the process or its listener is full.</summary>
    public bool TryEnter(ListenerCount listener)
    {
        if (!TryIncrement(ref _total, perProcess))
        {
            return false;
        }

        if (TryIncrement(ref listener.Count, listener.Limit))
        {
            return true;
        }

        Interlocked.Decrement(ref _total);
        return false;
    }

    /// <summary>Counts a connection out.</summary>
    public void Leave(ListenerCount listener)
    {
        Interlocked.Decrement(ref listener.Count);
        Interlocked.Decrement(ref _total);
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
