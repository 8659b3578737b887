namespace VoltageSoda.Edge.Policies.Resilience;

/// <summary>
/// The pause before a retry: uniform over a range that grows with each one, up to a cap
/// (<c>envoy: source/common/common/backoff_strategy.cc</c>). Pure.
/// </summary>
/// <param name="Base">Milliseconds, 1 or more: width of the range before the first retry.</param>
/// <param name="Max">Milliseconds, widest range; at least <paramref name="Base"/>.</param>
public readonly record struct Backoff(long Base, long Max)
{
    /// <summary>Istio's: 25 ms, up to ten times as long.</summary>
    public static Backoff Default { get; } = Of(25);

    /// <summary>A base with Istio's cap of ten times.</summary>
    public static Backoff Of(long milliseconds) => new(Math.Max(1, milliseconds), Math.Max(1, milliseconds) * 10);

    /// <summary>Whole milliseconds, from 0 to below the range: (2^retry − 1) · base, or the cap where that is narrower.</summary>
    /// <param name="retry">Number of the retry, 1 for the first.</param>
    /// <param name="random">0 to below 1.</param>
    public long Before(int retry, double random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(retry, 1);
        double range = Math.Min(Max, (Math.Pow(2, Math.Min(retry, 62)) - 1) * Base);
        return (long)(random * range);
    }
}
