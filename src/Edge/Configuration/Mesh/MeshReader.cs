using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>
/// Reads Istio's and Kubernetes' documents into one model: sorted by group and kind, of equal names the last one, in Istio's order. Never throws
/// on what they contain. Used by one thread.
/// </summary>
internal sealed class MeshReader
{
    private readonly MeshLoad _load;
    private readonly Dictionary<(string Kind, string Namespace, string Name), MeshObject> _objects = [];
    private readonly List<DeniedWorkload> _denied = [];
    private readonly Dictionary<string, LabelSet> _pods = new(StringComparer.Ordinal);

    private MeshReader(MeshLoad load) => _load = load;

    /// <summary>Reads them; null when there is none.</summary>
    /// <param name="findings">Findings are added.</param>
    /// <param name="documents">Documents in the order of the files.</param>
    /// <param name="broken">Documents whose text could not be read.</param>
    /// <param name="clusterName">Which IstioOperator holds; null is the first with a control plane.</param>
    public static MeshModel? Read(
        FindingList findings, IReadOnlyList<MeshDocument> documents, IReadOnlyList<BrokenDocument> broken, string? clusterName)
    {
        if (documents.Count + broken.Count == 0)
        {
            return null;
        }

        MeshLoad load = new(findings);
        MeshReader reader = new(load);
        List<MeshDocument> all = [.. documents.SelectMany(reader.Flat)];
        foreach (MeshDocument pod in all.Where(static document => document is { Group: "", Kind: "Pod" }))
        {
            MeshMetadata metadata = MeshMetadata.Read(load, pod);
            reader._pods[$"{metadata.Namespace}/{metadata.Name}"] = metadata.Labels;
        }

        foreach (MeshDocument document in all)
        {
            load.Begin();
            reader.Document(document);
        }

        foreach (BrokenDocument document in broken.Where(static document => document.Guards))
        {
            reader.Broken(document);
        }

        load.Begin();
        MeshConfig config = OperatorReader.Read(load, [.. all.Where(static document => document is { Group: "install.istio.io", Kind: "IstioOperator" })], clusterName);
        MeshModel model = reader.Model(config);
        MeshLints.Check(load, model);
        return model;
    }

    // A list may hold lists; how deep is bounded by the reader of YAML.
    private IEnumerable<MeshDocument> Flat(MeshDocument document)
    {
        if (document.Items is not { } items)
        {
            return [document];
        }

        if (items.Value is YamlSequence list)
        {
            return list.Items.SelectMany((item, index) => Item(document, list, item, index));
        }

        if (items.Value is not YamlScalar { IsNull: true })
        {
            _load.Add(FindingCodes.NotDeclarative, items.Value.Span, "items", $"items: expected a list, it is {items.Value.NamedType}");
        }

        return [];
    }

    // What has no kind may be anything, a guard too.
    private IEnumerable<MeshDocument> Item(MeshDocument document, YamlSequence list, YamlNode item, int index)
    {
        if (item is YamlMapping map && document.Item(map) is { } inner)
        {
            int next = index + 1 < list.Items.Count ? list.Items[index + 1].Span.Line : int.MaxValue;
            return Flat(inner with { Lost = [.. document.Lost.Where(lost => lost.Span.Line >= item.Span.Line && lost.Span.Line < next)] });
        }

        _load.Add(FindingCodes.NotDeclarative, item.Span, $"items[{index}]", $"items[{index}]: expected a document with apiVersion and kind");
        return [];
    }

    private void Document(MeshDocument document)
    {
        foreach (YamlProblem lost in document.Lost)
        {
            _load.Add(FindingCodes.MeshDroppedValue, lost.Span, lost.Path, lost.Message, hint: "write it once, with what both hold");
        }

        switch (document.Group, document.Kind)
        {
            case ("install.istio.io", "IstioOperator") or ("", "Pod"):
                return;
            case ("networking.istio.io", "Gateway"):
                Add(document, GatewayReader.Read);
                return;
            case ("networking.istio.io", "VirtualService"):
                Add(document, VirtualServiceReader.Read);
                return;
            case ("networking.istio.io", "DestinationRule"):
                Add(document, DestinationRuleReader.Read);
                return;
            case ("networking.istio.io", "ServiceEntry"):
                Add(document, ServiceEntryReader.Read);
                return;
            case ("networking.istio.io", "WorkloadEntry"):
                Add(document, WorkloadReader.Read);
                return;
            case ("telemetry.istio.io", "Telemetry"):
                Add(document, TelemetryReader.Read);
                return;
            case ("networking.istio.io", "EnvoyFilter") when document.Guards:
                Security(document);
                return;
            case ("networking.istio.io", "Sidecar" or "EnvoyFilter" or "WorkloadGroup" or "ProxyConfig"):
                Inert(document, FindingCodes.WithoutEffect, $"{document.Kind} is accepted and has no effect at the edge");
                return;
            case ("", "Service"):
                Add(document, KubernetesReader.Service);
                return;
            case ("discovery.k8s.io", "EndpointSlice"):
                AddRoot(document, (metadata, root) => KubernetesReader.Slice(metadata, root, _pods));
                return;
            case ("", "Secret"):
                AddRoot(document, KubernetesReader.Secret);
                return;
            case ("networking.k8s.io", "NetworkPolicy"):
                Inert(document, FindingCodes.NetworkPolicy, "NetworkPolicy is enforced by the platform, not here");
                return;
            case ("security.istio.io", "AuthorizationPolicy" or "RequestAuthentication" or "PeerAuthentication"):
                Security(document);
                return;
            case ("rbac.istio.io", "ServiceRole" or "ServiceRoleBinding"):
                Keep(document.Kind, LegacyRoleReader.Read(_load, MeshMetadata.Read(_load, document), document), document.Span);
                return;
            default:
                Other(document);
                return;
        }
    }

    private void Other(MeshDocument document)
    {
        SourceSpan kind = document.Root.Find("kind")?.Value.Span ?? document.Span;
        if (MeshKinds.MeantGroup(document.Group, document.Kind) is { } group)
        {
            string written = document.Group.Length == 0 ? "no group of an apiVersion" : $"the group '{document.Group}'";
            _load.Add(FindingCodes.MeshDocument, document.Root.Find("apiVersion")?.Value.Span ?? kind, "apiVersion",
                $"{document.Kind} stands in {written}, Istio's is in {group}", Denying(document), $"write apiVersion: {group}/v1");
        }
        else if (document.IsIstio && !MeshKinds.IsKnown(document.Group, document.Kind))
        {
            string? nearest = MeshKinds.NearestKind(document.Kind);
            _load.Add(FindingCodes.MeshDocument, kind, "kind", $"{document.Kind} ({document.Group}) is of no kind that is read", Denying(document),
                nearest is null ? null : $"did you mean '{nearest}'?");
        }
        else if (!document.Guards)
        {
            Foreign(document);
            return;
        }

        if (document.Guards)
        {
            Security(document);
        }
    }

    private static string? Denying(MeshDocument document) => document.Guards ? "what it may guard is answered 403" : null;

    private void Foreign(MeshDocument document)
    {
        if (MeshKinds.IsOtherIngress(document.Group, document.Kind))
        {
            _load.Add(FindingCodes.WithoutEffect, document.Span, "kind", $"{document.Kind} ({document.Group}) is not served: requests come in by Istio's Gateway", "left out",
                "write a Gateway and a VirtualService");
            return;
        }

        _load.Add(FindingCodes.KubernetesDocument, document.Span, "kind", $"{document.Kind} says nothing to the edge", "left out");
    }

    private void Security(MeshDocument document)
    {
        (SecurityDocument read, DeniedWorkload? denied) = SecurityReader.Read(_load, MeshMetadata.Read(_load, document), document);
        Keep(document.Kind, read, document.Span);
        if (denied is not null)
        {
            _denied.Add(denied);
        }
    }

    private void Broken(BrokenDocument document)
    {
        MeshMetadata metadata = new(document.Name ?? "", document.Namespace ?? MeshModel.RootNamespace, LabelSet.Empty, LabelSet.Empty, document.Span);
        _denied.Add(SecurityReader.Deny(_load, metadata, document.Kind, document.Selector, document.Span));
        Keep(document.Kind, metadata.Fill(new SecurityDocument
        {
            Name = "",
            Namespace = "",
            Span = default,
            Kind = document.Kind,
            Selector = document.Selector ?? LabelSet.Empty,
            IsBroken = true,
        }), document.Span);
    }

    private void Inert(MeshDocument document, FindingCode code, string message)
    {
        MeshMetadata metadata = MeshMetadata.Read(_load, document);
        _load.Add(code, document.Span, "kind", $"{message} ({metadata.Name})");
        Keep(document.Kind, metadata.Fill(new InertDocument { Name = "", Namespace = "", Span = default, Kind = document.Kind }), document.Span);
    }

    private void Add(MeshDocument document, Func<MeshMetadata, MeshRecord, MeshObject?> read)
    {
        MeshMetadata metadata = MeshMetadata.Read(_load, document);
        MeshRecord root = new(_load, document.Root, "", metadata.Namespace);
        MeshRecord? spec = root.Record("spec");
        if (spec is null && !root.Has("spec"))
        {
            root.ReportHere(FindingCodes.MeshRequired, $"{$"{document.Kind} {metadata.Name}".TrimEnd()}: spec is required");
        }

        root.Accept("apiVersion", "kind", "metadata", "status");
        root.Done();
        Keep(document.Kind, spec is null ? null : read(metadata, spec), document.Span);
    }

    private void AddRoot(MeshDocument document, Func<MeshMetadata, MeshRecord, MeshObject?> read)
    {
        MeshMetadata metadata = MeshMetadata.Read(_load, document);
        Keep(document.Kind, read(metadata, new MeshRecord(_load, document.Root, "", metadata.Namespace)), document.Span);
    }

    private void Keep(string kind, MeshObject? made, SourceSpan span)
    {
        // Refused as a whole otherwise; then the rest is still checked against it.
        if (made is null || (_load is { Rejected: true, Mode: ConfigMode.Lenient } && made is not SecurityDocument))
        {
            return;
        }

        (string, string, string) key = (kind, made.Namespace, made.Name);
        if (_objects.TryGetValue(key, out MeshObject? earlier))
        {
            _load.Add(FindingCodes.ObjectTwice, span, "metadata.name", $"{kind} {made.FullName} is there twice, first at {earlier.Span.From(span)}", "this one counts");
        }

        _objects[key] = made;
    }

    private MeshModel Model(MeshConfig config) => new()
    {
        Gateways = Sorted<Gateway>(),
        VirtualServices = Sorted<VirtualService>(),
        DestinationRules = Sorted<DestinationRule>(),
        ServiceEntries = Sorted<ServiceEntry>(),
        WorkloadEntries = Sorted<WorkloadEntry>(),
        KubernetesServices = Sorted<KubernetesService>(),
        EndpointSlices = Sorted<EndpointSlice>(),
        TlsSecrets = Sorted<TlsSecret>(),
        NetworkPolicies = [.. Sorted<InertDocument>().Where(static document => document.Kind == "NetworkPolicy")],
        InertDocuments = [.. Sorted<InertDocument>().Where(static document => document.Kind != "NetworkPolicy")],
        MeshConfig = config,
        Telemetries = Sorted<TelemetryDocument>(),
        SecurityDocuments = Sorted<SecurityDocument>(),
        DeniedWorkloads = _load.Mode == ConfigMode.Lenient ? [.. _denied.Select(denied => Everywhere(denied, config))] : [],
    };

    // A guard of the namespace that the mesh calls its root holds for all of it.
    private static DeniedWorkload Everywhere(DeniedWorkload denied, MeshConfig config) =>
        denied.Namespace == config.RootNamespace ? denied with { Namespace = null } : denied;

    private List<T> Sorted<T>()
        where T : MeshObject
    {
        List<T> objects = [.. _objects.Values.OfType<T>()];
        objects.Sort(MeshObject.Compare);
        return objects;
    }
}
