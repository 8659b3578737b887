using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.Upstream;
using VoltageSoda.Edge.Upstream.Health;
using VoltageSoda.Edge.Upstream.Tls;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>Starts the active checks of the configuration in force; what only compiles one (explain) sends no probe. Thread-safe.</summary>
internal sealed class ActiveChecks(TimeProvider time, ILogger log)
{
    private readonly ProbeClient _client = new(time);

    /// <summary>A prober for a cluster, or null when it has nothing to probe.</summary>
    public Prober? For(Cluster cluster, string? hostHeader, UpstreamTls? tls) => cluster.Health is { Probes: true } health
        ? new Prober(cluster, health, new ProbeRequest(health.Checks.Active, hostHeader, tls), _client, time, new Random(), log)
        : null;
}
