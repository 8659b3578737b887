using System.Net;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Admin;

/// <summary>Where the status and admin endpoints listen and how they introduce themselves.</summary>
public sealed class StatusServerOptions
{
    /// <summary>Addresses of <c>KONG_STATUS_LISTEN</c> (IP or Unix socket); empty when off.</summary>
    public IReadOnlyList<EndPoint> StatusListen { get; init; } = [];

    /// <summary>Addresses of <c>KONG_ADMIN_LISTEN</c>; empty when off.</summary>
    public IReadOnlyList<EndPoint> AdminListen { get; init; } = [];

    /// <summary>Product token of the <c>Server</c> header, of the shape <c>kong/3.4.2</c>; empty sends none.</summary>
    public required string ServerToken { get; init; }

    /// <summary>Log of <c>KONG_STATUS_ACCESS_LOG</c>; null is off. One loop, id 0; not owned.</summary>
    public AccessLog? StatusAccessLog { get; init; }

    /// <summary>Log of <c>KONG_ADMIN_ACCESS_LOG</c>; null is off. One loop, id 0; not owned.</summary>
    public AccessLog? AdminAccessLog { get; init; }

    /// <summary>Connections served at a time over all addresses; further ones are closed.</summary>
    public int MaxConnections { get; init; } = 512;
}
