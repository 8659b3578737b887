using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>What a route says of retries and a DestinationRule of idle connections, as those take it who act on it. Stateless.</summary>
internal static class ResilienceRules
{
    /// <summary>The retries of a route.</summary>
    public static RetryPolicy RetriesOf(RetrySettings settings)
    {
        long interval = settings.Backoff is { } backoff ? Milliseconds(backoff) : Backoff.Default.Base;
        return new RetryPolicy
        {
            Retries = Math.Max(0, settings.Attempts),
            Conditions = RetryConditions.Parse(settings.RetryOn),
            PerTryTimeout = settings.PerTryTimeout is { } timeout ? Milliseconds(timeout) : 0,
            Backoff = settings.MaxBackoff is { } max ? new Backoff(interval, Math.Max(interval, Milliseconds(max))) : Backoff.Of(interval),
            IgnoresPreviousHosts = settings.RetryIgnorePreviousHosts,
            UsesRemoteLocalities = settings.RetryRemoteLocalities ?? false,
        };
    }

    /// <summary>Probes of idle connections; null leaves them off. The operating system takes whole seconds.</summary>
    public static TcpKeepAlive? KeepAliveOf(TcpKeepaliveSettings? settings) => settings is null
        ? null
        : new TcpKeepAlive(Seconds(settings.Time), Seconds(settings.Interval), settings.Probes ?? 0);

    private static int Seconds(TimeSpan? time) => time is { } value ? (int)Math.Clamp(Math.Ceiling(value.TotalSeconds), 1, 32_767) : 0;

    private static long Milliseconds(TimeSpan time) => Math.Max(1, (long)Math.Ceiling(time.TotalMilliseconds));
}
