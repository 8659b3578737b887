using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.Resilience;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>What a route says of retries, as the policies take it. Stateless.</summary>
internal static class ResilienceRules
{
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
