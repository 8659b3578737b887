using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Reads <c>tls</c> and <c>tcp</c> rules of a VirtualService.</summary>
internal static class StreamRuleReader
{
    /// <summary>Reads a rule for TLS that is passed through.</summary>
    public static TlsRule Tls(MeshRecord record)
    {
        List<TlsMatch> matches = [];
        foreach (MeshRecord match in record.Records("match"))
        {
            IReadOnlyList<string> hosts = [.. MeshFields.Hosts(match, "sniHosts", wildcard: true).Select(static host => host.Name)];
            if (hosts.Count == 0)
            {
                match.Report(FindingCodes.MeshRequired, "sniHosts", "needs at least one server name");
            }

            matches.Add(new TlsMatch(hosts, match.Port("port"), VirtualServiceReader.Gateways(match), match.Names("destinationSubnets"), match.Span));
            match.Accept("sourceLabels", "sourceNamespace");
            match.Done(guards: true);
        }

        if (matches.Count == 0)
        {
            record.Report(FindingCodes.MeshRequired, "match", "a tls rule needs at least one match");
        }

        return new TlsRule(matches, Destinations(record), record.Span);
    }

    /// <summary>Reads a rule for TCP.</summary>
    public static TcpRule Tcp(MeshRecord record)
    {
        List<TcpMatch> matches = [];
        foreach (MeshRecord match in record.Records("match"))
        {
            matches.Add(new TcpMatch(match.Port("port"), VirtualServiceReader.Gateways(match), match.Names("destinationSubnets"), match.Span));
            match.Accept("sourceLabels", "sourceNamespace", "sourceSubnet");
            match.Done(guards: true);
        }

        return new TcpRule(matches, Destinations(record), record.Span);
    }

    private static IReadOnlyList<RouteDestination> Destinations(MeshRecord record)
    {
        IReadOnlyList<RouteDestination> destinations = RouteDestinationReader.Read(record);
        if (destinations.Count == 0)
        {
            record.Report(FindingCodes.MeshRequired, "route", "is required");
        }

        record.Done();
        return destinations;
    }
}
