using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Snapshot.Mesh;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Exchanges.Mesh;

/// <summary>
/// Where a connection came in: the bound socket and, on a TLS one, the server name. Finds the server again in each snapshot, so that a
/// connection outlives reloads. One per connection; loop-thread only.
/// </summary>
internal sealed class GatewayEntry(GatewayListenerPlan bound, TlsSession? tls, GatewayStats? stats = null)
{
    /// <summary>The plan that its socket was bound for.</summary>
    public GatewayListenerPlan Bound => bound;

    /// <summary>Envoy's counters of the socket; null where nobody reads them.</summary>
    public GatewayStats? Stats => stats;

    /// <summary>Whether its connections are secured.</summary>
    public bool IsTls => tls is not null;

    private EdgeSnapshot? _seen;
    private GatewayServerPlan? _server;

    /// <summary>The server of this connection's requests; null when the configuration has none any more.</summary>
    public GatewayServerPlan? Server(EdgeSnapshot snapshot)
    {
        if (!ReferenceEquals(snapshot, _seen))
        {
            _seen = snapshot;
            GatewayListenerPlan? listener = snapshot.Mesh.Find(bound);

            // A port that changed between TLS and plain keeps nothing for connections of the other kind.
            _server = listener is null || listener.IsTls != tls is not null
                ? null
                : listener.Server(tls is null ? default : tls.ServerName.Span);
        }

        return _server;
    }
}
