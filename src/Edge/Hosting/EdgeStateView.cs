using VoltageSoda.Edge.Admin;
using VoltageSoda.Edge.Configuration.Kong;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Upstream.Health;

namespace VoltageSoda.Edge.Hosting;

/// <summary>What status and admin may see of a running edge. Thread-safe; never blocks.</summary>
internal sealed class EdgeStateView(EdgeHost host, EdgeSettings settings) : IEdgeState
{
    private volatile bool _stopping;

    public string ConfigurationHash => host.Snapshots.Current.Hash;

    public Readiness Readiness => _stopping
        ? new Readiness(false, "draining")
        : host.Snapshots.Current.IsEmpty
            ? new Readiness(false, "no configuration available (empty configuration present)")
            : new Readiness(true, "");

    public bool UpstreamHealthMetrics => host.Configurator.Model.Plugins.Any(
        static plugin => plugin is { Active: true, Config: PrometheusConfig { UpstreamHealthMetrics: true } });

    public IReadOnlyDictionary<string, object?> Settings { get; } = KongConfiguration.Of(settings);

    public PublishedConfiguration Published => host.Configurator.Published;

    public IReadOnlyList<string> AvailablePlugins { get; } =
        [.. KongPlugins.Enabled(settings.Kong.Plugins).Where(static name => KongPlugins.Find(name) is { Read: not null, InactiveReason: null }).Order()];

    public IReadOnlyList<string> EnabledPlugins =>
        [.. host.Configurator.Model.Plugins.Where(static plugin => plugin.Active).Select(static plugin => plugin.Name).Distinct().Order()];

    public IUpstreamHealth Upstreams { get; } = new UpstreamHealth(host.Configurator);

    public IReadOnlyList<TargetHealthRow> UpstreamHealth() => [.. Upstreams.Upstreams().SelectMany(static upstream => upstream.Rows())];

    /// <summary>Whether the process is on its way out.</summary>
    public bool IsStopping => _stopping;

    /// <summary>From here on readiness is 503 and liveness still 200.</summary>
    public void StopBeingReady() => _stopping = true;
}
