namespace VoltageSoda.Edge.Model.Mesh;

/// <summary>A Kubernetes Service. Immutable.</summary>
public sealed record KubernetesService : MeshObject
{
    /// <summary><c>name.namespace.svc.cluster.local</c>.</summary>
    public string Host => $"{Name}.{Namespace}.svc.cluster.local";

    /// <summary>ClusterIP, NodePort, LoadBalancer or ExternalName.</summary>
    public string Type { get; init; } = "ClusterIP";

    /// <summary>Virtual address; null when none was written or the service is headless.</summary>
    public string? ClusterIp { get; init; }

    /// <summary>True for <c>clusterIP: None</c>.</summary>
    public bool IsHeadless { get; init; }

    /// <summary>Name that an ExternalName service stands for.</summary>
    public string? ExternalName { get; init; }

    /// <summary>Labels of its workloads; empty when not written.</summary>
    public LabelSet Selector { get; init; } = LabelSet.Empty;

    /// <summary>Ports.</summary>
    public IReadOnlyList<ServicePort> Ports { get; init; } = [];

    /// <summary>Addresses outside of the cluster.</summary>
    public IReadOnlyList<string> ExternalIps { get; init; } = [];
}

/// <summary>A Kubernetes EndpointSlice. Immutable.</summary>
public sealed record EndpointSlice : MeshObject
{
    /// <summary>Service it belongs to: the label <c>kubernetes.io/service-name</c>.</summary>
    public required string ServiceName { get; init; }

    /// <summary>IPv4, IPv6 or FQDN.</summary>
    public string AddressType { get; init; } = "IPv4";

    /// <summary>Ports of every endpoint.</summary>
    public IReadOnlyList<EndpointSlicePort> Ports { get; init; } = [];

    /// <summary>Endpoints.</summary>
    public IReadOnlyList<SliceEndpoint> Endpoints { get; init; } = [];
}

/// <summary>A port of a slice's endpoints.</summary>
/// <param name="Name">Name of the service's port; "" when not written.</param>
/// <param name="Port">The port.</param>
/// <param name="Protocol">TCP, UDP or SCTP.</param>
/// <param name="AppProtocol">Application protocol; null when not written.</param>
public sealed record EndpointSlicePort(string Name, int Port, string Protocol, string? AppProtocol);

/// <summary>One endpoint of a slice.</summary>
public sealed record SliceEndpoint
{
    /// <summary>Where it begins.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>Addresses, at least one; the first is used.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    /// <summary>May take requests; true when not written.</summary>
    public bool Ready { get; init; } = true;

    /// <summary>Is being taken down.</summary>
    public bool Terminating { get; init; }

    /// <summary>Its host name; null when not written.</summary>
    public string? Hostname { get; init; }

    /// <summary>Its node; null when not written.</summary>
    public string? NodeName { get; init; }

    /// <summary>Its zone; null when not written.</summary>
    public string? Zone { get; init; }

    /// <summary>
    /// Labels of the workload: those of the slice, and those of a Pod document that the endpoint refers to.
    /// </summary>
    public LabelSet Labels { get; init; } = LabelSet.Empty;
}
