using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Reads VirtualServices and refuses what Istio refuses (<c>pkg/config/validation/virtualservice.go</c>).</summary>
internal static class VirtualServiceReader
{
    /// <summary>Reads one.</summary>
    public static VirtualService Read(MeshMetadata metadata, MeshRecord spec)
    {
        IReadOnlyList<LocatedName> hosts =
            [.. MeshFields.Hosts(spec, "hosts", wildcard: true).Select(host => host with { Name = MeshNames.Resolve(host.Name, spec.Namespace) })];
        bool isDelegate = !spec.IsWritten("hosts") || (spec.Entry("hosts") is null or { Value: Yaml.YamlSequence { Items.Count: 0 } });
        IReadOnlyList<LocatedName> gateways = Gateways(spec);
        if (gateways.Count == 0)
        {
            gateways = [new LocatedName(VirtualService.MeshGateway, metadata.Span)];
        }

        if (isDelegate && spec.Has("gateways"))
        {
            spec.ReportKey(FindingCodes.MeshContradiction, "gateways", "a virtual service without hosts is a delegate and has no gateways");
        }

        CheckHosts(spec, hosts, gateways);
        List<HttpRule> http = [];
        foreach (MeshRecord record in spec.Records("http"))
        {
            http.Add(HttpRuleReader.Read(record, http.Count, isDelegate));
        }

        List<TlsRule> tls = [.. spec.Records("tls").Select(StreamRuleReader.Tls)];
        List<TcpRule> tcp = [.. spec.Records("tcp").Select(StreamRuleReader.Tcp)];
        if (http.Count + tls.Count + tcp.Count == 0)
        {
            spec.ReportHere(FindingCodes.MeshRequired, "http, tcp or tls must have a rule");
        }

        if (isDelegate && tls.Count + tcp.Count > 0)
        {
            spec.ReportHere(FindingCodes.MeshContradiction, "a delegate has http rules only");
        }

        foreach (string streams in (ReadOnlySpan<string>)["tls", "tcp"])
        {
            if (spec.Has(streams))
            {
                spec.ReportKey(FindingCodes.ComesLater, streams, $"{streams} rules are read and not served yet", "left out");
            }
        }

        VirtualService made = metadata.Fill(new VirtualService
        {
            Name = "",
            Namespace = "",
            Span = default,
            Hosts = hosts,
            Gateways = gateways,
            Http = http,
            Tls = tls,
            Tcp = tcp,
            ExportTo = MeshFields.ExportTo(spec),
        });
        spec.Done();
        return made;
    }

    /// <summary>The gateways of a record as <c>namespace/name</c>.</summary>
    public static IReadOnlyList<LocatedName> Gateways(MeshRecord record)
    {
        List<LocatedName> gateways = [];
        foreach (LocatedName written in record.Texts("gateways"))
        {
            string name = MeshNames.ResolveGateway(written.Name, record.Namespace);
            string[] parts = name.Split('/');
            if (name != VirtualService.MeshGateway && (parts.Length != 2 || !MeshNames.IsLabel(parts[0]) || !MeshNames.IsLabel(parts[1])))
            {
                record.Load.Add(FindingCodes.MeshBadValue, written.Span, record.PathOf("gateways"), $"{record.PathOf("gateways")}: '{written.Name}' is no gateway",
                    hint: "write name, or namespace/name");
                continue;
            }

            gateways.Add(written with { Name = name });
        }

        return gateways;
    }

    private static void CheckHosts(MeshRecord spec, IReadOnlyList<LocatedName> hosts, IReadOnlyList<LocatedName> gateways)
    {
        bool mesh = gateways.Any(static gateway => gateway.Name == VirtualService.MeshGateway);
        for (int i = 0; i < hosts.Count; i++)
        {
            if (mesh && hosts[i].Name == "*")
            {
                spec.Load.Add(FindingCodes.MeshContradiction, hosts[i].Span, spec.PathOf("hosts"), "spec.hosts: '*' is not allowed for sidecars (the gateway 'mesh')");
            }

            for (int j = 0; j < i; j++)
            {
                if (MeshNames.Overlap(hosts[i].Name, hosts[j].Name))
                {
                    spec.Load.Add(FindingCodes.MeshContradiction, hosts[i].Span, spec.PathOf("hosts"),
                        $"{spec.PathOf("hosts")}: '{hosts[i].Name}' and '{hosts[j].Name}' ({hosts[j].Span.From(hosts[i].Span)}) overlap; hosts of one virtual service must not");
                    break;
                }
            }
        }
    }
}
