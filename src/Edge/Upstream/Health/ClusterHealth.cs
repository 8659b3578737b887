using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.Resilience;

namespace VoltageSoda.Edge.Upstream.Health;

/// <summary>What judges the endpoints of a cluster: the passive and the active half of Kong's <c>healthchecks</c>. Immutable.</summary>
internal sealed class ClusterHealth
{
    private ClusterHealth(KongHealthchecks checks)
    {
        Checks = checks;
        Passive = new HealthRule(checks.Passive.HealthyStatuses, checks.Passive.UnhealthyStatuses)
        {
            Successes = checks.Passive.Successes,
            HttpFailures = checks.Passive.HttpFailures,
            TcpFailures = checks.Passive.TcpFailures,
            Timeouts = checks.Passive.Timeouts,
        };
        Active = new HealthRule(checks.Active.HealthyStatuses, checks.Active.UnhealthyStatuses)
        {
            Successes = checks.Active.Successes,
            HttpFailures = checks.Active.HttpFailures,
            TcpFailures = checks.Active.TcpFailures,
            Timeouts = checks.Active.Timeouts,
            Heals = true,
        };
    }

    public KongHealthchecks Checks { get; }

    /// <summary>Judges real traffic.</summary>
    public HealthRule Passive { get; }

    /// <summary>Judges probes.</summary>
    public HealthRule Active { get; }

    /// <summary>Whether probes are sent at all.</summary>
    public bool Probes => Checks.Active.Type is "http" or "https" or "tcp" && HasInterval;

    private bool HasInterval => Checks.Active.HealthyInterval > TimeSpan.Zero || Checks.Active.UnhealthyInterval > TimeSpan.Zero;

    /// <summary>The judge of an upstream, or null when it has no checks (<c>is_upstream_using_healthcheck</c>).</summary>
    public static ClusterHealth? For(KongHealthchecks checks) => IsUsed(checks) ? new ClusterHealth(checks) : null;

    private static bool IsUsed(KongHealthchecks checks) =>
        checks.Active.HealthyInterval > TimeSpan.Zero
        || checks.Active.UnhealthyInterval > TimeSpan.Zero
        || checks.Passive.TcpFailures + checks.Passive.Timeouts + checks.Passive.HttpFailures > 0;
}
