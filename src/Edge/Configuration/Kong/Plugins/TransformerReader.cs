using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong.Plugins;

/// <summary>Reads <c>request-transformer</c> and <c>response-transformer</c> (<c>kong/plugins/*/schema.lua</c>).</summary>
internal static class TransformerReader
{
    // Written by the proxy stage after the plugins (kong/runloop/handler.lua).
    private static readonly string[] AlwaysSent =
        ["x-real-ip", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-forwarded-path", "x-forwarded-prefix"];

    // Added to responses after the plugins (kong/init.lua, header_filter).
    private static readonly string[] AddedLast =
        ["via", "x-kong-proxy-latency", "x-kong-upstream-latency", "x-kong-response-latency", "x-kong-request-id"];

    public static RequestTransformerConfig ReadRequest(RecordReader config)
    {
        RecordReader[] verbs = Verbs(config);
        RequestTransformerConfig result = new()
        {
            HttpMethod = ReadMethod(config),
            ReplaceUri = ReadUri(verbs[2]),
            Headers = Edits(verbs, "headers", headers: true, request: true),
            Querystring = Edits(verbs, "querystring", headers: false, request: true),
            Body = Edits(verbs, "body", headers: false, request: true),
        };
        Array.ForEach(verbs, verb => verb.Done());
        return result;
    }

    public static ResponseTransformerConfig ReadResponse(RecordReader config)
    {
        RecordReader[] verbs = Verbs(config);
        ResponseTransformerConfig result = new()
        {
            Headers = Edits(verbs, "headers", headers: true, request: false),
            Json = Edits(verbs, "json", headers: false, request: false),
        };
        Array.ForEach(verbs, verb => verb.Done());
        return result;
    }

    private static string? ReadMethod(RecordReader config)
    {
        string? method = config.Text("http_method");
        if (method is not null && !method.All(char.IsAsciiLetterUpper))
        {
            config.Report(FindingCodes.BadValue, "http_method", $"invalid value: {method}");
        }

        return method;
    }

    private static RecordReader[] Verbs(RecordReader config) =>
        [config.Record("remove"), config.Record("rename"), config.Record("replace"), config.Record("add"), config.Record("append")];

    private static ValueTemplate? ReadUri(RecordReader replace) =>
        replace.Located("uri") is { } uri ? Template(replace.Load, uri, uri.Text, allowTemplates: true) : null;

    private static TransformEdits Edits(RecordReader[] verbs, string part, bool headers, bool request) => new()
    {
        Remove = Remove(verbs[0], part, headers, request),
        Rename = Pairs(verbs[1], part, headers, request, rename: true, types: null),
        Replace = Pairs(verbs[2], part, headers, request, rename: false, Types(verbs[2], part)),
        Add = Pairs(verbs[3], part, headers, request, rename: false, Types(verbs[3], part)),
        Append = Pairs(verbs[4], part, headers, request, rename: false, Types(verbs[4], part)),
    };

    private static List<TransformEntry> Remove(RecordReader verb, string part, bool headers, bool request)
    {
        List<TransformEntry> entries = [];
        foreach (LocatedText text in verb.Texts(part) ?? [])
        {
            if (headers && !EntityFields.IsHeaderName(text.Text))
            {
                verb.Load.Findings.Add(FindingCodes.BadValue, text.Span, text.Path, $"config.remove.{part}: '{text.Text}' is not a valid header");
                continue;
            }

            if (headers && !request && AddedLast.Contains(text.Text.ToLowerInvariant()))
            {
                verb.Load.Findings.Add(FindingCodes.GatewayHeaderRemoval, text.Span, text.Path,
                    $"config.remove.{part}: '{text.Text}' is added after the plugins ran, so that removing it has no effect",
                    hint: "KONG_HEADERS switches it off");
            }

            entries.Add(new TransformEntry(text.Text, null, JsonValueType.Text, text.Span));
        }

        return entries;
    }

    private static List<TransformEntry> Pairs(
        RecordReader verb, string part, bool headers, bool request, bool rename, IReadOnlyList<JsonValueType>? types)
    {
        List<TransformEntry> entries = [];
        IReadOnlyList<LocatedText> texts = verb.Texts(part) ?? [];
        for (int i = 0; i < texts.Count; i++)
        {
            if (Pair(verb, part, texts[i], headers, request, rename) is { } entry)
            {
                entries.Add(types is not null && i < types.Count ? entry with { JsonType = types[i] } : entry);
            }
        }

        return entries;
    }

    private static TransformEntry? Pair(RecordReader verb, string part, LocatedText text, bool headers, bool request, bool rename)
    {
        FindingList findings = verb.Load.Findings;
        string shown = $"config.{verb.Path[(verb.Path.LastIndexOf('.') + 1)..]}.{part}";
        int colon = text.Text.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0)
        {
            bool sent = request && headers && AlwaysSent.Contains(text.Text.ToLowerInvariant());
            findings.Add(
                sent ? FindingCodes.ForwardedHeaderEntry : FindingCodes.EntryWithoutValue,
                text.Span,
                text.Path,
                $"{shown}: invalid value: {text.Text} (no value)",
                sent ? "left out; the gateway always sends this header" : "left out",
                sent ? "remove the entry" : $"write '{text.Text}:value'");
            return null;
        }

        // Kong's pattern ^([^:]+):*(.-)$: the name ends at the first colon, further colons are eaten.
        string name = text.Text[..colon];
        string value = text.Text[colon..].TrimStart(':');
        if (headers && !EntityFields.IsHeaderName(name))
        {
            findings.Add(FindingCodes.BadValue, text.Span, text.Path, $"{shown}: '{name}' is not a valid header");
            return null;
        }

        if (headers && rename && !EntityFields.IsHeaderName(value))
        {
            findings.Add(FindingCodes.BadValue, text.Span, text.Path, $"{shown}: '{value}' is not a valid header");
            return null;
        }

        if (headers && !EntityFields.IsHeaderValue(value))
        {
            findings.Add(FindingCodes.BadValue, text.Span, text.Path, $"{shown}: a control character cannot be sent in a header");
            return null;
        }

        if (!headers && value.Length == 0)
        {
            findings.Add(FindingCodes.BadValue, text.Span, text.Path, $"{shown}: key '{name}' has no value");
            return null;
        }

        ValueTemplate? template = value.Length == 0 ? null : Template(verb.Load, text, value, request);
        return new TransformEntry(name, template, JsonValueType.Text, text.Span);
    }

    private static ValueTemplate Template(KongLoad load, LocatedText text, string value, bool allowTemplates)
    {
        if (allowTemplates && !TemplateParser.TryParse(value, out ValueTemplate template, out string error))
        {
            load.Findings.Add(FindingCodes.BadValue, text.Span, text.Path, $"value '{value}' is not in supported format, error: {error}");
            return template;
        }

        return allowTemplates && TemplateParser.TryParse(value, out template, out _) ? template : ValueTemplate.Literal(value);
    }

    private static List<JsonValueType>? Types(RecordReader verb, string part)
    {
        if (part != "json")
        {
            return null;
        }

        return verb.Choices("json_types", "array", "boolean", "number", "string")?.Select(word => word switch
        {
            "boolean" => JsonValueType.Boolean,
            "number" => JsonValueType.Number,
            _ => JsonValueType.Text,
        }).ToList();
    }
}
