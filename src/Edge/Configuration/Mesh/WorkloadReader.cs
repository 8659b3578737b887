using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Reads endpoints of ServiceEntries and WorkloadEntries (validateWorkloadEntry).</summary>
internal static class WorkloadReader
{
    /// <summary>Reads a WorkloadEntry; null without an address.</summary>
    public static WorkloadEntry? Read(MeshMetadata metadata, MeshRecord spec) =>
        Endpoint(spec, null, addressOnly: false) is { } endpoint
            ? metadata.Fill(new WorkloadEntry { Name = "", Namespace = "", Span = default, Endpoint = endpoint })
            : null;

    /// <summary>Reads one endpoint; null without an address.</summary>
    /// <param name="record">Its message.</param>
    /// <param name="service">Ports of the service it belongs to; null when that is not known.</param>
    /// <param name="addressOnly">Names are not allowed, only addresses.</param>
    public static WorkloadEndpoint? Endpoint(MeshRecord record, IReadOnlyList<ServicePort>? service, bool addressOnly)
    {
        string? address = record.Required("address");
        bool unix = address?.StartsWith("unix://", StringComparison.Ordinal) ?? false;
        if (unix)
        {
            record.Report(FindingCodes.ComesLater, "address", "Unix sockets of endpoints are not served", "the endpoint is left out");
        }
        else if (address is not null && !MeshNames.IsAddress(address))
        {
            if (addressOnly)
            {
                record.Report(FindingCodes.MeshBadValue, "address", $"'{address}' is no IP address", hint: "resolution STATIC takes addresses; names need resolution DNS");
            }
            else if (MeshNames.WhyNoHost(address, wildcard: false) is { } reason)
            {
                record.Report(FindingCodes.MeshBadValue, "address", $"'{address}' is neither an address nor a name: {reason}");
            }
        }

        WorkloadEndpoint endpoint = new()
        {
            Span = record.Span,
            Address = address ?? "",
            Ports = Ports(record, service),
            Labels = record.Labels("labels"),
            Network = record.Text("network") ?? "",
            Locality = record.Text("locality") ?? "",
            Weight = record.Integer("weight") ?? 0,
            ServiceAccount = record.Text("serviceAccount"),
        };
        record.Done();
        return address is null || unix ? null : endpoint;
    }

    private static Dictionary<string, int> Ports(MeshRecord record, IReadOnlyList<ServicePort>? service)
    {
        Dictionary<string, int> ports = new(StringComparer.Ordinal);
        foreach (YamlEntry entry in record.MapEntries("ports"))
        {
            string path = $"{record.PathOf("ports")}.{entry.Key}";
            if (service is not null && !service.Any(port => port.Name == entry.Key))
            {
                string? nearest = NearestName.Find(entry.Key, service.Select(static port => port.Name));
                record.Load.Add(FindingCodes.MeshBadValue, entry.KeySpan, path, $"{path}: the service has no port '{entry.Key}'",
                    hint: nearest is null ? null : $"did you mean '{nearest}'?");
            }

            if (record.IntegerOf(entry.Value, path, 1, 65535) is { } port)
            {
                ports[entry.Key] = port;
            }
        }

        return ports;
    }
}
