using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Reads <c>mirror</c> and <c>mirrors</c> of a rule.</summary>
internal static class MirrorReader
{
    /// <summary>Reads them.</summary>
    public static IReadOnlyList<MirrorSettings> Read(MeshRecord rule)
    {
        List<MirrorSettings> mirrors = [];
        if (rule.Has("mirror") && rule.Has("mirrors"))
        {
            rule.ReportKey(FindingCodes.MeshOneOf, "mirrors", "only one of mirror, mirrors may be set");
        }

        double? percent = FaultReader.Percentage(rule, "mirrorPercentage");
        if (rule.Has("mirrorPercent"))
        {
            rule.ReportKey(FindingCodes.DeprecatedField, "mirrorPercent", "is deprecated", "honoured", "use mirrorPercentage: {value: …}");
            percent ??= rule.Integer("mirrorPercent", 0, 100);
        }

        if (RouteDestinationReader.Destination(rule, "mirror", required: false) is { } single)
        {
            mirrors.Add(new MirrorSettings(single, percent ?? 100, single.Span));
        }

        foreach (MeshRecord record in rule.Records("mirrors"))
        {
            Destination? destination = RouteDestinationReader.Destination(record, "destination", required: true);
            double share = FaultReader.Percentage(record, "percentage") ?? 100;
            record.Done();
            if (destination is not null)
            {
                mirrors.Add(new MirrorSettings(destination, share, record.Span));
            }
        }

        return mirrors;
    }
}
