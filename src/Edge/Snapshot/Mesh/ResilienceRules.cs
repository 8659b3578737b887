using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>What a DestinationRule and a route say of limits, ejections and retries, as the policies take it. Stateless.</summary>
internal static class ResilienceRules
{
    // A list of tries that nobody waits for: only the request's own time ends its wait.
    private const int NoDeadline = int.MaxValue;

    /// <summary>The limits of a cluster.</summary>
    public static CircuitLimits LimitsOf(CircuitSettings settings) => new()
    {
        MaxConnections = settings.MaxConnections,
        MaxPendingRequests = settings.MaxPendingRequests,
        MaxRequests = settings.MaxRequests,
        MaxRetries = settings.MaxRetries,
        RetryBudgetPercent = settings.RetryBudget?.Percent,
        RetryBudgetMinimum = settings.RetryBudget?.MinRetryConcurrency ?? 0,
    };

    /// <summary>What ejects endpoints of a cluster; null for nothing.</summary>
    /// <param name="settings">The DestinationRule.</param>
    /// <param name="halfOpenProbes"><see cref="ServingOptions.HalfOpenProbes"/></param>
    public static OutlierRule? OutliersOf(OutlierSettings? settings, int halfOpenProbes) => settings is null ? null : new OutlierRule(settings.ErrorCodes)
    {
        Consecutive5xx = settings.Consecutive5xx,
        ConsecutiveGatewayFailure = settings.ConsecutiveGatewayErrors,
        ConsecutiveLocalOriginFailure = settings.ConsecutiveLocalOriginFailures,
        SplitExternalLocalOrigin = settings.SplitExternalLocalOrigin,
        Interval = Milliseconds(settings.Interval),
        BaseEjectionTime = Milliseconds(settings.BaseEjectionTime),
        MaxEjectionTime = Math.Max(300_000, Milliseconds(settings.BaseEjectionTime)),
        MaxEjectionPercent = settings.MaxEjectionPercent,
        EnforcingConsecutive5xx = settings.EnforcingConsecutive5xx,
        EnforcingConsecutiveGatewayFailure = settings.EnforcingConsecutiveGatewayErrors,
        EnforcingConsecutiveLocalOriginFailure = settings.EnforcingConsecutiveLocalOriginFailures,
        EnforcingSuccessRate = settings.EnforcingSuccessRate,
        SuccessRateMinimumHosts = settings.SuccessRateMinimumHosts,
        SuccessRateRequestVolume = settings.SuccessRateRequestVolume,
        SuccessRateFactor = settings.SuccessRateFactor,
        EnforcingFailurePercentage = settings.EnforcingFailurePercentage,
        FailurePercentageThreshold = settings.FailurePercentageThreshold,
        FailurePercentageMinimumHosts = settings.FailurePercentageMinimumHosts,
        FailurePercentageRequestVolume = settings.FailurePercentageRequestVolume,
        HalfOpenProbes = halfOpenProbes,
    };

    /// <summary>Settings of the pools of a cluster; waiting is limited in number, not in time.</summary>
    public static PoolSettings PoolsOf(MeshClusterPlan plan) => new(
        int.MaxValue,
        plan.MaxRequestsPerConnection,
        plan.IdleTimeout == 0 ? int.MaxValue : plan.IdleTimeout,
        plan.MaxConnectionAge,
        int.MaxValue,
        NoDeadline);

    /// <summary>The retries of a route.</summary>
    public static RetryPolicy RetriesOf(RetrySettings settings)
    {
        long interval = settings.Backoff is { } backoff ? Milliseconds(backoff) : Backoff.Default.Base;
        return new RetryPolicy
        {
            Retries = settings.Attempts,
            Conditions = RetryConditions.Parse(settings.RetryOn),
            PerTryTimeout = settings.PerTryTimeout is { } timeout ? Milliseconds(timeout) : 0,
            Backoff = settings.MaxBackoff is { } max ? new Backoff(interval, Math.Max(interval, Milliseconds(max))) : Backoff.Of(interval),
            IgnoresPreviousHosts = settings.RetryIgnorePreviousHosts,
            UsesRemoteLocalities = settings.RetryRemoteLocalities ?? false,
        };
    }

    private static long Milliseconds(TimeSpan time) => Math.Max(1, (long)Math.Ceiling(time.TotalMilliseconds));
}
