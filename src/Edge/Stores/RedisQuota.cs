using VoltageSoda.Edge.Policies.RateLimiting;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Stores;

/// <summary>How counters on Redis are used. Immutable.</summary>
internal sealed record QuotaMode
{
    /// <summary>Longest time a decision waits, milliseconds (<c>EDGE_REDIS_BUDGET</c>).</summary>
    public int Budget { get; init; } = 50;

    /// <summary>Kong's counting: refused requests count too (<c>EDGE_KONG_EXACT</c>).</summary>
    public bool Exact { get; init; }

    /// <summary>Most tokens taken in one round trip; 0 asks for every request (<c>EDGE_RATELIMIT_LEASE</c>).</summary>
    public int Lease { get; init; }

    /// <summary>Seconds between synchronisations; 0 or less asks for every request (the plugin's <c>sync_rate</c>).</summary>
    public double SyncSeconds { get; init; }

    /// <summary>Identifiers of one rule that this process keeps something about at once.</summary>
    public int MaxIdentifiers { get; init; } = 65_536;
}

/// <summary>
/// The counters of one rate-limiting scope on Redis. Decides with one round trip per request, or from tokens that this process holds: a
/// block leased from Redis, or the rest of the limits between two synchronisations. Outlives reloads. Thread-safe.
/// </summary>
internal sealed class RedisQuota : IDisposable
{
    private readonly RedisLink _link;
    private readonly QuotaKey _key;
    private readonly QuotaMode _mode;
    private readonly KeyedTable<HeldTokens>? _held;
    private readonly QuotaUploads _uploads;
    private readonly ITimer? _syncTimer;

    public RedisQuota(RedisLink link, QuotaKey key, QuotaMode mode, TimeProvider time, QuotaUploads uploads)
    {
        _link = link;
        _key = key;
        _mode = mode;
        _uploads = uploads;
        if (IsSynchronised)
        {
            TimeSpan period = TimeSpan.FromSeconds(mode.SyncSeconds);
            _held = new KeyedTable<HeldTokens>(mode.MaxIdentifiers);
            _syncTimer = time.CreateTimer(static self => ((RedisQuota)self!).Synchronise(), this, period, period);
        }
        else if (mode.Lease > 1 && !mode.Exact)
        {
            _held = new KeyedTable<HeldTokens>(mode.MaxIdentifiers);
        }
    }

    public RedisLink Link => _link;

    /// <summary>Identifiers with tokens held here.</summary>
    public int Held => _held?.Count ?? 0;

    private bool IsSynchronised => _mode.SyncSeconds > 0;

    /// <summary>Decides from held tokens; false when Redis has to be asked.</summary>
    public bool TryDecide(in PeriodValues limits, ReadOnlySpan<byte> identifier, long unixMilliseconds, out RateLimitVerdict verdict)
    {
        verdict = default;
        if (_held is null)
        {
            return false;
        }

        Span<byte> room = stackalloc byte[QuotaKey.MaxIdentifierLength];
        return _held.TryGet(QuotaKey.Bound(identifier, room), out HeldTokens? held)
            && held.Grant is { } grant
            && grant.TryTake(limits, unixMilliseconds, out verdict) is GrantOutcome.Allowed or GrantOutcome.Refused;
    }

    /// <summary>Asks Redis about one request, and for a block of tokens where that is due. Loop-thread only.</summary>
    public ValueTask<StoreAnswer> AskAsync(
        QuotaChecks checks, in PeriodValues limits, ReadOnlySpan<byte> identifier, long unixMilliseconds, out HeldTokens? lease)
    {
        lease = null;
        long now = checks.Loop.NowMilliseconds;
        bool perKey = _link.IsCluster;
        int windows = Count(limits);
        int commands = perKey ? windows : 1;
        LimiterResult entered = _link.Enter(now, commands, out int ticket);
        if (entered != LimiterResult.Allowed)
        {
            return new ValueTask<StoreAnswer>(new StoreAnswer { Result = entered });
        }

        Span<byte> room = stackalloc byte[QuotaKey.MaxIdentifierLength];
        ReadOnlySpan<byte> bounded = QuotaKey.Bound(identifier, room);

        // A block of several windows would end with the shortest, and what is left of it be lost to the longest.
        lease = IsSynchronised || windows == 1 ? BeginHolding(bounded) : null;
        if (IsSynchronised && lease?.Grant is { } last && last.Close() is > 0 and long taken)
        {
            // Of a window that is over, or of other limits: added before Redis is asked what there is.
            Upload(bounded, last, taken);
        }

        long wanted = lease is null ? 1 : IsSynchronised ? 0 : Block(limits);
        QuotaCheck check = checks.Rent();
        AddKeys(check, limits, bounded, unixMilliseconds);
        AddValues(check, limits, wanted, perKey, unixMilliseconds);
        return check.SendAsync(_link, ticket, _mode.Exact && wanted == 1 ? QuotaScripts.Count : QuotaScripts.Take, perKey, _mode.Budget);
    }

    /// <summary>The verdict of an answer, and the tokens that came with it put where the next requests find them.</summary>
    public RateLimitVerdict Conclude(in StoreAnswer answer, in PeriodValues limits, HeldTokens? lease, long unixMilliseconds)
    {
        PeriodValues used = default;
        int at = 1;
        for (int i = 0; i < RateWindow.PeriodCount; i++)
        {
            if (limits[i] != 0)
            {
                used[i] = answer.Values[at++];
            }
        }

        if (lease is null)
        {
            return RateLimitVerdict.Of(limits, used, unixMilliseconds);
        }

        // Between two synchronisations everything that is left may be given out here; a lease is what was granted.
        QuotaGrant grant = new(limits, used, IsSynchronised ? Left(limits, used) : answer.Values[0], unixMilliseconds);
        grant.TryTake(limits, unixMilliseconds, out RateLimitVerdict verdict);
        lease.Put(grant);
        return verdict;
    }

    /// <summary>An answer did not come: whoever is next may ask for tokens.</summary>
    public static void GiveUp(HeldTokens? lease) => lease?.EndFetch();

    /// <summary>Notes a request that was let through without Redis, to be added later.</summary>
    public void Missed(in PeriodValues limits, ReadOnlySpan<byte> identifier, long unixMilliseconds)
    {
        Span<byte> room = stackalloc byte[QuotaKey.MaxIdentifierLength];
        Span<byte> key = stackalloc byte[_key.MaxLength];
        ReadOnlySpan<byte> bounded = QuotaKey.Bound(identifier, room);
        for (int i = 0; i < RateWindow.PeriodCount; i++)
        {
            if (limits[i] != 0)
            {
                int length = _key.WriteWindow(bounded, (RatePeriod)i, unixMilliseconds, key);
                _uploads.Missed.Add(key[..length], (RatePeriod)i, unixMilliseconds);
            }
        }
    }

    /// <summary>Forgets tokens of windows that are over. Now and then, by the control loop.</summary>
    public void Sweep(long unixMilliseconds)
    {
        if (_held is null || IsSynchronised)
        {
            return;
        }

        foreach (KeyValuePair<byte[], HeldTokens> entry in _held.Entries)
        {
            if (entry.Value.IsOver(unixMilliseconds) && entry.Value.TryRetire())
            {
                _held.TryRemove(entry);
            }
        }
    }

    public void Dispose()
    {
        _syncTimer?.Dispose();
        Flush();
    }

    /// <summary>Adds to Redis at once what waits for the next synchronisation.</summary>
    public void Flush()
    {
        if (IsSynchronised)
        {
            Synchronise();
        }
    }

    /// <summary>Adds to Redis what was let through since the last time, and forgets what Redis said then.</summary>
    internal void Synchronise()
    {
        foreach (KeyValuePair<byte[], HeldTokens> entry in _held!.Entries)
        {
            // Closed first: from here on requests ask again, behind what is sent now.
            QuotaGrant? grant = entry.Value.Grant;
            Settle(entry.Key, grant);
            if (entry.Value.TryRetire())
            {
                _held.TryRemove(entry);
                if (entry.Value.Grant != grant)
                {
                    // Fetched in between, and the last that is put here.
                    Settle(entry.Key, entry.Value.Grant);
                }
            }
        }
    }

    private void Settle(byte[] identifier, QuotaGrant? grant)
    {
        if (grant?.Close() is > 0 and long taken)
        {
            Upload(identifier, grant, taken);
        }
    }

    private void Upload(ReadOnlySpan<byte> identifier, QuotaGrant grant, long taken)
    {
        Span<byte> key = stackalloc byte[_key.MaxLength];
        PeriodValues limits = grant.Limits;
        for (int i = 0; i < RateWindow.PeriodCount; i++)
        {
            if (limits[i] != 0)
            {
                int length = _key.WriteWindow(identifier, (RatePeriod)i, grant.MadeAt, key);
                _uploads.Send(new MissedCount(key[..length].ToArray(), taken, (RatePeriod)i, RateWindow.EndOf((RatePeriod)i, grant.MadeAt)));
            }
        }
    }

    private HeldTokens? BeginHolding(ReadOnlySpan<byte> identifier)
    {
        if (_held is null)
        {
            return null;
        }

        while (true)
        {
            if (!_held.TryGet(identifier, out HeldTokens? held))
            {
                held = new HeldTokens();
                if (!_held.TryAdd(identifier, held) && !_held.TryGet(identifier, out held))
                {
                    return null;
                }
            }

            // One block at a time for an identifier: others that come meanwhile ask for themselves alone.
            if (held.TryBeginFetch())
            {
                return held;
            }

            if (!held.IsRetired)
            {
                return null;
            }

            _held.TryRemove(new KeyValuePair<byte[], HeldTokens>(identifier.ToArray(), held));
        }
    }

    // Never more than a tenth of the tightest limit, so that a pod does not starve the others by what it holds.
    private long Block(in PeriodValues limits)
    {
        long block = _mode.Lease;
        for (int i = 0; i < RateWindow.PeriodCount; i++)
        {
            if (limits[i] != 0)
            {
                block = Math.Min(block, Math.Max(1, limits[i] / 10));
            }
        }

        return block;
    }

    private void AddKeys(QuotaCheck check, in PeriodValues limits, ReadOnlySpan<byte> identifier, long unixMilliseconds)
    {
        Span<byte> key = stackalloc byte[_key.MaxLength];
        for (int i = 0; i < RateWindow.PeriodCount; i++)
        {
            if (limits[i] != 0)
            {
                check.AddKey(key[.._key.WriteWindow(identifier, (RatePeriod)i, unixMilliseconds, key)]);
            }
        }
    }

    // Kong's length of the window, but at least until two seconds after its end: a request that was on its way when the window ended must
    // still find its counter, and not begin another.
    private long Lifetime(RatePeriod period, long unixMilliseconds)
    {
        const long Stragglers = 2;
        long remaining = (RateWindow.EndOf(period, unixMilliseconds) - unixMilliseconds + 999) / 1000;
        return _mode.Exact ? RateWindow.LengthOf(period) : Math.Max(RateWindow.LengthOf(period), remaining + Stragglers);
    }

    private void AddValues(QuotaCheck check, in PeriodValues limits, long wanted, bool perKey, long unixMilliseconds)
    {
        if (perKey)
        {
            for (int i = 0; i < RateWindow.PeriodCount; i++)
            {
                if (limits[i] != 0)
                {
                    check.AddValue(wanted);
                    check.AddValue(limits[i]);
                    check.AddValue(Lifetime((RatePeriod)i, unixMilliseconds));
                }
            }

            return;
        }

        check.AddValue(wanted);
        for (int i = 0; i < RateWindow.PeriodCount; i++)
        {
            if (limits[i] != 0)
            {
                check.AddValue(limits[i]);
            }
        }

        for (int i = 0; i < RateWindow.PeriodCount; i++)
        {
            if (limits[i] != 0)
            {
                check.AddValue(Lifetime((RatePeriod)i, unixMilliseconds));
            }
        }
    }

    private static int Count(in PeriodValues limits)
    {
        int count = 0;
        foreach (long limit in limits)
        {
            count += limit != 0 ? 1 : 0;
        }

        return count;
    }

    private static long Left(in PeriodValues limits, in PeriodValues used)
    {
        long left = long.MaxValue;
        for (int i = 0; i < RateWindow.PeriodCount; i++)
        {
            left = limits[i] == 0 ? left : Math.Min(left, limits[i] - used[i]);
        }

        return Math.Max(0, left);
    }
}
