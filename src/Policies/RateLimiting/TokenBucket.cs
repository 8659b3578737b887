namespace VoltageSoda.Edge.Policies.RateLimiting;

/// <summary>
/// Token bucket in one CAS word. Thread-safe, lock-free, no allocation; never grants more than capacity plus what refills.
/// </summary>
public sealed class TokenBucket
{
    /// <param name="capacity">Most tokens held, 1..1 000 000.</param>
    /// <param name="tokensPerFill">Tokens added per interval, 1..1 000 000.</param>
    /// <param name="fillInterval">Interval, 1 ms..1 day.</param>
    /// <param name="nowTicks">Now, in 100 ns ticks of any monotonic clock.</param>
    public TokenBucket(int capacity, int tokensPerFill, TimeSpan fillInterval, long nowTicks)
    {
        _ = (capacity, tokensPerFill, fillInterval, nowTicks);
    }

    /// <summary>Takes one token if there is one.</summary>
    public bool TryTake(long nowTicks) => throw new NotImplementedException();
}
