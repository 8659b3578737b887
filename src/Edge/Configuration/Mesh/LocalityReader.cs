using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Reads <c>localityLbSetting</c> (<c>pkg/config/validation/agent/validation.go</c>, ValidateLocalityLbSetting).</summary>
internal static class LocalityReader
{
    /// <summary>Reads it.</summary>
    public static LocalitySettings Read(MeshRecord record)
    {
        LocalitySettings settings = new()
        {
            Span = record.Span,
            Enabled = record.Boolean("enabled"),
            Distribute = Distribute(record),
            Failover = Failover(record),
            FailoverPriority = record.Names("failoverPriority"),
        };
        record.Done();
        if (settings.Distribute.Count > 0 && settings.Failover.Count + settings.FailoverPriority.Count > 0)
        {
            record.ReportHere(FindingCodes.MeshOneOf, "only one of distribute and failover may be set");
        }

        return settings;
    }

    private static List<LocalityDistribution> Distribute(MeshRecord record)
    {
        List<LocalityDistribution> rules = [];
        foreach (MeshRecord entry in record.Records("distribute"))
        {
            string? from = entry.Required("from");
            List<KeyValuePair<string, int>> to = [];
            long total = 0;
            foreach (YamlEntry target in entry.MapEntries("to"))
            {
                if (entry.IntegerOf(target.Value, $"{entry.PathOf("to")}.{target.Key}", 1, 100) is { } weight)
                {
                    to.Add(new(target.Key, weight));
                    total += weight;
                }
            }

            entry.Done();
            if (total != 100)
            {
                entry.Report(FindingCodes.MeshOutOfRange, "to", $"the weights must add up to 100, they are {total}");
            }

            if (from is not null)
            {
                rules.Add(new LocalityDistribution(from, to));
            }
        }

        return rules;
    }

    private static List<LocalityFailover> Failover(MeshRecord record)
    {
        List<LocalityFailover> rules = [];
        foreach (MeshRecord entry in record.Records("failover"))
        {
            string? from = entry.Required("from");
            string? to = entry.Required("to");
            entry.Done();
            if (from is not null && from == to)
            {
                entry.Report(FindingCodes.MeshContradiction, "to", "is the same region as from");
            }
            else if (from is not null && (from.Contains('/', StringComparison.Ordinal) || from.Contains('*', StringComparison.Ordinal)))
            {
                entry.Report(FindingCodes.MeshBadValue, "from", "is a region alone, without zone or wildcard");
            }

            if (from is not null && to is not null)
            {
                rules.Add(new LocalityFailover(from, to));
            }
        }

        return rules;
    }
}
