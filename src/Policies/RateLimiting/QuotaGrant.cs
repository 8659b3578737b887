namespace VoltageSoda.Edge.Policies.RateLimiting;

/// <summary>What a <see cref="QuotaGrant"/> says to one request.</summary>
public enum GrantOutcome
{
    /// <summary>A token was taken.</summary>
    Allowed,

    /// <summary>A limit is used up until its window ends: no store need be asked.</summary>
    Refused,

    /// <summary>The tokens are used up and the limit may not be: ask the store.</summary>
    Spent,

    /// <summary>A window is over, the limits changed, or the grant was closed: ask the store.</summary>
    Stale,
}

/// <summary>
/// Tokens of one identifier that this process may hand out by itself: a block leased from the store, or what is left of the limits
/// between two synchronisations. Counts never fall within a window, so a limit that was full when the grant was made stays full. Never hands
/// out more tokens than it was given. Thread-safe and lock-free.
/// </summary>
public sealed class QuotaGrant
{
    private const long Closed = long.MinValue;

    private readonly PeriodValues _limits;
    private readonly PeriodValues _used;
    private readonly long _tokens;
    private readonly long _from;
    private readonly long _until;
    private readonly bool _exhausts;
    private long _taken;

    /// <param name="limits">Limit per period, 0 where there is none.</param>
    /// <param name="used">Requests the store had counted before these tokens.</param>
    /// <param name="tokens">Tokens to hand out, at least 0.</param>
    /// <param name="madeAt">The moment whose windows the tokens belong to, milliseconds since 1970.</param>
    public QuotaGrant(in PeriodValues limits, in PeriodValues used, long tokens, long madeAt)
    {
        _limits = limits;
        _used = used;
        _tokens = tokens;
        MadeAt = madeAt;
        _until = long.MaxValue;
        for (int i = 0; i < RateWindow.PeriodCount; i++)
        {
            if (limits[i] != 0)
            {
                _from = Math.Max(_from, RateWindow.StartOf((RatePeriod)i, madeAt));
                _until = Math.Min(_until, RateWindow.EndOf((RatePeriod)i, madeAt));
                _exhausts |= used[i] + tokens >= limits[i];
            }
        }
    }

    /// <summary>The moment it was made at.</summary>
    public long MadeAt { get; }

    /// <summary>Limits it was made under.</summary>
    public PeriodValues Limits => _limits;

    /// <summary>Whether every window it belongs to is still open.</summary>
    public bool IsCurrent(long unixMilliseconds) => unixMilliseconds >= _from && unixMilliseconds < _until;

    /// <summary>Tokens taken so far; of a closed grant, those taken before.</summary>
    public long Taken => Volatile.Read(ref _taken) & long.MaxValue;

    /// <summary>Takes one token under these limits; the verdict is set when the outcome is Allowed or Refused.</summary>
    public GrantOutcome TryTake(in PeriodValues limits, long unixMilliseconds, out RateLimitVerdict verdict)
    {
        verdict = default;
        if (!IsCurrent(unixMilliseconds) || !((ReadOnlySpan<long>)_limits).SequenceEqual(limits))
        {
            return GrantOutcome.Stale;
        }

        long taken = Volatile.Read(ref _taken);
        while (true)
        {
            if (taken < 0)
            {
                return GrantOutcome.Stale;
            }

            if (taken >= _tokens)
            {
                if (!_exhausts)
                {
                    return GrantOutcome.Spent;
                }

                verdict = Describe(taken, unixMilliseconds);
                return GrantOutcome.Refused;
            }

            long found = Interlocked.CompareExchange(ref _taken, taken + 1, taken);
            if (found == taken)
            {
                verdict = Describe(taken, unixMilliseconds);
                return GrantOutcome.Allowed;
            }

            taken = found;
        }
    }

    /// <summary>Ends the grant and returns how many tokens were taken, once; later calls return 0.</summary>
    public long Close()
    {
        long taken = Volatile.Read(ref _taken);
        while (taken >= 0)
        {
            long found = Interlocked.CompareExchange(ref _taken, taken | Closed, taken);
            if (found == taken)
            {
                return taken;
            }

            taken = found;
        }

        return 0;
    }

    private RateLimitVerdict Describe(long taken, long now)
    {
        PeriodValues used = default;
        for (int i = 0; i < RateWindow.PeriodCount; i++)
        {
            used[i] = _used[i] + taken;
        }

        return RateLimitVerdict.Of(_limits, used, now);
    }
}
