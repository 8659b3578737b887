using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Snapshot.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Reads Telemetry documents (<c>pkg/config/validation/validation.go</c>, ValidateTelemetry).</summary>
internal static class TelemetryReader
{
    private static readonly string[] ManyValued = ["client_ip", "user_agent", "user_id", "request_id", "path", "url", "source_ip"];

    /// <summary>Reads one.</summary>
    public static TelemetryDocument Read(MeshMetadata metadata, MeshRecord spec)
    {
        LabelSet selector = LabelSet.Empty;
        if (spec.Record("selector") is { } selects)
        {
            selector = MeshFields.Selector(selects, "matchLabels");
            selects.Done();
        }

        TelemetryDocument document = metadata.Fill(new TelemetryDocument
        {
            Name = "",
            Namespace = "",
            Span = default,
            Selector = selector,
            Metrics = [.. spec.Records("metrics").Select(Metrics)],
            AccessLogging = [.. spec.Records("accessLogging").Select(AccessLog)],
            Tracing = [.. spec.Records("tracing").Select(Tracing)],
        });
        spec.Accept("targetRef", "targetRefs");
        spec.Done();
        if (document.AccessLogging.Count + document.Tracing.Count != 0)
        {
            spec.ReportHere(
                FindingCodes.ComesLater,
                $"accessLogging and tracing of Telemetry {metadata.Name} are read and have no effect yet",
                "access log and traces go by the settings and by meshConfig");
        }

        return document;
    }

    private static TelemetryMetrics Metrics(MeshRecord record)
    {
        TelemetryMetrics metrics = new(Providers(record), [.. record.Records("overrides").Select(Override)], record.Duration("reportingInterval"), record.Span);
        record.Done();
        return metrics;
    }

    private static MetricOverride Override(MeshRecord record)
    {
        MeshRecord? match = record.Record("match");
        match?.OneOf("metric", "customMetric");
        string metric = match?.Text("metric") ?? match?.Text("customMetric") ?? "ALL_METRICS";
        TelemetryMode mode = match is null ? TelemetryMode.ClientAndServer : Mode(match);
        match?.Done();
        List<TagOverride> tags = [];
        foreach (YamlEntry entry in record.MapEntries("tagOverrides"))
        {
            if (entry.Value is YamlMapping map)
            {
                tags.Add(Tag(new MeshRecord(record.Load, map, $"{record.PathOf("tagOverrides")}.{entry.Key}", record.Namespace), entry));
            }
            else
            {
                record.Load.Add(FindingCodes.MeshWrongType, entry.Value.Span, record.PathOf("tagOverrides"), $"{record.PathOf("tagOverrides")}.{entry.Key}: expected a map");
            }
        }

        bool? disabled = record.Boolean("disabled");
        record.Done();
        return new MetricOverride(metric, mode, disabled, tags, record.Span);
    }

    private static TagOverride Tag(MeshRecord record, YamlEntry entry)
    {
        bool remove = record.Choice<bool>("operation", ("UPSERT", false), ("REMOVE", true)) ?? false;
        string? value = record.Text("value");
        record.Done();
        if (remove == value is not null)
        {
            record.ReportHere(FindingCodes.MeshContradiction, remove ? "REMOVE has no value" : "UPSERT needs a value");
        }

        if (value?.Contains("{{", StringComparison.Ordinal) ?? false)
        {
            record.Report(FindingCodes.TagTemplate, "value", "is a template; Istio takes a CEL expression, and drops a label whose expression it cannot read",
                "kept as a template", "write an attribute such as request.host, or a literal in quotes");
        }

        if (!remove && value is not null && (!MeshMetricsTable.IsLabel(entry.Key) || TagExpression.Read(entry.Key, value) is null))
        {
            record.Report(FindingCodes.TagExpression, "value", "is no label or expression that can be read here: literals, attributes such as request.host, request.headers['x'], string() and +",
                "a label of Istio's is dropped, another is not added, as Istio does");
        }

        if (!remove && ManyValued.Contains(entry.Key))
        {
            record.Load.Add(FindingCodes.TagCardinality, entry.KeySpan, record.Path, $"{record.Path}: a label with as many values as clients makes a series of each, up to 1000; later ones are 'other'",
                hint: "leave it to the access log");
        }

        return new TagOverride(entry.Key, remove, value, record.Span);
    }

    private static TelemetryAccessLog AccessLog(MeshRecord record)
    {
        MeshRecord? match = record.Record("match");
        MeshRecord? filter = record.Record("filter");
        List<HeaderValue> labels = [];
        if (record.Record("format") is { } format)
        {
            record.ReportKey(FindingCodes.AccessLogLabels, "format", "is no field of Istio, which refuses the document", "its labels are kept as fields of log lines");
            foreach (YamlEntry entry in format.MapEntries("labels"))
            {
                if (format.TextOf(entry.Value, $"{format.PathOf("labels")}.{entry.Key}") is { } value)
                {
                    labels.Add(new HeaderValue(entry.Key, value, entry.KeySpan));
                }
            }

            format.Done();
        }

        TelemetryAccessLog log = new(
            Providers(record), match is null ? TelemetryMode.ClientAndServer : Mode(match), record.Boolean("disabled"), filter?.Text("expression"), labels, record.Span);
        match?.Done();
        filter?.Done();
        record.Done();
        return log;
    }

    private static TelemetryTracing Tracing(MeshRecord record)
    {
        MeshRecord? match = record.Record("match");
        if (record.Has("maxPathTagLength"))
        {
            record.Report(FindingCodes.TelemetryPathLength, "maxPathTagLength", "is a field of meshConfig.defaultConfig.tracing, Istio refuses it here", "kept as the tracing limit",
                "move it to meshConfig.defaultConfig.tracing");
        }

        TelemetryTracing tracing = new()
        {
            Span = record.Span,
            Providers = Providers(record),
            Mode = match is null ? TelemetryMode.ClientAndServer : Mode(match),
            RandomSamplingPercentage = record.Number("randomSamplingPercentage", 0, 100),
            DisableSpanReporting = record.Boolean("disableSpanReporting"),
            UseRequestIdForTraceSampling = record.Boolean("useRequestIdForTraceSampling"),
            CustomTags = CustomTags(record),
            MaxPathTagLength = record.Integer("maxPathTagLength"),
        };
        match?.Done();
        record.Accept("enableIstioTags");
        record.Done();
        return tracing;
    }

    private static List<CustomTag> CustomTags(MeshRecord tracing)
    {
        List<CustomTag> tags = [];
        foreach (YamlEntry entry in tracing.MapEntries("customTags"))
        {
            string path = $"{tracing.PathOf("customTags")}.{entry.Key}";
            if (entry.Value is not YamlMapping map)
            {
                tracing.Load.Add(FindingCodes.MeshWrongType, entry.Value.Span, path, $"{path}: expected a map");
                continue;
            }

            MeshRecord record = new(tracing.Load, map, path, tracing.Namespace);
            record.OneOf("literal", "environment", "header", "formatter");
            (CustomTagSource Source, string Field, string Name)[] sources =
            [
                (CustomTagSource.Literal, "literal", "value"), (CustomTagSource.Environment, "environment", "name"),
                (CustomTagSource.Header, "header", "name"), (CustomTagSource.Formatter, "formatter", "value"),
            ];
            foreach ((CustomTagSource source, string field, string name) in sources)
            {
                if (record.Record(field) is not { } inner)
                {
                    continue;
                }

                if (inner.Required(name) is { } value)
                {
                    tags.Add(new CustomTag(entry.Key, source, value, inner.Text("defaultValue"), record.Span));
                    if (source == CustomTagSource.Header && value == ":status")
                    {
                        inner.Report(FindingCodes.StatusTag, name, "':status' is a header of the response; Istio reads those of the request and omits the tag",
                            "kept, to be read from the response");
                    }
                }

                inner.Accept("defaultValue");
                inner.Done();
            }

            record.Done();
        }

        return tags;
    }

    private static TelemetryMode Mode(MeshRecord match) =>
        match.Choice<TelemetryMode>("mode",
            ("CLIENT_AND_SERVER", TelemetryMode.ClientAndServer), ("CLIENT", TelemetryMode.Client), ("SERVER", TelemetryMode.Server))
        ?? TelemetryMode.ClientAndServer;

    private static IReadOnlyList<LocatedName> Providers(MeshRecord record)
    {
        List<LocatedName> providers = [];
        foreach (MeshRecord provider in record.Records("providers"))
        {
            if (provider.Required("name") is { } name)
            {
                providers.Add(new LocatedName(name, provider.SpanOf("name")));
            }

            provider.Done();
        }

        return providers;
    }
}
