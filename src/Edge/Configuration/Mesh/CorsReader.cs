using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Reads <c>corsPolicy</c> of a rule.</summary>
internal static class CorsReader
{
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "*"];

    /// <summary>Reads it; null when absent.</summary>
    public static CorsSettings? Read(MeshRecord parent)
    {
        if (parent.Record("corsPolicy") is not { } record)
        {
            return null;
        }

        List<MeshStringMatch> origins = [];
        foreach (MeshRecord origin in record.Records("allowOrigins"))
        {
            MeshStringMatch match = MeshFields.Match(origin);
            if (match is { Value: "" })
            {
                origin.ReportHere(FindingCodes.MeshRequired, "needs exact, prefix or regex");
            }

            origins.Add(match);
        }

        if (record.Has("allowOrigin"))
        {
            record.ReportKey(FindingCodes.DeprecatedField, "allowOrigin", "is deprecated", "honoured", "use allowOrigins: [{exact: …}]");
            origins.AddRange(record.Texts("allowOrigin").Select(static origin => new MeshStringMatch(StringMatchKind.Exact, origin.Name, origin.Span)));
        }

        TimeSpan? maxAge = record.Duration("maxAge", zero: true);
        if (maxAge is { } age && age.Ticks % TimeSpan.TicksPerSecond != 0)
        {
            record.Report(FindingCodes.MeshDuration, "maxAge", "must be whole seconds");
        }

        CorsSettings cors = new()
        {
            Span = record.Span,
            AllowOrigins = origins,
            AllowMethods = AllowedMethods(record),
            AllowHeaders = HeaderNames(record, "allowHeaders"),
            ExposeHeaders = HeaderNames(record, "exposeHeaders"),
            MaxAge = maxAge,
            AllowCredentials = record.Boolean("allowCredentials"),
            IgnoreUnmatchedPreflights = record.Choice<bool>("unmatchedPreflights", ("UNSPECIFIED", false), ("FORWARD", false), ("IGNORE", true)) ?? false,
        };
        record.Done();
        return cors;
    }

    private static IReadOnlyList<string> AllowedMethods(MeshRecord record)
    {
        IReadOnlyList<LocatedName> methods = record.Texts("allowMethods");
        foreach (LocatedName method in methods.Where(static method => !Methods.Contains(method.Name)))
        {
            string? nearest = NearestName.Find(method.Name, Methods);
            record.Load.Add(FindingCodes.MeshNotAllowed, method.Span, record.PathOf("allowMethods"), $"{record.PathOf("allowMethods")}: '{method.Name}' is no HTTP method",
                hint: nearest is null ? null : $"did you mean '{nearest}'?");
        }

        return [.. methods.Select(static method => method.Name)];
    }

    private static IReadOnlyList<string> HeaderNames(MeshRecord record, string field)
    {
        IReadOnlyList<LocatedName> names = record.Texts(field);
        foreach (LocatedName name in names.Where(static name => name.Name != "*" && !MeshFields.IsHeaderName(name.Name)))
        {
            record.Load.Add(FindingCodes.MeshBadValue, name.Span, record.PathOf(field), $"{record.PathOf(field)}: '{name.Name}' is no header name");
        }

        return [.. names.Select(static name => name.Name)];
    }
}
