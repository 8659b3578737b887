namespace VoltageSoda.Edge.Telemetry;

/// <summary>Health of one address of one target, in Kong's four states.</summary>
public enum TargetHealth
{
    HealthchecksOff,
    Healthy,
    Unhealthy,
    DnsError,
}

/// <summary>One line of upstream health for <c>kong_upstream_target_health</c> and the status endpoints.</summary>
/// <param name="Upstream">Upstream name.</param>
/// <param name="Target">Target as configured, <c>host:port</c>.</param>
/// <param name="Address">Resolved <c>ip:port</c>, empty when the name did not resolve.</param>
/// <param name="Health">Its state.</param>
/// <param name="Weight">Weight in the upstream.</param>
public readonly record struct TargetHealthRow(string Upstream, string Target, string Address, TargetHealth Health, int Weight);
