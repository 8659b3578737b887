namespace VoltageSoda.Edge.Model.Mesh;

/// <summary>An Istio ServiceEntry (<c>networking/v1alpha3/service_entry.proto</c>). Immutable.</summary>
public sealed record ServiceEntry : MeshObject
{
    /// <summary>Lower-case hosts.</summary>
    public IReadOnlyList<LocatedName> Hosts { get; init; } = [];

    /// <summary>Virtual addresses or networks.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    /// <summary>Ports.</summary>
    public IReadOnlyList<ServicePort> Ports { get; init; } = [];

    /// <summary>True for a service inside of the mesh.</summary>
    public bool IsInternal { get; init; }

    /// <summary>How endpoints are found.</summary>
    public ServiceResolution Resolution { get; init; }

    /// <summary>Endpoints that are written out.</summary>
    public IReadOnlyList<WorkloadEndpoint> Endpoints { get; init; } = [];

    /// <summary>Workload entries of the namespace that are its endpoints; null when not written.</summary>
    public LabelSet? WorkloadSelector { get; init; }

    /// <summary>Namespaces that may use it; empty is all.</summary>
    public IReadOnlyList<string> ExportTo { get; init; } = [];

    /// <summary>Names that its endpoints' certificates may have.</summary>
    public IReadOnlyList<string> SubjectAltNames { get; init; } = [];
}

/// <summary>How the endpoints of a service entry are found.</summary>
public enum ServiceResolution
{
    /// <summary>The address that the client connects to; at the edge the endpoints that are written out.</summary>
    None,

    /// <summary>The endpoints that are written out.</summary>
    Static,

    /// <summary>The addresses of the endpoints' names, or of the hosts.</summary>
    Dns,

    /// <summary>As <see cref="Dns"/>, but one address at a time.</summary>
    DnsRoundRobin,

    /// <summary>The name of the request; not served here.</summary>
    DynamicDns,
}

/// <summary>A port of a service.</summary>
/// <param name="Number">Port that destinations name.</param>
/// <param name="Name">Its name; "" when none was written.</param>
/// <param name="Protocol">Its protocol, upper-case.</param>
/// <param name="TargetPort">Port of the endpoints; null is <paramref name="Number"/>, or found by <paramref name="TargetPortName"/>.</param>
/// <param name="TargetPortName">Name of the endpoints' port, for Kubernetes services.</param>
/// <param name="Span">Where it begins.</param>
public sealed record ServicePort(int Number, string Name, string Protocol, int? TargetPort, string? TargetPortName, SourceSpan Span);

/// <summary>An Istio WorkloadEntry (<c>networking/v1alpha3/workload_entry.proto</c>). Immutable.</summary>
public sealed record WorkloadEntry : MeshObject
{
    /// <summary>The endpoint that it describes.</summary>
    public required WorkloadEndpoint Endpoint { get; init; }
}

/// <summary>One endpoint, written out.</summary>
public sealed record WorkloadEndpoint
{
    /// <summary>Where it begins.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>IP address or name; a <c>unix://</c> path is kept as written.</summary>
    public required string Address { get; init; }

    /// <summary>Ports by the service port's name.</summary>
    public IReadOnlyDictionary<string, int> Ports { get; init; } = new Dictionary<string, int>();

    /// <summary>Labels.</summary>
    public LabelSet Labels { get; init; } = LabelSet.Empty;

    /// <summary>Network it is in; "" when not written.</summary>
    public string Network { get; init; } = "";

    /// <summary><c>region/zone/subzone</c>; "" when not written.</summary>
    public string Locality { get; init; } = "";

    /// <summary>Share; 0 was not written and counts as 1.</summary>
    public int Weight { get; init; }

    /// <summary>Service account of its identity.</summary>
    public string? ServiceAccount { get; init; }
}
