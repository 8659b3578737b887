using System.Net;
using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Reads ServiceEntries (<c>pkg/config/validation/validation.go</c>, ValidateServiceEntry).</summary>
internal static class ServiceEntryReader
{
    private static readonly string[] Protocols =
        ["HTTP", "HTTPS", "HTTP2", "HTTP_PROXY", "GRPC", "GRPC-WEB", "TLS", "TCP", "UDP", "MONGO", "REDIS", "MYSQL", "HBONE"];

    /// <summary>Reads one.</summary>
    public static ServiceEntry Read(MeshMetadata metadata, MeshRecord spec)
    {
        IReadOnlyList<LocatedName> hosts = MeshFields.Hosts(spec, "hosts", wildcard: true);
        if (hosts.Count == 0 && (spec.Entry("hosts") is null or { Value: YamlSequence { Items.Count: 0 } }))
        {
            spec.Report(FindingCodes.MeshRequired, "hosts", "a service entry needs at least one host");
        }

        foreach (LocatedName host in hosts.Where(static host => host.Name == "*"))
        {
            spec.Load.Add(FindingCodes.MeshHost, host.Span, spec.PathOf("hosts"), $"{spec.PathOf("hosts")}: '*' is no host of a service");
        }

        ServiceResolution resolution = spec.Choice<ServiceResolution>("resolution",
            ("NONE", ServiceResolution.None),
            ("STATIC", ServiceResolution.Static),
            ("DNS", ServiceResolution.Dns),
            ("DNS_ROUND_ROBIN", ServiceResolution.DnsRoundRobin),
            ("DYNAMIC_DNS", ServiceResolution.DynamicDns)) ?? ServiceResolution.None;
        List<ServicePort> ports = Ports(spec);
        List<WorkloadEndpoint> endpoints = [];
        foreach (MeshRecord record in spec.Records("endpoints"))
        {
            if (WorkloadReader.Endpoint(record, ports, resolution == ServiceResolution.Static) is { } endpoint)
            {
                endpoints.Add(endpoint);
            }
        }

        ServiceEntry entry = metadata.Fill(new ServiceEntry
        {
            Name = "",
            Namespace = "",
            Span = default,
            Hosts = hosts,
            Addresses = Addresses(spec),
            Ports = ports,
            IsInternal = spec.Choice<bool>("location", ("MESH_EXTERNAL", false), ("MESH_INTERNAL", true)) ?? false,
            Resolution = resolution,
            Endpoints = endpoints,
            WorkloadSelector = spec.Record("workloadSelector") is { } selector ? Selector(selector) : null,
            ExportTo = MeshFields.ExportTo(spec),
            SubjectAltNames = spec.Names("subjectAltNames"),
        });
        spec.Done();
        Check(spec, entry);
        return entry;
    }

    private static LabelSet Selector(MeshRecord record)
    {
        LabelSet labels = MeshFields.Selector(record, "labels");
        record.Done();
        return labels;
    }

    private static void Check(MeshRecord spec, ServiceEntry entry)
    {
        if (entry.WorkloadSelector is not null && spec.Has("endpoints"))
        {
            spec.ReportKey(FindingCodes.MeshOneOf, "endpoints", "only one of workloadSelector, endpoints may be set");
        }

        if (entry.Resolution == ServiceResolution.None && entry.Endpoints.Count > 0)
        {
            spec.ReportKey(FindingCodes.MeshContradiction, "endpoints", "have no meaning with resolution NONE", hint: "write resolution: STATIC");
        }

        if (entry.Resolution is ServiceResolution.Dns or ServiceResolution.DnsRoundRobin && entry is { Endpoints.Count: 0, WorkloadSelector: null })
        {
            foreach (LocatedName host in entry.Hosts.Where(static host => host.Name.StartsWith('*')))
            {
                spec.Load.Add(FindingCodes.MeshContradiction, host.Span, spec.PathOf("hosts"),
                    $"{spec.PathOf("hosts")}: '{host.Name}' cannot be resolved; with resolution DNS and no endpoints, hosts are full names");
            }
        }

        if (entry is { Resolution: ServiceResolution.DnsRoundRobin, Endpoints.Count: > 1 })
        {
            spec.ReportKey(FindingCodes.MeshContradiction, "endpoints", "resolution DNS_ROUND_ROBIN takes at most one endpoint");
        }

        if (entry.Resolution == ServiceResolution.DynamicDns)
        {
            spec.Report(FindingCodes.ComesLater, "resolution", "DYNAMIC_DNS is not served", "the service has no endpoints");
        }

        if (entry.Resolution is not (ServiceResolution.None or ServiceResolution.Static) && entry.Addresses.Any(static address => address.Contains('/', StringComparison.Ordinal)))
        {
            spec.ReportKey(FindingCodes.MeshContradiction, "addresses", "networks are allowed with resolution NONE and STATIC only");
        }

        if (entry.Resolution != ServiceResolution.None && entry.Hosts.Count > 1
            && entry.Ports.FirstOrDefault(static port => port.Protocol is "TCP" or "MONGO" or "REDIS" or "MYSQL" or "UDP") is { } plain)
        {
            spec.Load.Add(FindingCodes.MeshContradiction, plain.Span, spec.PathOf("ports"),
                $"{spec.PathOf("ports")}: several hosts cannot share the {plain.Protocol} port {plain.Number}: nothing tells them apart");
        }
    }

    private static List<ServicePort> Ports(MeshRecord spec)
    {
        List<ServicePort> ports = [];
        foreach (MeshRecord record in spec.Records("ports"))
        {
            int? number = record.Port("number");
            if (!record.Has("number"))
            {
                record.ReportHere(FindingCodes.MeshRequired, "number is required");
            }

            string? name = record.Required("name");
            string protocol = (record.Text("protocol") ?? "TCP").ToUpperInvariant();
            if (!Protocols.Contains(protocol))
            {
                string? nearest = NearestName.Find(protocol, Protocols);
                record.Report(FindingCodes.MeshNotAllowed, "protocol", $"'{protocol}' is no protocol", hint: nearest is null ? null : $"did you mean '{nearest}'?");
            }

            int? target = record.Port("targetPort");
            record.Done();
            if (number is not { } port || name is null)
            {
                continue;
            }

            if (ports.Find(other => other.Number == port || other.Name == name) is { } twice)
            {
                record.ReportHere(FindingCodes.MeshContradiction, $"port {port} '{name}' has the number or name of another ({twice.Span.From(record.Span)})");
                continue;
            }

            ports.Add(new ServicePort(port, name, protocol, target, null, record.Span));
        }

        return ports;
    }

    private static List<string> Addresses(MeshRecord spec)
    {
        List<string> addresses = [];
        foreach (LocatedName address in spec.Texts("addresses"))
        {
            if (MeshNames.IsAddress(address.Name) || IPNetwork.TryParse(address.Name, out _))
            {
                addresses.Add(address.Name);
                continue;
            }

            spec.Load.Add(FindingCodes.MeshBadValue, address.Span, spec.PathOf("addresses"), $"{spec.PathOf("addresses")}: '{address.Name}' is no address and no network");
        }

        return addresses;
    }
}
