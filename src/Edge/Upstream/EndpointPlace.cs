namespace VoltageSoda.Edge.Upstream;

/// <summary>Where an endpoint of the mesh is, and its number in Istio's metrics. Immutable.</summary>
/// <param name="Region">Empty when not known.</param>
/// <param name="Zone">Empty when not known.</param>
/// <param name="Subzone">Empty when not known.</param>
/// <param name="MetricDestination">Number of <see cref="Telemetry.MeshMetrics.DestinationLabels"/>.</param>
internal sealed record EndpointPlace(string Region, string Zone, string Subzone, int MetricDestination)
{
    /// <summary>Of an endpoint that no document describes.</summary>
    public static readonly EndpointPlace Nowhere = new("", "", "", 0);
}
