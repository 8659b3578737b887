using System.Text;
using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>
/// Reads the Kubernetes documents that say where endpoints and certificates are. Their many other fields say nothing here and are passed over
/// without a word.
/// </summary>
internal static class KubernetesReader
{
    private static readonly string[] ServiceElsewhere =
    [
        "clusterIPs", "loadBalancerIP", "loadBalancerSourceRanges", "loadBalancerClass", "externalTrafficPolicy", "internalTrafficPolicy",
        "healthCheckNodePort", "publishNotReadyAddresses", "sessionAffinity", "sessionAffinityConfig", "ipFamily", "ipFamilies", "ipFamilyPolicy",
        "allocateLoadBalancerNodePorts", "trafficDistribution", "topologyKeys",
    ];

    private const string ServiceNameLabel = "kubernetes.io/service-name";

    /// <summary>Reads a Service.</summary>
    public static KubernetesService Service(MeshMetadata metadata, MeshRecord spec)
    {
        List<ServicePort> ports = [];
        foreach (MeshRecord record in spec.Records("ports"))
        {
            int? number = record.Port("port");
            if (!record.Has("port"))
            {
                record.ReportHere(FindingCodes.MeshRequired, "port is required");
            }

            (int? target, string? targetName) = TargetPort(record);
            if (number is { } port)
            {
                string name = record.Text("name") ?? "";
                ports.Add(new ServicePort(port, name, Protocol(record, name), target, targetName, record.Span));
            }

            record.Accept("port", "name", "protocol", "appProtocol", "targetPort", "nodePort");
            record.Done();
        }

        string? clusterIp = spec.Text("clusterIP");
        string type = spec.Text("type") ?? "ClusterIP";
        string? externalName = spec.Text("externalName");
        LabelSet selector = spec.Labels("selector");
        IReadOnlyList<string> externalIps = spec.Names("externalIPs");
        spec.Accept(ServiceElsewhere);
        spec.Done();
        return metadata.Fill(new KubernetesService
        {
            Name = "",
            Namespace = "",
            Span = default,
            Type = type,
            ClusterIp = clusterIp == "None" ? null : clusterIp,
            IsHeadless = clusterIp == "None",
            ExternalName = externalName,
            Selector = selector,
            Ports = ports,
            ExternalIps = externalIps,
        });
    }

    /// <summary>
    /// Reads an EndpointSlice; its fields stand at the root. Null without a service. <paramref name="pods"/> are the labels of Pod documents by
    /// <c>namespace/name</c>.
    /// </summary>
    public static EndpointSlice? Slice(MeshMetadata metadata, MeshRecord root, IReadOnlyDictionary<string, LabelSet> pods)
    {
        if (metadata.Labels[ServiceNameLabel] is not { Length: > 0 } service)
        {
            root.ReportHere(FindingCodes.MeshRequired, $"EndpointSlice: the label {ServiceNameLabel} is required: it names the service");
            return null;
        }

        List<EndpointSlicePort> ports = [];
        foreach (MeshRecord record in root.Records("ports"))
        {
            if (record.Port("port") is { } port)
            {
                ports.Add(new EndpointSlicePort(record.Text("name") ?? "", port, record.Text("protocol") ?? "TCP", record.Text("appProtocol")));
            }
        }

        List<SliceEndpoint> endpoints = [];
        foreach (MeshRecord record in root.Records("endpoints"))
        {
            if (Endpoint(metadata, record, pods) is { } endpoint)
            {
                endpoints.Add(endpoint);
            }
        }

        string addressType = root.Text("addressType") ?? "IPv4";
        root.Accept("apiVersion", "kind", "metadata");
        root.Done();
        return metadata.Fill(new EndpointSlice
        {
            Name = "",
            Namespace = "",
            Span = default,
            ServiceName = service,
            AddressType = addressType,
            Ports = ports,
            Endpoints = endpoints,
        });
    }

    /// <summary>Reads a Secret; null when it holds neither a certificate nor roots.</summary>
    public static TlsSecret? Secret(MeshMetadata metadata, MeshRecord root)
    {
        Dictionary<string, string> values = new(StringComparer.Ordinal);
        foreach (YamlEntry entry in root.MapEntries("data"))
        {
            if (!IsTls(entry.Key) || entry.Value is not YamlScalar { IsNull: false } scalar)
            {
                continue;
            }

            try
            {
                values[entry.Key] = Encoding.UTF8.GetString(Convert.FromBase64String(scalar.Text.Replace("\n", "", StringComparison.Ordinal)));
            }
            catch (FormatException)
            {
                root.Load.Add(FindingCodes.MeshBadValue, scalar.Span, $"data.{entry.Key}", $"data.{entry.Key}: expected base64", hint: "plain text goes into stringData");
            }
        }

        foreach (YamlEntry entry in root.MapEntries("stringData"))
        {
            if (IsTls(entry.Key) && entry.Value is YamlScalar { IsNull: false } scalar)
            {
                values[entry.Key] = scalar.Text;
            }
        }

        root.Accept("apiVersion", "kind", "metadata", "type", "immutable");
        root.Done();
        string? certificate = values.GetValueOrDefault("tls.crt") ?? values.GetValueOrDefault("cert");
        string? key = values.GetValueOrDefault("tls.key") ?? values.GetValueOrDefault("key");
        string? roots = values.GetValueOrDefault("ca.crt") ?? values.GetValueOrDefault("cacert");
        if (certificate is null && key is null && roots is null)
        {
            return null;
        }

        if (certificate is null != key is null)
        {
            root.ReportHere(FindingCodes.MeshRequired, certificate is null ? "Secret: a key without a certificate (tls.crt)" : "Secret: a certificate without its key (tls.key)");
        }

        return metadata.Fill(new TlsSecret
        {
            Name = "",
            Namespace = "",
            Span = default,
            Certificate = certificate,
            Key = key is null ? null : new Secret(key),
            CaCertificates = roots,
            Crl = values.GetValueOrDefault("ca.crl") ?? values.GetValueOrDefault("crl"),
        });
    }

    private static bool IsTls(string key) => key is "tls.crt" or "tls.key" or "ca.crt" or "ca.crl" or "cert" or "key" or "cacert" or "crl";

    private static SliceEndpoint? Endpoint(MeshMetadata metadata, MeshRecord record, IReadOnlyDictionary<string, LabelSet> pods)
    {
        IReadOnlyList<string> addresses = record.Names("addresses");
        record.Accept("conditions", "hostname", "targetRef", "deprecatedTopology", "nodeName", "zone", "hints");
        record.Done();
        if (addresses.Count == 0)
        {
            record.ReportHere(FindingCodes.MeshRequired, "addresses is required");
            return null;
        }

        MeshRecord? conditions = record.Record("conditions");
        LabelSet topology = record.Labels("deprecatedTopology");
        LabelSet labels = metadata.Labels;
        if (record.Record("targetRef") is { } pod && pod.Text("kind") is null or "Pod"
            && pods.TryGetValue($"{pod.Text("namespace") ?? metadata.Namespace}/{pod.Text("name")}", out LabelSet? own))
        {
            labels = new LabelSet([.. metadata.Labels.All, .. own.All]);
        }

        return new SliceEndpoint
        {
            Span = record.Span,
            Addresses = addresses,
            Ready = conditions?.Boolean("ready") ?? true,
            Terminating = conditions?.Boolean("terminating") ?? false,
            Hostname = record.Text("hostname"),
            NodeName = record.Text("nodeName"),
            Zone = record.Text("zone") ?? topology["topology.kubernetes.io/zone"],
            Labels = labels,
        };
    }

    private static (int? Number, string? Name) TargetPort(MeshRecord record)
    {
        if (record.Entry("targetPort") is not { Value: YamlScalar scalar })
        {
            return (null, null);
        }

        return scalar.Type == YamlScalarType.String && !scalar.Text.All(char.IsAsciiDigit) ? (null, scalar.Text) : (record.Port("targetPort"), null);
    }

    // appProtocol, else the part of the port's name before the first dash (pkg/config/kube/conversion.go).
    private static string Protocol(MeshRecord record, string name)
    {
        string transport = (record.Text("protocol") ?? "TCP").ToUpperInvariant();
        if (transport != "TCP")
        {
            return transport;
        }

        string application = record.Text("appProtocol") ?? name.Split('-')[0];
        return application.ToUpperInvariant() switch
        {
            "HTTP" or "KUBERNETES.IO/WS" => "HTTP",
            "HTTP2" or "KUBERNETES.IO/H2C" => "HTTP2",
            "HTTPS" => "HTTPS",
            "GRPC" => name.StartsWith("grpc-web", StringComparison.OrdinalIgnoreCase) ? "GRPC-WEB" : "GRPC",
            "TLS" => "TLS",
            "MONGO" or "REDIS" or "MYSQL" => application.ToUpperInvariant(),
            _ => "TCP",
        };
    }
}
