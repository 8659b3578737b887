namespace VoltageSoda.Edge.Policies.RateLimiting;

/// <summary>
/// Token bucket in one CAS word. Thread-safe, lock-free, no allocation; never grants more than capacity plus what refills. Refill is
/// continuous; the rate is exact to 1/4096.
/// </summary>
/// <remarks>
/// The word is the moment at which the bucket will be full again (the generic cell rate algorithm, ITU-T I.371): a token moves it on by the time
/// one token takes to refill, and there is one while that moment is less than a whole capacity away. Time is counted in fractions of a tick fine
/// enough for the rate, and wraps: only differences count. An idle bucket needs no care: a moment that lies before now means full.
/// </remarks>
public sealed class TokenBucket
{
    private const long LeastUnitsPerToken = 4096;

    // A caller's clock may lag behind another's; a moment further ahead than this stems from before the word wrapped.
    private const long ToleratedLagTicks = TimeSpan.TicksPerHour;

    private readonly int _shift;
    private readonly long _unitsPerToken;
    private readonly long _capacityUnits;
    private long _fullAt;

    /// <param name="capacity">Most tokens held, 1..1 000 000.</param>
    /// <param name="tokensPerFill">Tokens added per interval, 1..1 000 000.</param>
    /// <param name="fillInterval">Interval, 1 ms..1 day.</param>
    /// <param name="nowTicks">Now, in 100 ns ticks of any monotonic clock.</param>
    public TokenBucket(int capacity, int tokensPerFill, TimeSpan fillInterval, long nowTicks)
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
        _fullAt = nowTicks << _shift;
    }

    /// <summary>Takes one token if there is one. A refusal writes nothing, so an empty bucket is not contended.</summary>
    public bool TryTake(long nowTicks)
    {
        long now = nowTicks << _shift;
        long seen = Volatile.Read(ref _fullAt);
        while (true)
        {
            long missing = unchecked(seen - now);
            if (missing < 0 || missing > _capacityUnits + (ToleratedLagTicks << _shift))
            {
                missing = 0; // Full.
            }

            if (missing > _capacityUnits - _unitsPerToken)
            {
                return false;
            }

            long found = Interlocked.CompareExchange(ref _fullAt, unchecked(now + missing + _unitsPerToken), seen);
            if (found == seen)
            {
                return true;
            }

            seen = found;
        }
    }
}
