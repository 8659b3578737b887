using System.Net;
using VoltageSoda.Edge.Admin;
using VoltageSoda.Edge.Admin.Gateways;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Snapshot.Mesh;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Hosting;

/// <summary>What the endpoints of the mesh may see of a running edge. Thread-safe; never blocks.</summary>
internal sealed class GatewayStateView(EdgeHost host, StateRegistry registry, TimeProvider time) : IGatewayState
{
    private readonly long _started = time.GetTimestamp();

    public bool IsDraining => host.EdgeState.IsStopping;

    public Readiness Readiness =>
        IsDraining ? new Readiness(false, "draining")
        : Mesh.IsEmpty ? new Readiness(false, "no Gateway is configured")
        : Mesh.Listeners.FirstOrDefault(listener => host.Gateways.Bound.All(bound => bound.Plan.Key != listener.Key)) is { } missing
            ? new Readiness(false, $"listener {missing.Name} is not bound")
            : new Readiness(true, "");

    public MeshSnapshot Mesh => host.Snapshots.Current.Mesh;

    public IReadOnlyList<(GatewayListenerPlan Plan, IPEndPoint Address)> Listeners =>
        [.. host.Gateways.Bound.Select(static bound => (bound.Plan, new IPEndPoint(bound.Plan.Address, bound.Port)))];

    public IReadOnlyList<ClusterGuard> Guards => [.. registry.Guards.OrderBy(static guard => guard.Name, StringComparer.Ordinal)];

    public IReadOnlyList<(string Name, DateTimeOffset NotAfter)> Certificates => [.. host.GatewayCertificates.Expiries()];

    public TimeSpan Uptime => time.GetElapsedTime(_started);
}
