using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Upstream.Health;

namespace VoltageSoda.Edge.Hosting;

/// <summary>Health of the upstreams of whatever configuration is in force. Thread-safe.</summary>
internal sealed class UpstreamHealth(Configurator configurator) : IUpstreamHealth
{
    private IEnumerable<ClusterBuilder> Builders => (configurator.Current?.Clusters ?? []).Where(static builder => builder.Cluster.IsUpstream);

    public IReadOnlyList<UpstreamHealthView> Upstreams() => [.. Builders.Select(static builder => builder.View())];

    public UpstreamHealthView? Find(string nameOrId) => BuilderOf(nameOrId)?.View();

    public HealthSwitch SetHealth(string upstream, string target, string? address, bool healthy) =>
        BuilderOf(upstream) is { } builder ? builder.SetHealth(target, address, healthy) : HealthSwitch.UnknownUpstream;

    private ClusterBuilder? BuilderOf(string nameOrId) => Builders.FirstOrDefault(builder =>
        builder.Cluster.Name == nameOrId || (Guid.TryParse(nameOrId, out Guid id) && builder.Id == id));
}
