using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong.Plugins;

/// <summary>Reads <c>zipkin</c> (<c>kong/plugins/zipkin/schema.lua</c>).</summary>
internal static class ZipkinReader
{
    private static readonly string[] HeaderTypes =
        ["preserve", "ignore", "b3", "b3-single", "w3c", "jaeger", "ot", "aws", "gcp", "datadog"];

    private static readonly string[] ProtectedTags =
    [
        "error", "http.method", "http.path", "http.status_code", "kong.balancer.state", "kong.balancer.try", "kong.consumer", "kong.credential",
        "kong.node.id", "kong.route", "kong.service", "lc", "peer.hostname",
    ];

    private static readonly string Reserved = $"must not be one of: {string.Join(", ", ProtectedTags)}";

    public static ZipkinConfig Read(RecordReader config)
    {
        string? endpoint = config.Text("http_endpoint");
        if (endpoint is not null)
        {
            TelemetryReader.CheckUrl(config, "http_endpoint", endpoint);
            if (Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? parsed) && parsed.AbsolutePath == "/api/traces")
            {
                config.Report(FindingCodes.ThriftEndpoint, "http_endpoint", "this is Jaeger's Thrift collector, which refuses Zipkin spans",
                    hint: "use port 9411 and /api/v2/spans");
            }
        }

        return new ZipkinConfig
        {
            HttpEndpoint = endpoint,
            SampleRatio = Ratio(config),
            LocalServiceName = config.Text("local_service_name") ?? "kong",
            DefaultServiceName = config.Text("default_service_name"),
            IncludeCredential = config.Boolean("include_credential") ?? true,
            TraceIdByteCount = Bytes(config),
            HeaderType = config.Choice("header_type", "preserve", HeaderTypes),
            DefaultHeaderType = config.Choice("default_header_type", "b3", HeaderTypes.AsSpan(2)),
            Propagation = Propagation(config),
            TagsHeader = TagsHeader(config),
            StaticTags = StaticTags(config),
            HeaderTags = HeaderTags(config),
            HttpSpanName = config.Choice("http_span_name", "method", "method", "method_path"),
            ConnectTimeout = config.Milliseconds("connect_timeout") ?? TimeSpan.FromSeconds(2),
            SendTimeout = config.Milliseconds("send_timeout") ?? TimeSpan.FromSeconds(5),
            ReadTimeout = config.Milliseconds("read_timeout") ?? TimeSpan.FromSeconds(5),
            HttpResponseHeaderForTraceId = ResponseHeader(config),
            PhaseDurationFlavor = config.Choice("phase_duration_flavor", "annotations", "annotations", "tags"),
            Queue = TelemetryReader.ReadQueue(config.Record("queue")),
        };
    }

    // Any of the three lists makes the record count, header_type then does not (Kong: get_plugin_params).
    private static PropagationConfig? Propagation(RecordReader config)
    {
        if (!config.Has("propagation"))
        {
            return null;
        }

        RecordReader record = config.Record("propagation");
        string[] formats = [.. HeaderTypes.AsSpan(2)];
        IReadOnlyList<string>? extract = record.Choices("extract", "array", [.. formats.Where(static format => format != "b3-single")]);
        IReadOnlyList<string>? inject = record.Choices("inject", "array", ["preserve", .. formats]);
        IReadOnlyList<LocatedText>? clear = record.Texts("clear");
        string format = record.Choice("default_format", "b3", formats);
        record.Done();
        return extract is null && inject is null && clear is null ? null : new PropagationConfig
        {
            Extract = extract ?? [],
            Inject = inject ?? [],
            Clear = [.. (clear ?? []).Select(static name => name.Text)],
            DefaultFormat = format,
        };
    }

    // Kong writes whatever stands here; a name that is none would break every answer.
    private static string? ResponseHeader(RecordReader config)
    {
        string? name = config.Text("http_response_header_for_traceid");
        if (name is null || EntityFields.IsHeaderName(name))
        {
            return name;
        }

        config.Report(FindingCodes.BadValue, "http_response_header_for_traceid", "bad header name");
        return null;
    }

    private static int Bytes(RecordReader config)
    {
        long count = config.Integer("traceid_byte_count") ?? 16;
        if (count is 8 or 16)
        {
            return (int)count;
        }

        config.Report(FindingCodes.NotAllowed, "traceid_byte_count", "expected one of: 8, 16", hint: $"it is {count}");
        return 16;
    }

    private static double Ratio(RecordReader config)
    {
        double? ratio = config.Number("sample_ratio", 0, 1);
        if (config.Has("sample_rate"))
        {
            double? old = config.Number("sample_rate", 0, 1);
            config.Report(FindingCodes.SampleRate, "sample_rate", "unknown field", ratio is null ? "read as sample_ratio" : "ignored, sample_ratio is given too",
                "did you mean 'sample_ratio'?");
            ratio ??= old;
        }

        return ratio ?? 0.001;
    }

    private static string? TagsHeader(RecordReader config)
    {
        string? name = config.Text("tags_header") ?? "Zipkin-Tags";
        if (config.Entry("tag_header") is not { } entry)
        {
            return name;
        }

        string action;
        if (entry.Value is YamlScalar { Type: YamlScalarType.Boolean } flag)
        {
            name = flag.Number != 0 ? name : null;
            action = flag.Number != 0 ? $"tags are read from {name}" : "tags of clients are not read";
        }
        else
        {
            name = config.Text("tag_header") ?? name;
            action = $"tags are read from {name}";
        }

        config.Report(FindingCodes.TagHeader, "tag_header", "unknown field", action, "did you mean 'tags_header'? It is a header name");
        return name;
    }

    private static List<KeyValuePair<string, string>> HeaderTags(RecordReader config)
    {
        if (config.Text("header_tag") is not { } tag)
        {
            return [];
        }

        int marker = tag.LastIndexOf("headers.", StringComparison.Ordinal);
        string field = marker < 0 ? "" : tag[(marker + 8)..].ToLowerInvariant();
        bool usable = EntityFields.IsHeaderName(field);
        config.Report(FindingCodes.HeaderTag, "header_tag", "unknown field",
            usable ? $"taken as an extension: the request span gets the tag '{tag}' from the header {field}" : "left out: it names no header after 'headers.'");
        return usable ? [new(tag, field)] : [];
    }

    private static List<KeyValuePair<string, string>> StaticTags(RecordReader config)
    {
        List<KeyValuePair<string, string>> tags = [];
        foreach ((YamlMapping map, string path) in config.Maps("static_tags"))
        {
            RecordReader item = new(config.Load, map, path, guards: false);
            (string? name, string? value) = (null, null);
            if (map.Find("name") is null && map.Entries.Count == 1)
            {
                name = map.Entries[0].Key;
                value = item.Located(name)?.Text;
                config.Load.Findings.Add(FindingCodes.StaticTags, map.Entries[0].KeySpan, path,
                    $"config.static_tags: name: required field missing, {name}: unknown field", $"read as name: {name} with its value",
                    $"write '- name: {name}' and 'value: ...'",
                    [
                        item.ErrorAt("name", "required field missing"),
                        .. map.Find("value") is null ? [item.ErrorAt("value", "required field missing"), item.ErrorAt(name, "unknown field")] : Array.Empty<KongError>(),
                    ]);
            }
            else
            {
                name = item.Text("name", required: true);
                value = item.Text("value", required: true);
                item.Done();
            }

            if (name is null || value is null)
            {
                continue;
            }

            if (ProtectedTags.Contains(name))
            {
                config.Load.Findings.Add(FindingCodes.NotAllowed, map.Span, path, $"config.static_tags: {Reserved}",
                    kong: [item.ErrorAt("name", Reserved)]);
            }
            else if (tags.Exists(tag => tag.Key == name))
            {
                config.Load.Findings.Add(FindingCodes.EntityCheck, map.Span, path, $"config.static_tags: repeated tags are not allowed: {name}",
                    kong: [config.ErrorAt("static_tags", $"repeated tags are not allowed: {name}")]);
            }
            else
            {
                tags.Add(new(name, value));
            }
        }

        return tags;
    }
}
