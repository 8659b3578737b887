using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.Upstream;
using VoltageSoda.Edge.Upstream.Health;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>Starts the active checks of the configuration in force; what only compiles one (explain) sends no probe. Thread-safe.</summary>
internal sealed class ActiveChecks(TimeProvider time, ILogger log)
{
    private readonly ProbeClient _client = new(time);

    /// <summary>A prober for a cluster, or null when it has nothing to probe.</summary>
    public Prober? For(Cluster cluster, string? hostHeader) => cluster.Health is { Probes: true } health
        ? new Prober(cluster, health, new ProbeRequest(health.Checks.Active, hostHeader), _client, time, new Random(), log)
        : null;
}
