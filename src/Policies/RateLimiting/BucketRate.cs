namespace VoltageSoda.Edge.Policies.RateLimiting;

/// <summary>What a bucket answers to one request. A plain value; times in 100 ns ticks.</summary>
public readonly record struct BucketVerdict
{
    public bool IsAllowed { get; init; }

    /// <summary>Tokens of a full bucket.</summary>
    public long Capacity { get; init; }

    /// <summary>Whole tokens left after this request.</summary>
    public long Remaining { get; init; }

    /// <summary>Until there is a token; 0 when allowed.</summary>
    public long RetryTicks { get; init; }

    /// <summary>Until the bucket is full.</summary>
    public long FullTicks { get; init; }
}

/// <summary>
/// Size and refill of a bucket whose state is one word: the moment at which it will be full again (the generic cell rate
/// algorithm, ITU-T I.371). A token moves the moment on by the time one token takes to refill, and there is one while it is less than a whole
/// capacity away. Time is counted in fractions of a tick fine enough for the rate (exact to 1/4096), and wraps: only differences count, and a
/// moment that lies before now means full. Immutable, thread-safe.
/// </summary>
public readonly struct BucketRate
{
    private const long LeastUnitsPerToken = 4096;

    // A caller's clock may lag behind another's; a moment further ahead than this stems from before the word wrapped.
    private const long ToleratedLagTicks = TimeSpan.TicksPerHour;

    private readonly int _shift;
    private readonly long _unitsPerToken;
    private readonly long _capacityUnits;

    /// <param name="capacity">Most tokens held, 1..1 000 000.</param>
    /// <param name="tokensPerFill">Tokens added per interval, 1..1 000 000.</param>
    /// <param name="fillInterval">Interval, 1 ms..1 day.</param>
    public BucketRate(int capacity, int tokensPerFill, TimeSpan fillInterval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1_000_000);
        ArgumentOutOfRangeException.ThrowIfLessThan(tokensPerFill, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokensPerFill, 1_000_000);
        ArgumentOutOfRangeException.ThrowIfLessThan(fillInterval, TimeSpan.FromMilliseconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fillInterval, TimeSpan.FromDays(1));
        while ((fillInterval.Ticks << _shift) / tokensPerFill < LeastUnitsPerToken)
        {
            _shift++;
        }

        // Rounded up: the error is on the side of granting less.
        _unitsPerToken = ((fillInterval.Ticks << _shift) + tokensPerFill - 1) / tokensPerFill;
        _capacityUnits = _unitsPerToken * capacity;
        Capacity = capacity;
        NanosecondsPerToken = ((fillInterval.Ticks * TimeSpan.NanosecondsPerTick) + tokensPerFill - 1) / tokensPerFill;
    }

    /// <summary>Tokens of a full bucket.</summary>
    public int Capacity { get; }

    /// <summary>Time one token takes to refill, rounded up.</summary>
    public long NanosecondsPerToken { get; }

    /// <summary>The state of a bucket that is full now.</summary>
    public long Full(long nowTicks) => nowTicks << _shift;

    /// <summary>Whether a bucket in this state is full: nothing is lost by forgetting it.</summary>
    public bool IsFull(long state, long nowTicks) => Missing(state, nowTicks) == 0;

    /// <summary>How much of a bucket is missing, in fractions of a tick.</summary>
    public long Missing(long state, long nowTicks)
    {
        long missing = unchecked(state - (nowTicks << _shift));
        return missing < 0 || missing > _capacityUnits + (ToleratedLagTicks << _shift) ? 0 : missing;
    }

    /// <summary>Whether a bucket in this state has a token, and the state after it was taken.</summary>
    public bool TryNext(long state, long nowTicks, out long next)
    {
        long missing = Missing(state, nowTicks);
        next = unchecked((nowTicks << _shift) + missing + _unitsPerToken);
        return missing <= _capacityUnits - _unitsPerToken;
    }

    /// <summary>What a client is told: of the state after its token was taken, or of the state that had none.</summary>
    public BucketVerdict Describe(bool allowed, long state, long nowTicks)
    {
        long missing = Missing(state, nowTicks);
        return new BucketVerdict
        {
            IsAllowed = allowed,
            Capacity = Capacity,
            Remaining = Math.Max(0, (_capacityUnits - missing) / _unitsPerToken),
            RetryTicks = allowed ? 0 : Math.Max(1, ToTicks(missing - (_capacityUnits - _unitsPerToken))),
            FullTicks = ToTicks(missing),
        };
    }

    private long ToTicks(long units) => (units + (1L << _shift) - 1) >> _shift;
}
