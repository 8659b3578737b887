using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Upstream.Health;

namespace VoltageSoda.Edge.Hosting;

/// <summary>Health of the upstreams of whatever configuration is in force. Thread-safe.</summary>
internal sealed class UpstreamHealth(Configurator configurator) : IUpstreamHealth
{
    private IEnumerable<ClusterBuilder> Builders => (configurator.Current?.Clusters ?? []).Where(static builder => builder.Cluster.IsUpstream);

    public IReadOnlyList<UpstreamHealthView> Upstreams() => [.. Builders.GroupBy(static builder => builder.Id).Select(ViewOf)];

    public UpstreamHealthView? Find(string nameOrId) => BuildersOf(nameOrId) is { Length: > 0 } builders ? ViewOf(builders) : null;

    public HealthSwitch SetHealth(string upstream, string target, string? address, bool healthy)
    {
        HealthSwitch result = HealthSwitch.UnknownUpstream;
        foreach (ClusterBuilder builder in BuildersOf(upstream))
        {
            HealthSwitch one = builder.SetHealth(target, address, healthy);
            result = result == HealthSwitch.Done ? result : one;
        }

        return result;
    }

    private static UpstreamHealthView ViewOf(IEnumerable<ClusterBuilder> builders) =>
        builders.Select(static builder => builder.View()).Aggregate(static (first, other) => first.With(other));

    // An upstream has a cluster for each of the TLS settings that its services reach it with.
    private ClusterBuilder[] BuildersOf(string nameOrId) =>
    [
        .. Builders.Where(builder => builder.Cluster.Name == nameOrId || (Guid.TryParse(nameOrId, out Guid id) && builder.Id == id)),
    ];
}
