namespace VoltageSoda.Edge.Policies.RateLimiting;

/// <summary>
/// Token bucket in one CAS word. Thread-safe, lock-free, no allocation; never grants more than capacity plus what refills. Refill is
/// continuous; see <see cref="BucketRate"/>.
/// </summary>
public sealed class TokenBucket
{
    private readonly BucketRate _rate;
    private long _fullAt;

    /// <param name="capacity">Most tokens held, 1..1 000 000.</param>
    /// <param name="tokensPerFill">Tokens added per interval, 1..1 000 000.</param>
    /// <param name="fillInterval">Interval, 1 ms..1 day.</param>
    /// <param name="nowTicks">Now, in 100 ns ticks of any monotonic clock.</param>
    public TokenBucket(int capacity, int tokensPerFill, TimeSpan fillInterval, long nowTicks)
    {
        _rate = new BucketRate(capacity, tokensPerFill, fillInterval);
        _fullAt = _rate.Full(nowTicks);
    }

    /// <summary>Takes one token if there is one. A refusal writes nothing, so an empty bucket is not contended.</summary>
    public bool TryTake(long nowTicks)
    {
        long seen = Volatile.Read(ref _fullAt);
        while (_rate.TryNext(seen, nowTicks, out long next))
        {
            long found = Interlocked.CompareExchange(ref _fullAt, next, seen);
            if (found == seen)
            {
                return true;
            }

            seen = found;
        }

        return false;
    }
}
