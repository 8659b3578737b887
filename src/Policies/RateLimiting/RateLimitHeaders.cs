using System.Buffers.Text;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.RateLimiting;

/// <summary>Writes Kong's rate limit fields into a response. Stateless, no allocation.</summary>
public static class RateLimitHeaders
{
    private const int MaxDigits = 20;

    private static readonly byte[][] LimitNames =
    [
        "X-RateLimit-Limit-Second"u8.ToArray(), "X-RateLimit-Limit-Minute"u8.ToArray(), "X-RateLimit-Limit-Hour"u8.ToArray(),
        "X-RateLimit-Limit-Day"u8.ToArray(), "X-RateLimit-Limit-Month"u8.ToArray(), "X-RateLimit-Limit-Year"u8.ToArray(),
    ];

    private static readonly byte[][] RemainingNames =
    [
        "X-RateLimit-Remaining-Second"u8.ToArray(), "X-RateLimit-Remaining-Minute"u8.ToArray(), "X-RateLimit-Remaining-Hour"u8.ToArray(),
        "X-RateLimit-Remaining-Day"u8.ToArray(), "X-RateLimit-Remaining-Month"u8.ToArray(), "X-RateLimit-Remaining-Year"u8.ToArray(),
    ];

    /// <summary>
    /// Sets X-RateLimit-Limit/Remaining-Period, RateLimit-Limit/Remaining/Reset and, on refusal, Retry-After. Not called when
    /// hide_client_headers is on.
    /// </summary>
    public static void Apply<THeaders>(in RateLimitVerdict verdict, ref THeaders response)
        where THeaders : struct, IHeaderEdits, allows ref struct
    {
        PeriodValues limits = verdict.Limits;
        PeriodValues remaining = verdict.Remaining;
        for (int i = 0; i < RateWindow.PeriodCount; i++)
        {
            if (limits[i] != 0)
            {
                Set(LimitNames[i], limits[i], ref response);
                Set(RemainingNames[i], remaining[i], ref response);
            }
        }

        Set("RateLimit-Limit"u8, limits[(int)verdict.Tightest], ref response);
        Set("RateLimit-Remaining"u8, remaining[(int)verdict.Tightest], ref response);
        Set("RateLimit-Reset"u8, verdict.ResetSeconds, ref response);
        if (!verdict.IsAllowed)
        {
            Set("Retry-After"u8, verdict.ResetSeconds, ref response);
        }
    }

    /// <summary>
    /// Sets RateLimit-Limit, -Remaining and -Reset of a bucket and, on refusal, Retry-After. Not called when hide_client_headers is on.
    /// </summary>
    public static void Apply<THeaders>(in BucketVerdict verdict, ref THeaders response)
        where THeaders : struct, IHeaderEdits, allows ref struct
    {
        Set("RateLimit-Limit"u8, verdict.Capacity, ref response);
        Set("RateLimit-Remaining"u8, verdict.Remaining, ref response);
        Set("RateLimit-Reset"u8, Seconds(verdict.FullTicks), ref response);
        if (!verdict.IsAllowed)
        {
            Set("Retry-After"u8, Seconds(verdict.RetryTicks), ref response);
        }
    }

    // Rounded up, at least 1: who waits that long finds a token.
    private static long Seconds(long ticks) => Math.Max(1, (ticks + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond);

    private static void Set<THeaders>(ReadOnlySpan<byte> name, long value, ref THeaders response)
        where THeaders : struct, IHeaderEdits, allows ref struct
    {
        Span<byte> digits = stackalloc byte[MaxDigits];
        Utf8Formatter.TryFormat(value, digits, out int length);
        response.Set(name, digits[..length]);
    }
}
