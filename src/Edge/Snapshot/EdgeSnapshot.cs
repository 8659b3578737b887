using System.Collections.Frozen;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Routing;
using VoltageSoda.Edge.Policies.Transformation;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>
/// The whole compiled configuration: what one exchange sees from its first to its last step. Deeply immutable but for the endpoint sets
/// that name resolution publishes inside clusters. Thread-safe.
/// </summary>
internal sealed class EdgeSnapshot
{
    /// <summary>Counts publications, from 1; 0 is the empty snapshot before the first.</summary>
    public required long Version { get; init; }

    /// <summary>Kong's <c>configuration_hash</c>.</summary>
    public required string Hash { get; init; }

    /// <summary>No entity was configured: readiness stays 503.</summary>
    public required bool IsEmpty { get; init; }

    public required RouteTable<RoutePlan> Routes { get; init; }

    public required ForwardedFields ForwardedFields { get; init; }

    /// <summary>How request heads are read.</summary>
    public required HeadRules HeadRules { get; init; }

    public required IReadOnlyList<RoutePlan> AllRoutes { get; init; }

    public required IReadOnlyList<Cluster> Clusters { get; init; }

    /// <summary>Global plugins: all that acts on answers to requests without route.</summary>
    public required PluginChain GlobalPlugins { get; init; }

    public required ServingOptions Options { get; init; }

    /// <summary>What Gateway listeners serve.</summary>
    public Mesh.MeshSnapshot Mesh { get; init; } = Snapshot.Mesh.MeshSnapshot.Empty;

    /// <summary>Certificates of configured server names.</summary>
    public SniCertificates Certificates { get; init; } = SniCertificates.Empty;

    /// <summary>Label index of each consumer, when consumers are told apart in metrics.</summary>
    public FrozenDictionary<string, int> ConsumerIndexes { get; init; } = FrozenDictionary<string, int>.Empty;

    /// <summary>Each consumer as log entries show it, by id; empty when nothing logs entries.</summary>
    public FrozenDictionary<string, byte[]> ConsumerLogJson { get; init; } = FrozenDictionary<string, byte[]>.Empty;

    public int ConsumerIndex(Consumer? consumer) =>
        consumer is not null && ConsumerIndexes.TryGetValue(consumer.Id, out int index) ? index : Telemetry.EdgeMetrics.NoConsumer;
}
