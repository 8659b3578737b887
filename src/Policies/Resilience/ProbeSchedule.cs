namespace VoltageSoda.Edge.Policies.Resilience;

/// <summary>
/// When an address is probed next: after one interval while it is healthy, after another while it is not. Intervals are shortened by up to a
/// tenth at random, never lengthened, so that probes of many addresses and gateways drift apart and a failure is still seen in time. Pure.
/// </summary>
/// <param name="Healthy">Milliseconds between probes of a healthy address; 0 never.</param>
/// <param name="Unhealthy">Milliseconds between probes of an unhealthy address; 0 never.</param>
public readonly record struct ProbeSchedule(long Healthy, long Unhealthy)
{
    /// <summary>The time that never comes.</summary>
    public const long Never = long.MaxValue;

    private const double Jitter = 0.1;

    /// <summary>When to probe for the first time: anywhere within one interval.</summary>
    /// <param name="healthy">State of the address.</param>
    /// <param name="now">Milliseconds.</param>
    /// <param name="random">0 to 1.</param>
    public long First(bool healthy, long now, double random) =>
        Interval(healthy) is > 0 and long interval ? now + (long)(interval * random) : Never;

    /// <summary>When to probe again.</summary>
    /// <param name="healthy">State of the address, as the last probe or report left it.</param>
    /// <param name="last">Milliseconds: when the last probe ended, or the state changed.</param>
    /// <param name="random">0 to 1.</param>
    public long Next(bool healthy, long last, double random) =>
        Interval(healthy) is > 0 and long interval ? last + interval - (long)(interval * Jitter * random) : Never;

    private long Interval(bool healthy) => healthy ? Healthy : Unhealthy;
}
