using System.Text;
using VoltageSoda.Edge.Telemetry.MeshLog;
using VoltageSoda.Edge.Telemetry.MeshMetrics;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>
/// What a Telemetry document writes as the value of a label: of Istio's CEL expressions literals, attributes, <c>string()</c> and <c>+</c>; of the
/// templates that some write instead (<c>{{.request_headers.user_agent | default "none"}}</c>) the same attributes. Pure.
/// </summary>
internal static class TagExpression
{
    // Parts of one value.
    private const int MaxParts = 8;

    private static readonly Dictionary<string, string> Attributes = new(StringComparer.Ordinal)
    {
        ["request.host"] = "%REQ(:AUTHORITY)%",
        ["request.method"] = "%REQ(:METHOD)%",
        ["request.path"] = "%REQ(:PATH)%",
        ["request.url_path"] = "%REQ_WITHOUT_QUERY(:PATH)%",
        ["request.scheme"] = "%REQ(:SCHEME)%",
        ["request.protocol"] = "%PROTOCOL%",
        ["request.id"] = "%REQ(X-REQUEST-ID)%",
        ["request.useragent"] = "%REQ(USER-AGENT)%",
        ["request.referer"] = "%REQ(REFERER)%",
        ["request.size"] = "%BYTES_RECEIVED%",
        ["request.duration"] = "%DURATION%",
        ["response.code"] = "%RESPONSE_CODE%",
        ["response.code_details"] = "%RESPONSE_CODE_DETAILS%",
        ["response.grpc_status"] = "%GRPC_STATUS_NUMBER%",
        ["response.size"] = "%BYTES_SENT%",
        ["source.address"] = "%DOWNSTREAM_REMOTE_ADDRESS%",
        ["destination.address"] = "%DOWNSTREAM_LOCAL_ADDRESS%",
        ["destination.port"] = "%DOWNSTREAM_LOCAL_PORT%",
        ["connection.requested_server_name"] = "%REQUESTED_SERVER_NAME%",
        ["connection.tls_version"] = "%DOWNSTREAM_TLS_VERSION%",
        ["connection.termination_details"] = "%CONNECTION_TERMINATION_DETAILS%",
        ["upstream.address"] = "%UPSTREAM_HOST%",
        ["upstream.local_address"] = "%UPSTREAM_LOCAL_ADDRESS%",
        ["upstream.transport_failure_reason"] = "%UPSTREAM_TRANSPORT_FAILURE_REASON%",
        ["upstream.request_attempt_count"] = "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
        ["xds.cluster_name"] = "%UPSTREAM_CLUSTER%",
        ["xds.route_name"] = "%ROUTE_NAME%",
        ["xds.virtual_host_name"] = "%VIRTUAL_HOST_NAME%",
    };

    private static readonly Dictionary<string, string> TemplateAttributes = new(StringComparer.Ordinal)
    {
        ["request_host"] = "request.host",
        ["request_method"] = "request.method",
        ["request_path"] = "request.path",
        ["request_url_path"] = "request.url_path",
        ["request_scheme"] = "request.scheme",
        ["request_id"] = "request.id",
        ["source_ip"] = "source.ip",
        ["client_ip"] = "source.ip",
        ["user_agent"] = "request.useragent",
    };

    /// <summary>The label; null when the value cannot be read.</summary>
    public static MetricTag? Read(string name, string value)
    {
        value = value.Trim();
        MetricTag tag = new(name, value);
        return value.Contains("{{", StringComparison.Ordinal) ? Template(tag, value) : Cel(tag, value);
    }

    private static MetricTag? Cel(MetricTag tag, string value)
    {
        StringBuilder format = new();
        bool isFixed = true;
        string[] parts = Split(value);
        if (parts.Length > MaxParts)
        {
            return null;
        }

        foreach (string part in parts)
        {
            if (Literal(part) is { } literal)
            {
                format.Append(literal.Replace("%", "%%", StringComparison.Ordinal));
            }
            else if (Operator(part) is { } found)
            {
                isFixed = false;
                format.Append(found);
            }
            else
            {
                return null;
            }
        }

        return isFixed ? tag with { Fixed = format.Replace("%%", "%").ToString() } : tag with { Format = Compile(format.ToString()) };
    }

    // Terms between plus signs that stand outside of quotes and parentheses.
    private static string[] Split(string value)
    {
        List<string> parts = [];
        int start = 0;
        int depth = 0;
        char quote = '\0';
        for (int i = 0; i < value.Length; i++)
        {
            char one = value[i];
            if (quote != '\0')
            {
                quote = one == quote ? '\0' : quote;
            }
            else if (one is '\'' or '"')
            {
                quote = one;
            }
            else if (one is '(' or '[')
            {
                depth++;
            }
            else if (one is ')' or ']')
            {
                depth--;
            }
            else if (one == '+' && depth == 0)
            {
                parts.Add(value[start..i].Trim());
                start = i + 1;
            }
        }

        parts.Add(value[start..].Trim());
        return [.. parts];
    }

    private static string? Literal(string text) =>
        text.Length >= 2 && text[0] is '\'' or '"' && text[^1] == text[0] && text.IndexOf(text[0], 1) == text.Length - 1 && !text.Contains('\\', StringComparison.Ordinal)
            ? text[1..^1]
            : null;

    private static string? Operator(string text)
    {
        if (text.StartsWith("string(", StringComparison.Ordinal) && text[^1] == ')')
        {
            text = text[7..^1].Trim();
        }

        if (Attributes.TryGetValue(text, out string? known))
        {
            return known;
        }

        return Header(text, "request.headers", "REQ") ?? Header(text, "response.headers", "RESP");
    }

    private static string? Header(string text, string map, string name)
    {
        if (!text.StartsWith(map, StringComparison.Ordinal))
        {
            return null;
        }

        string rest = text[map.Length..].Trim();
        string? key = rest is ['[', .. var inner, ']'] ? Literal(inner.Trim()) : rest is ['.', .. var member] ? member : null;
        return key is { Length: > 0 } && IsFieldName(key) ? $"%{name}({key})%" : null;
    }

    private static bool IsFieldName(string text) =>
        text.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or ':' or '.');

    private static MetricTag? Template(MetricTag tag, string value)
    {
        if (!value.StartsWith("{{", StringComparison.Ordinal) || !value.EndsWith("}}", StringComparison.Ordinal) || value.IndexOf("{{", 2, StringComparison.Ordinal) >= 0)
        {
            return null;
        }

        string[] stages = value[2..^2].Split('|', StringSplitOptions.TrimEntries);
        string fallback = DestinationLabels.Unknown;
        foreach (string stage in stages.Skip(1))
        {
            if (!stage.StartsWith("default ", StringComparison.Ordinal) || Literal(stage[8..].Trim()) is not { } given)
            {
                return null;
            }

            fallback = given;
        }

        if (stages[0] is not ['.', .. var path])
        {
            return null;
        }

        int copied = MeshLabels.IndexOf(path);
        if (copied >= 0)
        {
            return tag with { Copies = copied };
        }

        string? found = path.StartsWith("request_headers.", StringComparison.Ordinal) ? Field("REQ", path[16..])
            : path.StartsWith("response_headers.", StringComparison.Ordinal) ? Field("RESP", path[17..])
            : TemplateAttributes.TryGetValue(path, out string? attribute)
                ? attribute == "source.ip" ? "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%" : Attributes[attribute]
                : null;

        // What nothing here knows never has a value.
        return found is null
            ? tag with { Fixed = fallback }
            : tag with { Format = Compile(found), Default = Encoding.UTF8.GetBytes(fallback) };
    }

    // Templates cannot write a hyphen: user_agent is User-Agent.
    private static string? Field(string name, string field) => IsFieldName(field) ? $"%{name}({field.Replace('_', '-')})%" : null;

    private static LogFormat Compile(string format) => LogFormat.Compile(format, json: false, static _ => { });
}
