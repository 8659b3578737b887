namespace VoltageSoda.Edge.Telemetry.MeshMetrics;

/// <summary>Who a request went to, as Istio's metrics say it; what is not known is <c>unknown</c>. Immutable.</summary>
internal sealed record DestinationLabels
{
    public const string Unknown = "unknown";

    /// <summary>A request that reached no service.</summary>
    public static readonly DestinationLabels Nobody = new();

    public string Workload { get; init; } = Unknown;

    public string WorkloadNamespace { get; init; } = Unknown;

    public string App { get; init; } = Unknown;

    public string Version { get; init; } = Unknown;

    /// <summary>Full name of the service.</summary>
    public string Service { get; init; } = Unknown;

    /// <summary>Its first label.</summary>
    public string ServiceName { get; init; } = Unknown;

    public string ServiceNamespace { get; init; } = Unknown;

    public string CanonicalService { get; init; } = Unknown;

    public string CanonicalRevision { get; init; } = Latest;

    public string Cluster { get; init; } = Unknown;

    /// <summary>The revision of a workload that names none.</summary>
    public const string Latest = "latest";
}

/// <summary>Who the edge is in Istio's metrics. Immutable.</summary>
internal sealed record SourceLabels
{
    public string Workload { get; init; } = "istio-ingressgateway";

    public string Namespace { get; init; } = "istio-system";

    public string App { get; init; } = "istio-ingressgateway";

    public string Version { get; init; } = DestinationLabels.Unknown;

    public string CanonicalService { get; init; } = "istio-ingressgateway";

    public string CanonicalRevision { get; init; } = DestinationLabels.Latest;

    public string Cluster { get; init; } = "Kubernetes";
}
