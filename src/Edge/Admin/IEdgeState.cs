using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Upstream.Health;

namespace VoltageSoda.Edge.Admin;

/// <summary>Whether the process should get traffic, and if not, why.</summary>
/// <param name="Ready">True when a non-empty configuration is published and the process is not draining.</param>
/// <param name="Reason">Kong's sentence for the body of a 503; empty when ready.</param>
public readonly record struct Readiness(bool Ready, string Reason);

/// <summary>What the status and admin endpoints read from the running process; implemented by the host. Any thread, never blocks.</summary>
public interface IEdgeState
{
    /// <summary>MD5 of the configuration as 32 hex characters; 32 zeros while it is empty.</summary>
    string ConfigurationHash { get; }

    /// <summary>Current readiness.</summary>
    Readiness Readiness { get; }

    /// <summary>True when a prometheus plugin with <c>upstream_health_metrics</c> is loaded.</summary>
    bool UpstreamHealthMetrics { get; }

    /// <summary>Every target address with its health, for this moment.</summary>
    IReadOnlyList<TargetHealthRow> UpstreamHealth();

    /// <summary>Health of the upstreams, and the switch for single targets.</summary>
    IUpstreamHealth Upstreams { get; }

    /// <summary>
    /// Effective settings shown under <c>configuration</c> by the admin root, by their names in kong.conf: bool, long, string, list of strings
    /// or null; secrets masked by the host.
    /// </summary>
    IReadOnlyDictionary<string, object?> Settings { get; }

    /// <summary>The configuration in force.</summary>
    PublishedConfiguration Published { get; }

    /// <summary>Plugins that may be configured and are built, in alphabetical order.</summary>
    IReadOnlyList<string> AvailablePlugins { get; }

    /// <summary>Plugin names in use by the configuration.</summary>
    IReadOnlyList<string> EnabledPlugins { get; }
}
