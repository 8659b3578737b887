using System.Runtime.CompilerServices;

namespace VoltageSoda.Edge.Policies.RateLimiting;

/// <summary>One number per <see cref="RatePeriod"/>.</summary>
[InlineArray(6)]
public struct PeriodValues
{
    private long _first;
}

/// <summary>The answer of a limiter with the numbers its response headers show. A plain value.</summary>
public readonly struct RateLimitVerdict
{
    public bool IsAllowed { get; internal init; }

    /// <summary>Limit per period; 0 where the rule has none.</summary>
    public PeriodValues Limits { get; internal init; }

    /// <summary>Remaining per period as shown to the client, never negative.</summary>
    public PeriodValues Remaining { get; internal init; }

    /// <summary>The period behind RateLimit-Limit, RateLimit-Remaining and RateLimit-Reset: fewest remaining, tie to the longer window.</summary>
    public RatePeriod Tightest { get; internal init; }

    /// <summary>Seconds until <see cref="Tightest"/> begins anew, at least 1. Also Retry-After of a refusal.</summary>
    public long ResetSeconds { get; internal init; }

    /// <summary>
    /// The verdict that Kong gives for these counts (<c>kong/plugins/rate-limiting/handler.lua</c>): allowed while every period has something left.
    /// </summary>
    /// <param name="limits">Limit per period, 0 where there is none.</param>
    /// <param name="used">Requests counted before this one.</param>
    /// <param name="unixMilliseconds">The time now.</param>
    public static RateLimitVerdict Of(in PeriodValues limits, in PeriodValues used, long unixMilliseconds)
    {
        PeriodValues remaining = default;
        bool allowed = true;
        for (int i = 0; i < RateWindow.PeriodCount; i++)
        {
            remaining[i] = limits[i] - used[i];
            allowed &= limits[i] == 0 || remaining[i] > 0;
        }

        return Describe(allowed, limits, remaining, unixMilliseconds);
    }

    internal static RateLimitVerdict Describe(bool allowed, in PeriodValues limits, in PeriodValues remaining, long now)
    {
        PeriodValues shown = default;
        int tightest = -1;
        for (int i = 0; i < RateWindow.PeriodCount; i++)
        {
            if (limits[i] == 0)
            {
                continue;
            }

            // On a refusal only an exhausted period would count this request, and it shows 0 anyway.
            shown[i] = Math.Max(0, allowed ? remaining[i] - 1 : remaining[i]);
            tightest = tightest < 0 || shown[i] <= shown[tightest] ? i : tightest;
        }

        return new RateLimitVerdict
        {
            IsAllowed = allowed,
            Limits = limits,
            Remaining = shown,
            Tightest = (RatePeriod)Math.Max(tightest, 0),
            ResetSeconds = RateWindow.ResetSeconds((RatePeriod)Math.Max(tightest, 0), now),
        };
    }
}
