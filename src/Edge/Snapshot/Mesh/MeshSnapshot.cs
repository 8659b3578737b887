using System.Collections.Frozen;
using System.Net;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Telemetry.MeshLog;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>Everything Gateway listeners serve. Immutable, thread-safe.</summary>
internal sealed class MeshSnapshot
{
    /// <summary>No Gateway.</summary>
    public static readonly MeshSnapshot Empty = new([], [], null);

    private readonly FrozenDictionary<(string Address, int Port), GatewayListenerPlan> _byBind;

    /// <param name="listeners">One per address and port.</param>
    /// <param name="clusters">Every cluster that a destination leads to.</param>
    /// <param name="denied">The document that closes the gateway itself, or null.</param>
    public MeshSnapshot(IReadOnlyList<GatewayListenerPlan> listeners, IReadOnlyList<MeshClusterPlan> clusters, DeniedWorkload? denied)
    {
        Listeners = listeners;
        Clusters = clusters;
        Denied = denied;
        _byBind = listeners.ToFrozenDictionary(static listener => listener.Key);
    }

    /// <summary>Listeners in the order of their ports.</summary>
    public IReadOnlyList<GatewayListenerPlan> Listeners { get; }

    public IReadOnlyList<MeshClusterPlan> Clusters { get; }

    /// <summary>
    /// Set when a document that guards the whole mesh, or the gateway itself, is not enforced: every request is answered 403, routed or not.
    /// </summary>
    public DeniedWorkload? Denied { get; }

    /// <summary>Trusted proxies in front of this one (<c>gatewayTopology.numTrustedProxies</c>): that many entries of X-Forwarded-For from the right are believed.</summary>
    public int TrustedHops { get; init; }

    /// <summary>What the gateway says of itself in heads.</summary>
    public MeshOwnFields OwnFields { get; init; } = MeshOwnFields.All;

    /// <summary>How paths are normalised; null leaves it to the process.</summary>
    public PathNormalization? Paths { get; init; }

    /// <summary>The access log of Gateway listeners; null writes none.</summary>
    public MeshAccessLog? AccessLog { get; init; }

    /// <summary>Istio's metrics of its requests; null counts none.</summary>
    public MeshMetricsTable? Metrics { get; init; }

    /// <summary>Statistics that <c>/stats</c> does not show (<c>proxyStatsMatcher.exclusionRegexps</c>).</summary>
    public IReadOnlyList<string> HiddenStats { get; init; } = [];

    /// <summary>How long listeners that are drained at request go on accepting (<c>drainDuration</c>); null for Istio's default.</summary>
    public TimeSpan? DrainDuration { get; init; }

    /// <summary>How long the edge goes on accepting after the signal to end (<c>terminationDrainDuration</c>); null where the mesh does not say.</summary>
    public TimeSpan? TerminationDrain { get; init; }

    /// <summary>NetworkPolicies, which the platform enforces: shown and otherwise without effect.</summary>
    public IReadOnlyList<InertDocument> NetworkPolicies { get; init; } = [];

    public bool IsEmpty => _byBind.Count == 0;

    /// <summary>The plan of a bound socket, or null when the configuration no longer has it. Asked once per exchange.</summary>
    public GatewayListenerPlan? Find(GatewayListenerPlan bound) =>
        Listeners is [var only] && ReferenceEquals(only, bound) ? only : _byBind.GetValueOrDefault(bound.Key);

    /// <summary>The plan of an address and port to bind, or null.</summary>
    public GatewayListenerPlan? Find(IPAddress address, int port) => _byBind.GetValueOrDefault((address.ToString(), port));
}
