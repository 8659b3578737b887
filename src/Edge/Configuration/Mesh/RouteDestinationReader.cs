using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Reads destinations, weighted or single.</summary>
internal static class RouteDestinationReader
{
    /// <summary>Reads <c>route</c> of a rule.</summary>
    public static IReadOnlyList<RouteDestination> Read(MeshRecord rule)
    {
        List<RouteDestination> destinations = [];
        long total = 0;
        foreach (MeshRecord record in rule.Records("route"))
        {
            Destination? destination = Destination(record, "destination", required: true);
            int weight = record.Integer("weight") ?? 0;
            total += weight;
            HeaderSettings headers = HeaderReader.Read(record);
            record.Done();
            if (destination is not null)
            {
                destinations.Add(new RouteDestination(destination, weight, headers, record.Span));
            }
        }

        if (destinations.Count > 1 && total == 0)
        {
            rule.ReportKey(FindingCodes.MeshContradiction, "route", "the weights of several destinations add up to 0");
        }

        return destinations;
    }

    /// <summary>Reads one destination; null when it is absent or unusable.</summary>
    public static Destination? Destination(MeshRecord parent, string field, bool required)
    {
        if (parent.Record(field) is not { } record)
        {
            if (required && !parent.Has(field))
            {
                parent.Report(FindingCodes.MeshRequired, field, "is required");
            }

            return null;
        }

        string? host = MeshFields.Host(record, "host", wildcard: true);
        if (host == "*")
        {
            record.Report(FindingCodes.MeshHost, "host", "'*' is no destination");
        }

        string? subset = record.Text("subset");
        if (subset is not null && !MeshNames.IsLabel(subset))
        {
            record.Report(FindingCodes.MeshBadValue, "subset", $"'{subset}' is no name of a subset");
        }

        int? port = PortNumber(record);
        record.Done();
        return host is null
            ? null
            : new Destination { Span = record.Span, Host = host, ResolvedHost = MeshNames.Resolve(host, parent.Namespace), Subset = subset, Port = port };
    }

    /// <summary>Reads <c>port.number</c>.</summary>
    public static int? PortNumber(MeshRecord record)
    {
        if (record.Record("port") is not { } port)
        {
            return null;
        }

        int? number = port.Port("number");
        if (!port.Has("number"))
        {
            port.ReportHere(FindingCodes.MeshRequired, "number is required");
        }

        port.Done();
        return number;
    }
}
