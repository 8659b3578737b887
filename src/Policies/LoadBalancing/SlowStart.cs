namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// Warm-up of endpoints that have just joined (<c>envoy: load_balancer_impl.cc</c>, applySlowStartFactor): the weight grows with the time since then.
/// Immutable.
/// </summary>
/// <param name="Window">Milliseconds until an endpoint has its whole weight.</param>
/// <param name="Aggression">1 grows evenly, more grows faster at first; above 0.</param>
/// <param name="MinimumShare">Share of the weight it begins with, 0..1.</param>
public sealed record SlowStart(long Window, double Aggression = 1, double MinimumShare = 0.1)
{
    /// <summary>The share of its weight that an endpoint has by now, above 0 to 1.</summary>
    /// <param name="joinedAt">When it joined, milliseconds; <see cref="Endpoint.Settled"/> for one that has nothing to warm up.</param>
    /// <param name="now">Milliseconds of the same clock.</param>
    public double ShareAt(long joinedAt, long now)
    {
        long since = now - joinedAt;
        if (joinedAt == Endpoint.Settled || since >= Window)
        {
            return 1;
        }

        double time = Math.Max(1, since) / (double)Window;
        double grown = Aggression == 1 ? time : Math.Pow(time, 1 / Aggression);
        return Math.Max(grown, MinimumShare);
    }
}
