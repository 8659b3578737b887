namespace VoltageSoda.Edge.Admin;

/// <summary>Which set of endpoints a connection reaches; decided by the address it came in on.</summary>
internal enum AdminSurface
{
    Status,
    Admin,

    /// <summary>Where Kong Manager would be: every path is 404.</summary>
    Gui,
}

/// <summary>Connection feature that carries the surface to the requests of the connection.</summary>
internal sealed class AdminSurfaceFeature(AdminSurface surface)
{
    public AdminSurface Surface { get; } = surface;
}
