using System.Net;
using VoltageSoda.Edge.Snapshot.Mesh;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Admin.Gateways;

/// <summary>What the endpoints of the mesh read from the running process; implemented by the host. Any thread, never blocks.</summary>
internal interface IGatewayState
{
    /// <summary>Whether every Gateway listener is bound and the process is not draining.</summary>
    Readiness Readiness { get; }

    /// <summary>Whether the process is on its way out.</summary>
    bool IsDraining { get; }

    /// <summary>What is served.</summary>
    MeshSnapshot Mesh { get; }

    /// <summary>Bound listeners with the address in use.</summary>
    IReadOnlyList<(GatewayListenerPlan Plan, IPEndPoint Address)> Listeners { get; }

    /// <summary>What protects and counts clusters.</summary>
    IReadOnlyList<ClusterGuard> Guards { get; }

    /// <summary>Certificates in use with when they expire.</summary>
    IReadOnlyList<(string Name, DateTimeOffset NotAfter)> Certificates { get; }

    /// <summary>How long the process has run.</summary>
    TimeSpan Uptime { get; }
}
