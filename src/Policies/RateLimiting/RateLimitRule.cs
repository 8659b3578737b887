namespace VoltageSoda.Edge.Policies.RateLimiting;

/// <summary>
/// The limits of one rate-limiting instance, 1..2^53 per period; 0 leaves a period out, at least one must be set.
/// Immutable, thread-safe.
/// </summary>
public sealed record RateLimitRule
{
    public long Second { get; init; }

    public long Minute { get; init; }

    public long Hour { get; init; }

    public long Day { get; init; }

    public long Month { get; init; }

    public long Year { get; init; }
}
