using System.Net;

namespace VoltageSoda.Edge.Admin;

/// <summary>Where the status and admin endpoints listen and how they introduce themselves.</summary>
public sealed class StatusServerOptions
{
    /// <summary>Addresses of <c>KONG_STATUS_LISTEN</c> (IP or Unix socket); empty when off.</summary>
    public IReadOnlyList<EndPoint> StatusListen { get; init; } = [];

    /// <summary>Addresses of <c>KONG_ADMIN_LISTEN</c>; empty when off.</summary>
    public IReadOnlyList<EndPoint> AdminListen { get; init; } = [];

    /// <summary>Product token of the <c>Server</c> header (kong.md: kong/3.4.2-shaped, configurable); empty sends none.</summary>
    public required string ServerToken { get; init; }
}
