using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Reads DestinationRules (<c>pkg/config/validation/validation.go</c>, ValidateDestinationRule).</summary>
internal static class DestinationRuleReader
{
    /// <summary>Reads one; null without a host.</summary>
    public static DestinationRule? Read(MeshMetadata metadata, MeshRecord spec)
    {
        string? host = MeshFields.Host(spec, "host", wildcard: true);
        LabelSet? selector = null;
        if (spec.Record("workloadSelector") is { } workloads)
        {
            selector = MeshFields.Selector(workloads, "matchLabels");
            workloads.Done();
        }

        DestinationRule rule = metadata.Fill(new DestinationRule
        {
            Name = "",
            Namespace = "",
            Span = default,
            Host = host ?? "",
            ResolvedHost = MeshNames.Resolve(host ?? "", metadata.Namespace),
            HostSpan = spec.SpanOf("host"),
            TrafficPolicy = spec.Record("trafficPolicy") is { } policy ? TrafficPolicyReader.Read(policy) : null,
            Subsets = Subsets(spec),
            ExportTo = MeshFields.ExportTo(spec),
            WorkloadSelector = selector,
        });
        spec.Done();
        return host is null ? null : rule;
    }

    private static List<DestinationSubset> Subsets(MeshRecord spec)
    {
        List<DestinationSubset> subsets = [];
        Dictionary<string, SourceSpan> names = new(StringComparer.Ordinal);
        foreach (MeshRecord record in spec.Records("subsets"))
        {
            string? name = record.Required("name");
            if (name is not null && !MeshNames.IsLabel(name))
            {
                record.Report(FindingCodes.MeshBadValue, "name", $"'{name}' is no name of a subset");
            }

            if (name is not null && !names.TryAdd(name, record.SpanOf("name")))
            {
                record.Report(FindingCodes.MeshContradiction, "name", $"'{name}' is the name of another subset ({names[name].From(record.Span)})");
            }

            DestinationSubset subset = new()
            {
                Span = record.Span,
                Name = name ?? "",
                Labels = record.Labels("labels"),
                TrafficPolicy = record.Record("trafficPolicy") is { } policy ? TrafficPolicyReader.Read(policy) : null,
            };
            record.Done();
            if (name is not null)
            {
                subsets.Add(subset);
            }
        }

        return subsets;
    }
}
