using System.Collections.Frozen;
using System.Net;
using VoltageSoda.Edge.Model.Mesh;

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
        _byBind = listeners.ToFrozenDictionary(static listener => (listener.Address.ToString(), listener.Port));
    }

    /// <summary>Listeners in the order of their ports.</summary>
    public IReadOnlyList<GatewayListenerPlan> Listeners { get; }

    public IReadOnlyList<MeshClusterPlan> Clusters { get; }

    /// <summary>
    /// Set when a document that guards the whole mesh, or the gateway itself, is not enforced: every request is answered 403, routed or not.
    /// </summary>
    public DeniedWorkload? Denied { get; }

    public bool IsEmpty => Listeners.Count == 0;

    /// <summary>The plan of a bound socket, or null when the configuration no longer has it. Asked once per exchange.</summary>
    public GatewayListenerPlan? Find(GatewayListenerPlan bound) =>
        Listeners is [var only] && ReferenceEquals(only, bound) ? only : Find(bound.Address, bound.Port);

    /// <summary>The plan of an address and port to bind, or null.</summary>
    public GatewayListenerPlan? Find(IPAddress address, int port) => _byBind.GetValueOrDefault((address.ToString(), port));
}
