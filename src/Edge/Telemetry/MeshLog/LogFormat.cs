using System.Text;
using System.Text.Json;

namespace VoltageSoda.Edge.Telemetry.MeshLog;

/// <summary>
/// A format of the access log of Gateway listeners, compiled once: Envoy's operators between literal text, or a JSON object of such texts.
/// Immutable, thread-safe.
/// </summary>
public sealed class LogFormat
{
    /// <summary>What Istio writes when no format is given (<c>pilot/pkg/model/telemetry_logging.go</c>).</summary>
    public const string DefaultText =
        "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" %RESPONSE_CODE% %RESPONSE_FLAGS% "
        + "%RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% \"%UPSTREAM_TRANSPORT_FAILURE_REASON%\" %BYTES_RECEIVED% %BYTES_SENT% "
        + "%DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% \"%REQ(X-FORWARDED-FOR)%\" \"%REQ(USER-AGENT)%\" \"%REQ(X-REQUEST-ID)%\" "
        + "\"%REQ(:AUTHORITY)%\" \"%UPSTREAM_HOST%\" %UPSTREAM_CLUSTER_RAW% %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% "
        + "%DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %ROUTE_NAME%\n";

    /// <summary>The same for JSON.</summary>
    public const string DefaultJson =
        """
        {"start_time":"%START_TIME%","route_name":"%ROUTE_NAME%","method":"%REQ(:METHOD)%","path":"%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
        "protocol":"%PROTOCOL%","response_code":"%RESPONSE_CODE%","response_flags":"%RESPONSE_FLAGS%",
        "response_code_details":"%RESPONSE_CODE_DETAILS%","connection_termination_details":"%CONNECTION_TERMINATION_DETAILS%",
        "bytes_received":"%BYTES_RECEIVED%","bytes_sent":"%BYTES_SENT%","duration":"%DURATION%",
        "upstream_service_time":"%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%","x_forwarded_for":"%REQ(X-FORWARDED-FOR)%",
        "user_agent":"%REQ(USER-AGENT)%","request_id":"%REQ(X-REQUEST-ID)%","authority":"%REQ(:AUTHORITY)%",
        "upstream_host":"%UPSTREAM_HOST%","upstream_cluster":"%UPSTREAM_CLUSTER_RAW%","upstream_local_address":"%UPSTREAM_LOCAL_ADDRESS%",
        "downstream_local_address":"%DOWNSTREAM_LOCAL_ADDRESS%","downstream_remote_address":"%DOWNSTREAM_REMOTE_ADDRESS%",
        "requested_server_name":"%REQUESTED_SERVER_NAME%","upstream_transport_failure_reason":"%UPSTREAM_TRANSPORT_FAILURE_REASON%"}
        """;

    private readonly LogSegment[] _segments;

    private LogFormat(List<LogSegment> segments, bool isJson)
    {
        _segments = [.. segments];
        IsJson = isJson;
    }

    /// <summary>Whether lines are JSON objects.</summary>
    public bool IsJson { get; }

    internal ReadOnlySpan<LogSegment> Segments => _segments;

    /// <summary>
    /// Compiles the format of a mesh. A text that is no JSON object stands for Istio's default where JSON is asked for, as Istio does.
    /// </summary>
    /// <param name="format">As configured; null or empty for the default.</param>
    /// <param name="json">Whether JSON is asked for.</param>
    /// <param name="unknown">Told each operator that does not exist; it is written <c>-</c>.</param>
    public static LogFormat Compile(string? format, bool json, Action<string> unknown)
    {
        ArgumentNullException.ThrowIfNull(unknown);
        List<LogSegment> segments = [];
        if (!json)
        {
            Text(string.IsNullOrEmpty(format) ? DefaultText : format, inJson: false, unknown, segments);
            return new LogFormat(segments, isJson: false);
        }

        using JsonDocument document = Parse(format) ?? JsonDocument.Parse(DefaultJson);
        Element(document.RootElement, unknown, segments);
        Literal(segments, "\n");
        return new LogFormat(segments, isJson: true);
    }

    private static JsonDocument? Parse(string? format)
    {
        if (string.IsNullOrEmpty(format))
        {
            return null;
        }

        try
        {
            JsonDocument document = JsonDocument.Parse(format);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document;
            }

            document.Dispose();
        }
        catch (JsonException)
        {
            // Istio takes its default then.
        }

        return null;
    }

    private static void Element(JsonElement element, Action<string> unknown, List<LogSegment> segments)
    {
        string separator = "";
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                Literal(segments, "{");
                foreach (JsonProperty member in element.EnumerateObject())
                {
                    Literal(segments, $"{separator}\"{JsonEncodedText.Encode(member.Name)}\":");
                    Element(member.Value, unknown, segments);
                    separator = ",";
                }

                Literal(segments, "}");
                break;
            case JsonValueKind.Array:
                Literal(segments, "[");
                foreach (JsonElement item in element.EnumerateArray())
                {
                    Literal(segments, separator);
                    Element(item, unknown, segments);
                    separator = ",";
                }

                Literal(segments, "]");
                break;
            case JsonValueKind.String:
                String(element.GetString()!, unknown, segments);
                break;
            default:
                Literal(segments, element.GetRawText());
                break;
        }
    }

    private static void String(string text, Action<string> unknown, List<LogSegment> segments)
    {
        List<LogSegment> parts = [];
        Text(text, inJson: true, unknown, parts);
        if (parts is [{ Operator: not LogOperator.Literal } lone])
        {
            segments.Add(lone with { IsLone = true });
            return;
        }

        Literal(segments, "\"");
        segments.AddRange(parts);
        Literal(segments, "\"");
    }

    private static void Text(string format, bool inJson, Action<string> unknown, List<LogSegment> segments)
    {
        StringBuilder literal = new();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                literal.Append(format[i]);
                continue;
            }

            if (i + 1 < format.Length && format[i + 1] == '%')
            {
                literal.Append('%');
                i++;
                continue;
            }

            int end = LogOperatorReader.EndOf(format, i);
            if (end < 0)
            {
                unknown(format[i..]);
                literal.Append('-');
                break;
            }

            Flush();
            segments.Add(LogOperatorReader.Read(format[(i + 1)..end], unknown));
            i = end;
        }

        Flush();
        return;

        void Flush()
        {
            Literal(segments, inJson ? JsonEncodedText.Encode(literal.ToString()).ToString() : literal.ToString());
            literal.Clear();
        }
    }

    private static void Literal(List<LogSegment> segments, string text)
    {
        if (text.Length != 0)
        {
            segments.Add(new LogSegment { Operator = LogOperator.Literal, Text = Encoding.UTF8.GetBytes(text) });
        }
    }
}
