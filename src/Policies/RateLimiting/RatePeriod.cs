namespace VoltageSoda.Edge.Policies.RateLimiting;

/// <summary>Kong's windows, shortest first. Fixed, aligned to the UTC calendar.</summary>
public enum RatePeriod
{
    Second,
    Minute,
    Hour,
    Day,
    Month,
    Year,
}
