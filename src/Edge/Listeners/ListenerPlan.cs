using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.Transformation;
using VoltageSoda.Edge.Snapshot.Mesh;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Listeners;

/// <summary>One bound address: how its connections are opened and limited. Immutable but for its connection count; shared by all loops.</summary>
internal sealed class ListenerPlan
{
    public required ListenAddress Address { get; init; }

    public required ListenerCount Count { get; init; }

    /// <summary>Every connection must begin with a PROXY header.</summary>
    public bool ProxyProtocol { get; init; }

    /// <summary>Who may send a PROXY header.</summary>
    public CidrMatch ProxySources { get; init; } = CidrMatch.None;

    /// <summary>Terminates TLS; null on a plain listener.</summary>
    public TlsMiddleware? Tls { get; init; }

    /// <summary>
    /// The Gateway listener it was bound for; null on a Kong listener. Whether its connections begin with TLS is then for the configuration in force
    /// to say.
    /// </summary>
    public GatewayListenerPlan? Gateway { get; init; }

    /// <summary>Envoy's counters of a Gateway listener; null on a Kong listener.</summary>
    public GatewayStats? Stats { get; init; }

    /// <summary>Port shown to upstreams in X-Forwarded-Port; the bound one.</summary>
    public int Port { get; set; }
}
