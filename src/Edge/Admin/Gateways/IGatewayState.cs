using System.Net;
using System.Security.Cryptography.X509Certificates;
using VoltageSoda.Edge.Snapshot.Mesh;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Admin.Gateways;

/// <summary>Envoy's states of a server, by its numbers (<c>server.state</c>).</summary>
internal enum ServerState
{
    /// <summary>Ready to serve.</summary>
    Live = 0,

    /// <summary>On its way out, or told to fail its health checks.</summary>
    Draining = 1,

    /// <summary>Not every listener is there yet.</summary>
    PreInitializing = 2,

    /// <summary>Not used here.</summary>
    Initializing = 3,
}

/// <summary>A bound Gateway listener.</summary>
/// <param name="Plan">The listener.</param>
/// <param name="Address">Where it is bound.</param>
/// <param name="Stats">Envoy's counters of it.</param>
internal readonly record struct GatewayBinding(GatewayListenerPlan Plan, IPEndPoint Address, GatewayStats Stats);

/// <summary>A certificate in use, without its key.</summary>
/// <param name="Name">What it is called in metrics.</param>
/// <param name="Path">Where it comes from.</param>
/// <param name="NotAfter">When it ends.</param>
/// <param name="Leaf">The certificate; null where only its end is known.</param>
internal readonly record struct GatewayCertificate(string Name, string Path, DateTimeOffset NotAfter, X509Certificate2? Leaf);

/// <summary>What the endpoints of the mesh read from the running process, and may ask of it; implemented by the host. Any thread, never blocks.</summary>
internal interface IGatewayState
{
    /// <summary>Whether every Gateway listener is bound and the process is not draining.</summary>
    Readiness Readiness { get; }

    /// <summary>Where the process stands.</summary>
    ServerState State { get; }

    /// <summary>What is served.</summary>
    MeshSnapshot Mesh { get; }

    /// <summary>Bound listeners with the address in use.</summary>
    IReadOnlyList<GatewayBinding> Listeners { get; }

    /// <summary>Clusters of the mesh, those that Kong's services use among them, one of a name, sorted.</summary>
    IReadOnlyList<Cluster> Clusters { get; }

    /// <summary>What protects and counts clusters.</summary>
    IReadOnlyList<ClusterGuard> Guards { get; }

    /// <summary>Certificates in use.</summary>
    IReadOnlyList<GatewayCertificate> Certificates { get; }

    /// <summary>How long the process has run.</summary>
    TimeSpan Uptime { get; }

    /// <summary>The wall clock.</summary>
    DateTimeOffset Now { get; }

    /// <summary>Makes readiness fail, or lets it be again; while it fails, answers close their connections.</summary>
    void FailHealth(bool fails);

    /// <summary>Stops accepting on every Gateway listener: at once, or after the time of a drain. Returns when that has begun.</summary>
    Task DrainListenersAsync(bool graceful, bool skipExit);

    /// <summary>Ends the process as SIGQUIT does.</summary>
    void Quit();

    /// <summary>Opens log files again.</summary>
    void ReopenLogs();
}
