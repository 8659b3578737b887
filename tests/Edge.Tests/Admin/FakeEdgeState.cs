using VoltageSoda.Edge.Admin;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Upstream.Health;

namespace VoltageSoda.Edge.Tests.Admin;

internal sealed class FakeEdgeState : IEdgeState
{
    public string ConfigurationHash { get; set; } = new('0', 32);

    public Readiness Readiness { get; set; } = new(true, "");

    public bool UpstreamHealthMetrics { get; set; }

    public IReadOnlyDictionary<string, object?> Settings { get; set; } = new Dictionary<string, object?>();

    public PublishedConfiguration Published { get; set; } = PublishedConfiguration.None;

    public IReadOnlyList<string> AvailablePlugins { get; set; } = ["cors", "jwt"];

    public IReadOnlyList<string> EnabledPlugins { get; set; } = [];

    public Func<IReadOnlyList<TargetHealthRow>> Health { get; set; } = static () => [];

    public IUpstreamHealth Upstreams { get; set; } = new FakeUpstreamHealth();

    public IReadOnlyList<TargetHealthRow> UpstreamHealth() => Health();
}
