namespace VoltageSoda.Edge.Policies.RateLimiting;

/// <summary>A count that the store missed. A plain value.</summary>
/// <param name="Key">The store's key.</param>
/// <param name="Count">Requests to add.</param>
/// <param name="Period">The window's period, which says how long the key lives.</param>
/// <param name="Until">End of the window, milliseconds since 1970.</param>
public readonly record struct MissedCount(byte[] Key, long Count, RatePeriod Period, long Until);

/// <summary>
/// Requests that this process let through while the store could not be asked, by the key they belong to, so that they can be added once it can.
/// Bounded: keys beyond the bound are left out and counted. Thread-safe.
/// </summary>
public sealed class FallbackTally(int maxKeys)
{
    private readonly KeyedTable<Entry> _entries = new(maxKeys);
    private long _dropped;

    /// <summary>Keys with counts.</summary>
    public int Count => _entries.Count;

    /// <summary>Counts that found no room.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Notes one request that was let through.</summary>
    public void Add(ReadOnlySpan<byte> key, RatePeriod period, long unixMilliseconds) =>
        Add(key, 1, period, RateWindow.EndOf(period, unixMilliseconds));

    /// <summary>Notes <paramref name="count"/> requests of a window that ends at <paramref name="until"/>.</summary>
    public void Add(ReadOnlySpan<byte> key, long count, RatePeriod period, long until)
    {
        while (true)
        {
            if (_entries.TryGet(key, out Entry? entry))
            {
                if (entry.TryAdd(count))
                {
                    return;
                }

                // It was drained: the drain removes it, here or there.
                Remove(key, entry);
                continue;
            }

            if (_entries.TryAdd(key, new Entry(count, period, until)))
            {
                return;
            }

            if (!_entries.TryGet(key, out _))
            {
                Interlocked.Add(ref _dropped, count);
                return;
            }
        }
    }

    /// <summary>Takes out up to <paramref name="max"/> counts, each once. Those whose window is over are forgotten.</summary>
    public IReadOnlyList<MissedCount> Drain(int max, long unixMilliseconds)
    {
        List<MissedCount> drained = [];
        foreach (KeyValuePair<byte[], Entry> pair in _entries.Entries)
        {
            if (drained.Count >= max)
            {
                break;
            }

            long count = pair.Value.Take();
            _entries.TryRemove(pair);
            if (count > 0 && unixMilliseconds < pair.Value.Until)
            {
                drained.Add(new MissedCount(pair.Key, count, pair.Value.Period, pair.Value.Until));
            }
        }

        return drained;
    }

    private void Remove(ReadOnlySpan<byte> key, Entry entry) =>
        _entries.TryRemove(new KeyValuePair<byte[], Entry>(key.ToArray(), entry));

    private sealed class Entry(long count, RatePeriod period, long until)
    {
        private long _count = count;

        public RatePeriod Period { get; } = period;

        public long Until { get; } = until;

        public bool TryAdd(long more)
        {
            long seen = Volatile.Read(ref _count);
            while (seen >= 0)
            {
                long found = Interlocked.CompareExchange(ref _count, seen + more, seen);
                if (found == seen)
                {
                    return true;
                }

                seen = found;
            }

            return false;
        }

        public long Take() => Interlocked.Exchange(ref _count, long.MinValue);
    }
}
