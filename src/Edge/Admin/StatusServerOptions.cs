using System.Net;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Admin;

/// <summary>Where the status and admin endpoints listen and how they introduce themselves.</summary>
public sealed class StatusServerOptions
{
    /// <summary>Addresses of <c>KONG_STATUS_LISTEN</c> (IP or Unix socket); empty when off.</summary>
    public IReadOnlyList<EndPoint> StatusListen { get; init; } = [];

    /// <summary>Addresses of <c>KONG_ADMIN_LISTEN</c>; empty when off.</summary>
    public IReadOnlyList<EndPoint> AdminListen { get; init; } = [];

    /// <summary>Addresses of <c>KONG_ADMIN_GUI_LISTEN</c>, where every path is 404; empty when off.</summary>
    public IReadOnlyList<EndPoint> GuiListen { get; init; } = [];

    /// <summary>True to print secrets in clear (<c>EDGE_ADMIN_SHOW_SECRETS</c>).</summary>
    public bool ShowSecrets { get; init; }

    /// <summary>True to answer as Kong even where the edge does more (<c>EDGE_KONG_EXACT</c>).</summary>
    public bool KongExact { get; init; }

    /// <summary>False when <c>KONG_HEADERS</c> leaves out X-Kong-Admin-Latency.</summary>
    public bool ShowsLatency { get; init; } = true;

    /// <summary>Largest body of a post to <c>/config</c> in bytes; 0 is no limit.</summary>
    public long ConfigBodyLimit { get; init; } = 10 << 20;

    /// <summary>Time for that body to arrive.</summary>
    public TimeSpan ConfigBodyTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Further addresses, over TLS.</summary>
    internal IReadOnlyList<AdminListen> Listen { get; init; } = [];

    /// <summary>Addresses of the mesh's endpoints.</summary>
    internal IReadOnlyList<(AdminSurface Surface, EndPoint Address)> Gateways { get; init; } = [];

    /// <summary>Time for a TLS handshake.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How request heads are judged and how large they may be, as on the proxy's listeners; a scheme in them is that of the address.</summary>
    public RequestRules Rules { get; init; } = RequestRules.Kong;

    /// <summary>Time for a request head, from its first byte.</summary>
    public TimeSpan HeadTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time that a connection may be idle between requests.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(75);

    /// <summary>Product token of the <c>Server</c> header, of the shape <c>kong/3.4.2</c>; empty sends none.</summary>
    public required string ServerToken { get; init; }

    /// <summary>Log of <c>KONG_STATUS_ACCESS_LOG</c>; null is off. One loop, id 0; not owned.</summary>
    public AccessLog? StatusAccessLog { get; init; }

    /// <summary>Log of <c>KONG_ADMIN_ACCESS_LOG</c>; null is off. One loop, id 0; not owned.</summary>
    public AccessLog? AdminAccessLog { get; init; }

    /// <summary>Connections served at a time over all addresses; further ones are closed.</summary>
    public int MaxConnections { get; init; } = 512;
}
