namespace VoltageSoda.Edge.Admin;

/// <summary>Which set of endpoints a connection reaches; decided by the address it came in on.</summary>
internal enum AdminSurface
{
    Status,
    Admin,

    /// <summary>Where Kong Manager would be: every path is 404.</summary>
    Gui,

    /// <summary>Istio's 15021.</summary>
    GatewayStatus,

    /// <summary>Istio's 15090.</summary>
    GatewayStats,

    /// <summary>Envoy's 15000.</summary>
    GatewayAdmin,
}

/// <summary>Connection feature that carries the surface, and whether it was reached over TLS, to the requests of the connection.</summary>
internal sealed class AdminSurfaceFeature(AdminSurface surface, bool isTls)
{
    public AdminSurface Surface { get; } = surface;

    public bool IsTls { get; } = isTls;
}
