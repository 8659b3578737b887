namespace VoltageSoda.Edge.Policies.RateLimiting;

/// <summary>
/// Counters of one rate-limiting scope in this process (Kong policy local): fixed UTC windows per identifier. Thread-safe
/// and lock-free; memory is bounded by <see cref="LocalRateLimiterOptions.MaxEntries"/> whatever the number of distinct
/// identifiers. Survives reloads; the rule comes with every call, so limits may change without losing counts.
/// </summary>
public sealed class LocalRateLimiter
{
    public LocalRateLimiter(LocalRateLimiterOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
    }

    /// <summary>
    /// Decides all windows of <paramref name="rule"/> together: a refused request consumes nothing. Never admits more than a
    /// limit in a window, whatever the number of threads.
    /// </summary>
    /// <param name="rule">The limits.</param>
    /// <param name="identifier">Who is counted: consumer id, address text, ... Compared exactly.</param>
    /// <param name="nowUnixMilliseconds">The time now.</param>
    public RateLimitVerdict Check(RateLimitRule rule, ReadOnlySpan<byte> identifier, long nowUnixMilliseconds) => throw new NotImplementedException();
}

/// <summary>Memory bound of a <see cref="LocalRateLimiter"/>.</summary>
public sealed record LocalRateLimiterOptions
{
    /// <summary>Distinct identifiers remembered at once, 64..16 777 216.</summary>
    public int MaxEntries { get; init; } = 65_536;
}
