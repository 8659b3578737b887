using System.Runtime.CompilerServices;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// The series of one (service, route) pair over all loops and all snapshots that name it. Shards appear when their loop first records
/// something, so that routes without traffic cost nothing.
/// </summary>
internal sealed class RouteSeries
{
    private readonly EdgeMetrics _owner;
    private readonly RouteShard?[] _shards;
    private readonly HashSet<long> _known = [];
    private readonly Lock _knownLock = new();

    public RouteSeries(EdgeMetrics owner, string service, string route, int loops)
    {
        _owner = owner;
        Service = service;
        Route = route;
        _shards = new RouteShard?[loops];
    }

    public string Service { get; }

    public string Route { get; }

    /// <summary>The newest compilation that asked for this pair. Guarded by the owner's lock.</summary>
    public long Generation { get; set; }

    /// <summary>When the published configuration ceased to name it; null while it does. Guarded by the owner's lock.</summary>
    public long? RetiredAt { get; set; }

    /// <summary>Label sets that count against the budget.</summary>
    public int KnownCount
    {
        get
        {
            lock (_knownLock)
            {
                return _known.Count;
            }
        }
    }

    /// <summary>The shard of the calling loop.</summary>
    public RouteShard Shard(int loopId) => _shards[loopId] ?? CreateShard(loopId);

    /// <summary>Adds to one counter of the calling loop's shard.</summary>
    public void Count(RouteShard shard, long key, long amount)
    {
        ref long slot = ref shard.Counts.Find(key);
        if (Unsafe.IsNullRef(ref slot))
        {
            slot = ref FirstSight(shard, key);
        }

        slot += amount;
    }

    public void AddTo(Dictionary<long, long> totals)
    {
        foreach (RouteShard? shard in _shards)
        {
            shard?.Counts.AddTo(totals);
        }
    }

    /// <summary>Sums a histogram over the loops; false when nothing was observed.</summary>
    public bool ReadHistogram(int histogram, Span<long> buckets, out long count, out long sum)
    {
        buckets.Clear();
        sum = 0;
        foreach (RouteShard? shard in _shards)
        {
            shard?.AddTo(histogram, buckets, ref sum);
        }

        count = 0;
        foreach (long bucket in buckets)
        {
            count += bucket;
        }

        return count > 0;
    }

    private RouteShard CreateShard(int loopId)
    {
        var shard = new RouteShard();
        Volatile.Write(ref _shards[loopId], shard);
        return shard;
    }

    // Once per label set and loop, and again for each event of a label set over the budget (which allocates nothing and takes no lock).
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ref long FirstSight(RouteShard shard, long key)
    {
        long granted = _owner.SeriesBudgetSpent ? SeriesKey.Overflow(key) : Claim(key);
        if (granted != key)
        {
            _owner.CountOverflow();
            ref long known = ref shard.Counts.Find(granted);
            if (!Unsafe.IsNullRef(ref known))
            {
                return ref known;
            }
        }

        return ref shard.Counts.Add(granted);
    }

    private long Claim(long key)
    {
        lock (_knownLock)
        {
            if (_known.Contains(key))
            {
                return key;
            }

            if (!_owner.TryTakeSeries())
            {
                return SeriesKey.Overflow(key);
            }

            _known.Add(key);
            return key;
        }
    }
}
