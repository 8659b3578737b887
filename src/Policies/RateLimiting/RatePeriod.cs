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
public static class RateWindow
{
    /// <summary>Number of periods; they are indexed by <see cref="RatePeriod"/>.</summary>
    public const int PeriodCount = 6;

    private static readonly byte[][] Names =
    [
        "second"u8.ToArray(), "minute"u8.ToArray(), "hour"u8.ToArray(), "day"u8.ToArray(), "month"u8.ToArray(), "year"u8.ToArray(),
    ];

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

    /// <summary>The period's name in configuration and store keys.</summary>
    public static ReadOnlySpan<byte> NameOf(RatePeriod period) => Names[(int)period];

    /// <summary>Number of the window, counted from 1970; windows that follow each other have numbers that do.</summary>
    public static long NumberOf(RatePeriod period, long unixMilliseconds) => period switch
    {
        RatePeriod.Month => MonthOf(unixMilliseconds),
        RatePeriod.Year => DateTime.UnixEpoch.AddMilliseconds(unixMilliseconds).Year - 1970,
        _ => unixMilliseconds / (LengthOf(period) * 1000),
    };

    /// <summary>When the window began, milliseconds since 1970.</summary>
    public static long StartOf(RatePeriod period, long unixMilliseconds) => period switch
    {
        RatePeriod.Month => StartOfMonth(unixMilliseconds, 0),
        RatePeriod.Year => StartOfYear(unixMilliseconds, 0),
        _ => unixMilliseconds - (unixMilliseconds % (LengthOf(period) * 1000)),
    };

    /// <summary>When the next window begins, milliseconds since 1970: by the calendar, unlike <see cref="LengthOf"/>.</summary>
    public static long EndOf(RatePeriod period, long unixMilliseconds) => period switch
    {
        RatePeriod.Month => StartOfMonth(unixMilliseconds, 1),
        RatePeriod.Year => StartOfYear(unixMilliseconds, 1),
        _ => StartOf(period, unixMilliseconds) + (LengthOf(period) * 1000),
    };

    /// <summary>Seconds until Kong's window ends, at least 1 (K: EXPIRATION minus the whole seconds since it began).</summary>
    public static long ResetSeconds(RatePeriod period, long unixMilliseconds) =>
        Math.Max(1, LengthOf(period) - ((unixMilliseconds - StartOf(period, unixMilliseconds)) / 1000));

    private static long MonthOf(long unixMilliseconds)
    {
        DateTime now = DateTime.UnixEpoch.AddMilliseconds(unixMilliseconds);
        return ((now.Year - 1970) * 12) + now.Month - 1;
    }

    private static long StartOfMonth(long unixMilliseconds, int monthsOn)
    {
        DateTime now = DateTime.UnixEpoch.AddMilliseconds(unixMilliseconds);
        return Milliseconds(new DateTime(now.Year, now.Month, 1, 0, 0, 0, DateTimeKind.Utc).AddMonths(monthsOn));
    }

    private static long StartOfYear(long unixMilliseconds, int yearsOn)
    {
        DateTime now = DateTime.UnixEpoch.AddMilliseconds(unixMilliseconds);
        return Milliseconds(new DateTime(now.Year, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddYears(yearsOn));
    }

    private static long Milliseconds(DateTime moment) => (moment.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond;
}
