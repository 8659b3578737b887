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
}
