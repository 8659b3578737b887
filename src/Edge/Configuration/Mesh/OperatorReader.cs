using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>
/// Chooses one IstioOperator of several and reads what it says to a proxy: the mesh's settings wherever they are nested, who the cluster is,
/// and the ports of the ingress gateways. What it says to Kubernetes is left out with one info line.
/// </summary>
internal static class OperatorReader
{
    // Parts of values.global that say nothing to a proxy.
    private static readonly string[] GlobalElsewhere =
    [
        "telemetry", "sds", "pilot", "remotePilotAddress", "pilotCertProvider", "hub", "tag", "variant", "proxy", "proxy_init", "imagePullPolicy",
        "imagePullSecrets", "istioNamespace", "istiod", "logging", "logAsJson", "caAddress", "caName", "externalIstiod", "configCluster",
        "configValidation", "defaultNodeSelector", "defaultPodDisruptionBudget", "defaultResources", "defaultTolerations", "jwtPolicy",
        "meshExpansion", "meshNetworks", "mountMtlsCerts", "omitSidecarInjectorConfigMap", "oneNamespace", "operatorManageWebhooks",
        "podDNSSearchNamespaces", "priorityClassName", "sts", "tracer", "useMCP", "platform", "ipFamilies", "ipFamilyPolicy", "autoscalingv2API",
        "waypoint", "resourceScope", "controlPlaneSecurityEnabled", "mtls", "defaultConfigVisibilitySettings", "certSigners",
    ];

    private static readonly string[] ComponentsElsewhere = ["base", "pilot", "cni", "ztunnel", "istiodRemote", "egressGateways", "proxy", "sidecarInjector", "citadel", "galley", "policy", "telemetry", "nodeAgent"];

    /// <summary>The chosen document's settings; defaults when there is none.</summary>
    public static MeshConfig Read(MeshLoad load, IReadOnlyList<MeshDocument> documents, string? clusterName)
    {
        List<Candidate> candidates = [.. documents.Select(document => Candidate.Of(load, document)).OrderBy(static candidate => candidate.Metadata.Name, StringComparer.Ordinal)];
        if (candidates.Count == 0)
        {
            return new MeshConfig();
        }

        Candidate? chosen = clusterName is null
            ? candidates.Find(static candidate => !candidate.PilotDisabled) ?? candidates[0]
            : candidates.Find(candidate => candidate.ClusterName == clusterName);
        if (chosen is null)
        {
            string names = string.Join(", ", candidates.Select(static candidate => $"'{candidate.ClusterName}'"));
            load.Add(FindingCodes.OperatorUnknown, candidates[0].Metadata.Span, "", $"EDGE_CLUSTER_NAME is '{clusterName}', and the IstioOperator documents are of {names}");
            return new MeshConfig();
        }

        foreach (Candidate other in candidates.Where(candidate => candidate != chosen))
        {
            load.Add(FindingCodes.OperatorNotChosen, other.Metadata.Span, "",
                $"IstioOperator {other.Metadata.Name} is of cluster '{other.ClusterName}'", $"not used; {chosen.Metadata.Name} of '{chosen.ClusterName}' is",
                clusterName is null ? $"EDGE_CLUSTER_NAME={other.ClusterName} takes it" : null);
        }

        MeshConfig config = Read(load, chosen);
        return load is { Rejected: true, Mode: ConfigMode.Lenient }
            ? new MeshConfig { Span = config.Span, OperatorName = config.OperatorName, RootNamespace = config.RootNamespace }
            : config;
    }

    private static MeshConfig Read(MeshLoad load, Candidate chosen)
    {
        MeshMetadata metadata = chosen.Metadata;
        if (chosen.Spec is not { } spec)
        {
            return new MeshConfig { Span = metadata.Span, OperatorName = metadata.Name };
        }

        MeshRecord? values = spec.Record("values");
        MeshRecord? global = values?.Record("global");
        MeshRecord? mesh = Merged(load, spec, values, global);
        List<string> elsewhere = [];
        MeshConfig config = mesh is null ? new MeshConfig() : MeshConfigReader.Read(mesh, elsewhere);
        if (global?.Text("trustDomain") is { } domain)
        {
            bool overridden = mesh?.Has("trustDomain") ?? false;
            global.Report(FindingCodes.TrustDomainPlace, "trustDomain", "belongs into meshConfig; Istio reads it here only for old releases",
                overridden ? "left out: meshConfig has one" : "read as meshConfig.trustDomain");
            config = overridden ? config : config with { TrustDomain = domain };
        }

        config = config with
        {
            Span = metadata.Span,
            OperatorName = metadata.Name,
            ClusterName = chosen.ClusterName,
            MeshId = global?.Text("meshID") ?? config.TrustDomain,
            Network = global?.Text("network") ?? "",
            IngressGateways = Ingresses(spec, metadata.Namespace, elsewhere),
        };
        NameElsewhere(spec, values, global, elsewhere);
        if (elsewhere.Count > 0)
        {
            load.Add(FindingCodes.OperatorElsewhere, metadata.Span, "",
                $"IstioOperator {metadata.Name}: {string.Join(", ", elsewhere)} {(elsewhere.Count == 1 ? "says" : "say")} nothing to a proxy", "left out");
        }

        spec.Done();
        values?.Done();
        global?.Done();
        return config;
    }

    // Highest first: spec.meshConfig, spec.values.meshConfig, and where Istio does not look, spec.values.global.meshConfig.
    private static MeshRecord? Merged(MeshLoad load, MeshRecord spec, MeshRecord? values, MeshRecord? global)
    {
        YamlMapping? merged = null;
        string path = "";
        foreach (MeshRecord? place in (ReadOnlySpan<MeshRecord?>)[global, values, spec])
        {
            if (place?.Record("meshConfig") is not { } found)
            {
                continue;
            }

            if (place == global)
            {
                global!.ReportKey(FindingCodes.MeshConfigPlace, "meshConfig", "Istio reads meshConfig at spec.meshConfig and ignores it here", "read as if it stood there",
                    "move it to spec.meshConfig");
            }

            merged = merged is null ? found.Map : Merge(merged, found.Map);
            path = found.Path;
        }

        return merged is null ? null : new MeshRecord(load, merged, path, spec.Namespace);
    }

    private static YamlMapping Merge(YamlMapping below, YamlMapping above)
    {
        YamlMapping merged = new(above.Span);
        foreach (YamlEntry entry in below.Distinct)
        {
            YamlEntry? over = above.Find(entry.Key);
            merged.Add(over is null ? entry
                : over.Value is YamlMapping upper && entry.Value is YamlMapping lower ? over with { Value = Merge(lower, upper) }
                : over);
        }

        foreach (YamlEntry entry in above.Distinct.Where(entry => below.Find(entry.Key) is null))
        {
            merged.Add(entry);
        }

        return merged;
    }

    private static List<IngressGateway> Ingresses(MeshRecord spec, string defaultNamespace, List<string> elsewhere)
    {
        List<IngressGateway> gateways = [];
        if (spec.Record("components") is not { } components)
        {
            return gateways;
        }

        foreach (MeshRecord record in components.Records("ingressGateways"))
        {
            string name = record.Text("name") ?? "istio-ingressgateway";
            bool enabled = record.Boolean("enabled") ?? true;
            MeshRecord? kubernetes = record.Record("k8s");
            MeshRecord? service = kubernetes?.Record("service");
            List<IngressPort> ports = [];
            foreach (MeshRecord port in service?.Records("ports") ?? [])
            {
                if (port.Port("port") is { } number)
                {
                    // A named target port is the container's business; the number itself is bound then.
                    bool named = port.Entry("targetPort") is { Value: YamlScalar { Type: YamlScalarType.String, Text: var text } } && !text.All(char.IsAsciiDigit);
                    ports.Add(new IngressPort(number, (named ? null : port.Port("targetPort")) ?? number, port.Text("name") ?? "", port.Span));
                }
            }

            if (enabled)
            {
                gateways.Add(new IngressGateway(name, record.Text("namespace") ?? defaultNamespace, record.Labels("label"), ports, record.Span));
            }

            elsewhere.AddRange((kubernetes?.Unread ?? []).Select(part => $"{record.Path[(record.Path.IndexOf('.', StringComparison.Ordinal) + 1)..]}.k8s.{part}"));
            elsewhere.AddRange(record.Unread.Select(part => $"{record.Path[(record.Path.IndexOf('.', StringComparison.Ordinal) + 1)..]}.{part}"));
        }

        elsewhere.AddRange(components.Unread.Where(static part => ComponentsElsewhere.Contains(part)).Select(static part => $"components.{part}"));
        components.Accept(ComponentsElsewhere);
        components.Done();
        return gateways;
    }

    private static void NameElsewhere(MeshRecord spec, MeshRecord? values, MeshRecord? global, List<string> elsewhere)
    {
        spec.Accept("profile", "hub", "tag", "namespace", "revision", "installPackagePath", "defaultRevision", "compatibilityVersion");
        elsewhere.AddRange(spec.Unread.Where(static part => part is "addons" or "addonComponents" or "unvalidatedValues"));
        spec.Accept("addons", "addonComponents", "unvalidatedValues");
        elsewhere.AddRange((values?.Unread ?? []).Select(static part => $"values.{part}"));
        values?.Accept([.. values.Unread]);
        if (global is null)
        {
            return;
        }

        elsewhere.AddRange(global.Unread.Where(part => GlobalElsewhere.Contains(part)).Select(static part => $"values.global.{part}"));
        global.Accept(GlobalElsewhere);
        MeshRecord? multi = global.Record("multiCluster");
        multi?.Accept("clusterName", "enabled", "globalDomainSuffix", "includeEnvoyFilter");
        multi?.Done();
    }

    private sealed record Candidate(MeshMetadata Metadata, MeshRecord? Spec, string ClusterName, bool PilotDisabled)
    {
        public static Candidate Of(MeshLoad load, MeshDocument document)
        {
            MeshMetadata metadata = MeshMetadata.Read(load, document);
            MeshRecord? spec = new MeshRecord(load, document.Root, "", metadata.Namespace).Record("spec");
            string name = Scalar(document.Root, "spec", "values", "global", "multiCluster", "clusterName") ?? "Kubernetes";
            return new Candidate(metadata, spec, name, Scalar(document.Root, "spec", "components", "pilot", "enabled") is "false");
        }

        private static string? Scalar(YamlMapping root, params ReadOnlySpan<string> path)
        {
            YamlNode? node = root;
            foreach (string part in path)
            {
                node = (node as YamlMapping)?[part];
            }

            return node is YamlScalar { IsNull: false } scalar ? scalar.Text : null;
        }
    }
}
