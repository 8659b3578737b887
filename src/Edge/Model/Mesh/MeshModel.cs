namespace VoltageSoda.Edge.Model.Mesh;

/// <summary>
/// Everything that the Istio and Kubernetes documents say, over all files. Immutable. Objects of one kind stand in Istio's order
/// (<see cref="MeshObject.Compare"/>), not in that of the documents; of objects with the same kind, namespace and name the last document counts.
/// </summary>
public sealed record MeshModel
{
    /// <summary>The namespace whose policies without a selector hold for the whole mesh.</summary>
    public const string RootNamespace = "istio-system";

    /// <summary>A model without documents.</summary>
    public static readonly MeshModel Empty = new();

    /// <summary>Gateways.</summary>
    public IReadOnlyList<Gateway> Gateways { get; init; } = [];

    /// <summary>Virtual services, delegates included.</summary>
    public IReadOnlyList<VirtualService> VirtualServices { get; init; } = [];

    /// <summary>Destination rules.</summary>
    public IReadOnlyList<DestinationRule> DestinationRules { get; init; } = [];

    /// <summary>Service entries.</summary>
    public IReadOnlyList<ServiceEntry> ServiceEntries { get; init; } = [];

    /// <summary>Workload entries.</summary>
    public IReadOnlyList<WorkloadEntry> WorkloadEntries { get; init; } = [];

    /// <summary>Kubernetes services.</summary>
    public IReadOnlyList<KubernetesService> KubernetesServices { get; init; } = [];

    /// <summary>Endpoint slices of Kubernetes services.</summary>
    public IReadOnlyList<EndpointSlice> EndpointSlices { get; init; } = [];

    /// <summary>Secrets with a certificate or roots.</summary>
    public IReadOnlyList<TlsSecret> TlsSecrets { get; init; } = [];

    /// <summary>Network policies; enforced by the platform, not here.</summary>
    public IReadOnlyList<InertDocument> NetworkPolicies { get; init; } = [];

    /// <summary>Documents that are accepted and have no effect here: Sidecar, EnvoyFilter.</summary>
    public IReadOnlyList<InertDocument> InertDocuments { get; init; } = [];

    /// <summary>The mesh's settings out of the chosen IstioOperator, defaults where there is none.</summary>
    public MeshConfig MeshConfig { get; init; } = new();

    /// <summary>Telemetry documents.</summary>
    public IReadOnlyList<TelemetryDocument> Telemetries { get; init; } = [];

    /// <summary>Documents that guard access.</summary>
    public IReadOnlyList<SecurityDocument> SecurityDocuments { get; init; } = [];

    /// <summary>Workloads that no request may reach, because a document that guards them is not enforced. Only lenient mode makes any.</summary>
    public IReadOnlyList<DeniedWorkload> DeniedWorkloads { get; init; } = [];

    /// <summary>True when no document was given.</summary>
    public bool IsEmpty =>
        Gateways.Count + VirtualServices.Count + DestinationRules.Count + ServiceEntries.Count + WorkloadEntries.Count
        + KubernetesServices.Count + EndpointSlices.Count + TlsSecrets.Count + NetworkPolicies.Count + InertDocuments.Count
        + Telemetries.Count + SecurityDocuments.Count + DeniedWorkloads.Count == 0 && MeshConfig.Span.IsNone;
}

/// <summary>A document that is shown and otherwise without effect. Immutable.</summary>
public sealed record InertDocument : MeshObject
{
    /// <summary>Its kind.</summary>
    public required string Kind { get; init; }
}
