namespace VoltageSoda.Edge.Policies.RateLimiting;

/// <summary>A count that the store missed. A plain value.</summary>
/// <param name="Key">The store's key.</param>
/// <param name="Count">Requests to add.</param>
/// <param name="Period">The window's period, which says how long the key lives.</param>
public readonly record struct MissedCount(byte[] Key, long Count, RatePeriod Period);

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
    public void Add(ReadOnlySpan<byte> key, RatePeriod period, long unixMilliseconds)
    {
        while (true)
        {
            if (_entries.TryGet(key, out Entry? entry))
            {
                if (entry.TryAdd())
                {
                    return;
                }

                // It was drained: the drain removes it, here or there.
                Remove(key, entry);
                continue;
            }

            if (_entries.TryAdd(key, new Entry(period, RateWindow.EndOf(period, unixMilliseconds))))
            {
                return;
            }

            if (!_entries.TryGet(key, out _))
            {
                Interlocked.Increment(ref _dropped);
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
                drained.Add(new MissedCount(pair.Key, count, pair.Value.Period));
            }
        }

        return drained;
    }

    private void Remove(ReadOnlySpan<byte> key, Entry entry) =>
        _entries.TryRemove(new KeyValuePair<byte[], Entry>(key.ToArray(), entry));

    private sealed class Entry(RatePeriod period, long until)
    {
        private long _count = 1;

        public RatePeriod Period { get; } = period;

        public long Until { get; } = until;

        public bool TryAdd()
        {
            long seen = Volatile.Read(ref _count);
            while (seen >= 0)
            {
                long found = Interlocked.CompareExchange(ref _count, seen + 1, seen);
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
