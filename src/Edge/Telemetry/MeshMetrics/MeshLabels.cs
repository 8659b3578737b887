namespace VoltageSoda.Edge.Telemetry.MeshMetrics;

/// <summary>Istio's labels (<c>istio/proxy: source/extensions/filters/http/istio_stats/istio_stats.cc</c>) and their values for a series. Stateless.</summary>
internal static class MeshLabels
{
    /// <summary>The labels, in the order in which they are written.</summary>
    public static readonly string[] Names =
    [
        "reporter", "source_workload", "source_workload_namespace", "source_principal", "source_app", "source_version",
        "source_canonical_service", "source_canonical_revision", "source_cluster", "destination_workload", "destination_workload_namespace",
        "destination_principal", "destination_app", "destination_version", "destination_service", "destination_service_name",
        "destination_service_namespace", "destination_canonical_service", "destination_canonical_revision", "destination_cluster",
        "request_protocol", "response_code", "grpc_response_status", "response_flags", "connection_security_policy",
    ];

    /// <summary>Position of a label; -1 for one that is not Istio's.</summary>
    public static int IndexOf(string name) => Array.IndexOf(Names, name);

    /// <summary>The value of a label.</summary>
    public static string Value(int index, SourceLabels source, DestinationLabels destination, long key) => index switch
    {
        // What a gateway sees is the sending side; who secures the other end is not known there.
        0 => "source",
        1 => source.Workload,
        2 => source.Namespace,
        3 => DestinationLabels.Unknown,
        4 => source.App,
        5 => source.Version,
        6 => source.CanonicalService,
        7 => source.CanonicalRevision,
        8 => source.Cluster,
        9 => destination.Workload,
        10 => destination.WorkloadNamespace,
        11 => DestinationLabels.Unknown,
        12 => destination.App,
        13 => destination.Version,
        14 => destination.Service,
        15 => destination.ServiceName,
        16 => destination.ServiceNamespace,
        17 => destination.CanonicalService,
        18 => destination.CanonicalRevision,
        19 => destination.Cluster,
        20 => MeshSeriesKey.IsGrpc(key) ? "grpc" : "http",
        21 => MetricLabels.Code(MeshSeriesKey.Status(key)),
        22 => MeshSeriesKey.GrpcStatus(key) is >= 0 and int status ? status.ToString(System.Globalization.CultureInfo.InvariantCulture) : "",
        23 => MeshLog.ResponseFlagNames.Text(MeshSeriesKey.Flags(key)),
        _ => DestinationLabels.Unknown,
    };
}
