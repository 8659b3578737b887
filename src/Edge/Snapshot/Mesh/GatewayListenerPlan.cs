using System.Collections.Immutable;
using System.Net;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.Routing.Mesh;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>
/// One socket of the Istio dialect: all Gateway servers that share its address and port. Either plain, with one route table, or TLS, with a
/// server per chain of names. Immutable, thread-safe.
/// </summary>
internal sealed class GatewayListenerPlan
{
    /// <summary><c>address_port</c>, as Envoy names listeners.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// Key of this listener over reloads: <see cref="Address"/> and <see cref="Port"/>, or <see cref="ServerPort"/> below 0 where the system chooses
    /// the port.
    /// </summary>
    public (string Address, int Port) Key => (Address.ToString(), Port != 0 ? Port : -ServerPort);

    public required IPAddress Address { get; init; }

    /// <summary>The port to bind; 0 lets the system choose.</summary>
    public required int Port { get; init; }

    /// <summary>The port that Gateway servers and <c>match.port</c> name.</summary>
    public required int ServerPort { get; init; }

    /// <summary>What maps <see cref="ServerPort"/> to <see cref="Port"/>, for explain; null when nothing does.</summary>
    public string? PortMapping { get; init; }

    /// <summary>Whether connections begin with a TLS handshake.</summary>
    public required bool IsTls { get; init; }

    /// <summary>The one server of a plain listener; null for TLS.</summary>
    public GatewayServerPlan? Plain { get; init; }

    /// <summary>Servers of a TLS listener by server name: exact, longest suffix, then <c>*</c>.</summary>
    public required DomainTable<GatewayServerPlan> ByServerName { get; init; }

    /// <summary>Every server, plain or TLS.</summary>
    public required ImmutableArray<GatewayServerPlan> Servers { get; init; }

    /// <summary>
    /// The server of a connection; null closes it (flag NR). A handshake without name reaches only a server without names to tell apart.
    /// </summary>
    public GatewayServerPlan? Server(ReadOnlySpan<byte> serverName) => IsTls ? ByServerName.Find(serverName) : Plain;
}

/// <summary>
/// The HTTP side of one chain: the plain servers of a port together, or one HTTPS server. Hosts are looked up in it and nowhere else. Immutable.
/// </summary>
internal sealed class GatewayServerPlan
{
    /// <summary>Envoy's name of its route table: <c>http.8080</c>, <c>https.443.https.gateway.namespace</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Gateways that it serves as <c>namespace/name</c>.</summary>
    public required ImmutableArray<string> Gateways { get; init; }

    /// <summary>Where its (first) server stands.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>Server names of a TLS chain; empty for a plain one.</summary>
    public ImmutableArray<string> ServerNames { get; init; } = [];

    /// <summary>How TLS ends here; null for a plain one.</summary>
    public GatewayTlsPlan? Tls { get; init; }

    public required DomainTable<VirtualHostPlan> VirtualHosts { get; init; }

    /// <summary>Every virtual host in the order of their names.</summary>
    public required ImmutableArray<VirtualHostPlan> AllVirtualHosts { get; init; }

    /// <summary>The virtual host of an authority; null answers 404 with flag NR.</summary>
    public VirtualHostPlan? VirtualHost(ReadOnlySpan<byte> authority) => VirtualHosts.Find(authority);
}

/// <summary>TLS of one HTTPS server: what to present and to demand. Holds names, no keys.</summary>
internal sealed record GatewayTlsPlan
{
    /// <summary>As configured: certificate files, versions, cipher suites, names of clients.</summary>
    public required GatewayTls Settings { get; init; }

    /// <summary>Namespace in which <c>credentialName</c> is looked for.</summary>
    public required string Namespace { get; init; }

    public GatewayTlsMode Mode => Settings.Mode;

    /// <summary>Name of the secret or of a folder below the certificate directory; null when files are named.</summary>
    public string? CredentialName => Settings.CredentialName;

    /// <summary>The secret out of the configuration; null when certificates come from files.</summary>
    public TlsSecret? Secret { get; init; }

    /// <summary>Only HTTP/2 may be negotiated.</summary>
    public bool Http2Only { get; init; }
}
