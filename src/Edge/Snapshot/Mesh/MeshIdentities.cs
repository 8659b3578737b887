using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Telemetry.MeshMetrics;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>
/// Who is who in Istio's metrics: the edge by the operator's ingress gateway, destinations by the labels of their endpoints
/// (<c>istio: pkg/kube/labels/labels.go</c>). Stateless.
/// </summary>
internal static class MeshIdentities
{
    private const string Gateway = "istio-ingressgateway";
    private const string CanonicalName = "service.istio.io/canonical-name";
    private const string CanonicalRevision = "service.istio.io/canonical-revision";
    private const string WorkloadName = "service.istio.io/workload-name";

    /// <summary>The edge.</summary>
    public static SourceLabels Source(MeshConfig mesh)
    {
        IngressGateway? gateway = mesh.IngressGateways.Count != 0 ? mesh.IngressGateways[0] : null;
        LabelSet labels = gateway?.Labels ?? LabelSet.Empty;
        string workload = gateway is { Name.Length: > 0 } ? gateway.Name : Gateway;
        return new SourceLabels
        {
            Workload = workload,
            Namespace = MeshClusterCompiler.ProxyNamespace(mesh),
            App = labels["app"] ?? Gateway,
            Version = labels["version"] ?? DestinationLabels.Unknown,
            CanonicalService = NameOf(labels) ?? workload,
            CanonicalRevision = RevisionOf(labels),
            Cluster = mesh.ClusterName,
        };
    }

    /// <summary>A service, before one of its endpoints is chosen.</summary>
    public static DestinationLabels Service(string host, string? ns) => new()
    {
        Service = host,
        ServiceName = host.Split('.')[0],
        ServiceNamespace = ns is { Length: > 0 } ? ns : DestinationLabels.Unknown,
    };

    /// <summary>An endpoint of a service.</summary>
    /// <param name="service">What is known of the service.</param>
    /// <param name="labels">Labels of the endpoint.</param>
    public static DestinationLabels Endpoint(DestinationLabels service, LabelSet labels)
    {
        if (labels.Count == 0)
        {
            return service;
        }

        return service with
        {
            Workload = labels[WorkloadName] ?? DestinationLabels.Unknown,
            WorkloadNamespace = service.ServiceNamespace,
            App = labels["app"] ?? DestinationLabels.Unknown,
            Version = labels["version"] ?? DestinationLabels.Unknown,
            CanonicalService = NameOf(labels) ?? DestinationLabels.Unknown,
            CanonicalRevision = RevisionOf(labels),
            Cluster = labels[MeshPlace.Cluster] ?? DestinationLabels.Unknown,
        };
    }

    private static string? NameOf(LabelSet labels) => labels[CanonicalName] ?? labels["app.kubernetes.io/name"] ?? labels["app"];

    private static string RevisionOf(LabelSet labels) =>
        labels[CanonicalRevision] ?? labels["app.kubernetes.io/version"] ?? labels["version"] ?? DestinationLabels.Latest;
}
