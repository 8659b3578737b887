namespace VoltageSoda.Edge.Telemetry;

/// <summary>The series of one (service, route) pair.</summary>
internal sealed class RouteSeries(string service, string route)
{
    public string Service { get; } = service;

    public string Route { get; } = route;
}
