namespace VoltageSoda.Edge.Policies.RateLimiting;

/// <summary>
/// The limits of one rate-limiting instance, 1..2^40-1 per period; 0 leaves a period out, at least one must be set.
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

    /// <summary>All limits, indexed by <see cref="RatePeriod"/>.</summary>
    public PeriodValues ToLimits()
    {
        PeriodValues limits = default;
        limits[(int)RatePeriod.Second] = Second;
        limits[(int)RatePeriod.Minute] = Minute;
        limits[(int)RatePeriod.Hour] = Hour;
        limits[(int)RatePeriod.Day] = Day;
        limits[(int)RatePeriod.Month] = Month;
        limits[(int)RatePeriod.Year] = Year;
        return limits;
    }
}
