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

/// <summary>Which window of a period a moment belongs to. Pure.</summary>
internal static class RateWindow
{
    public const int PeriodCount = 6;

    /// <summary>Seconds a window lasts as Kong reckons resets: every month has 30 days, every year 365.</summary>
    public static long LengthOf(RatePeriod period) => period switch
    {
        RatePeriod.Second => 1,
        RatePeriod.Minute => 60,
        RatePeriod.Hour => 3600,
        RatePeriod.Day => 86_400,
        RatePeriod.Month => 2_592_000,
        _ => 31_536_000,
    };

    /// <summary>Number of the window, counted from 1970; windows that follow each other have numbers that do.</summary>
    public static long NumberOf(RatePeriod period, long unixMilliseconds) => period switch
    {
        RatePeriod.Month => MonthOf(unixMilliseconds),
        RatePeriod.Year => DateTime.UnixEpoch.AddMilliseconds(unixMilliseconds).Year - 1970,
        _ => unixMilliseconds / (LengthOf(period) * 1000),
    };

    /// <summary>Seconds until Kong's window ends, at least 1 (K: EXPIRATION minus the whole seconds since it began).</summary>
    public static long ResetSeconds(RatePeriod period, long unixMilliseconds)
    {
        long start = period switch
        {
            RatePeriod.Month => StartOfMonth(unixMilliseconds),
            RatePeriod.Year => StartOfYear(unixMilliseconds),
            _ => unixMilliseconds - (unixMilliseconds % (LengthOf(period) * 1000)),
        };
        return Math.Max(1, LengthOf(period) - ((unixMilliseconds - start) / 1000));
    }

    private static long MonthOf(long unixMilliseconds)
    {
        DateTime now = DateTime.UnixEpoch.AddMilliseconds(unixMilliseconds);
        return ((now.Year - 1970) * 12) + now.Month - 1;
    }

    private static long StartOfMonth(long unixMilliseconds)
    {
        DateTime now = DateTime.UnixEpoch.AddMilliseconds(unixMilliseconds);
        return (long)(new DateTime(now.Year, now.Month, 1, 0, 0, 0, DateTimeKind.Utc) - DateTime.UnixEpoch).TotalMilliseconds;
    }

    private static long StartOfYear(long unixMilliseconds)
    {
        DateTime now = DateTime.UnixEpoch.AddMilliseconds(unixMilliseconds);
        return (long)(new DateTime(now.Year, 1, 1, 0, 0, 0, DateTimeKind.Utc) - DateTime.UnixEpoch).TotalMilliseconds;
    }
}
