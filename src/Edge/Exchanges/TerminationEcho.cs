using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.Authorization;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>
/// The body of request-termination's echo (P/request-termination/handler.lua): a copy of the request, and what it matched. For debugging, so
/// that it may allocate. Stateless.
/// </summary>
internal static class TerminationEcho
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Describe(Exchange exchange, RequestTermination termination)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream, Options))
        {
            writer.WriteStartObject();
            if (termination.Message is { } message)
            {
                writer.WriteString("message", message);
            }

            Node(writer, exchange.Worker.Node);
            Request(writer, exchange);
            if (exchange.Route is { } route)
            {
                Route(writer, route.Source);
                if (route.Service is { } service)
                {
                    Service(writer, service.Source);
                }
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static void Node(Utf8JsonWriter writer, NodeIdentity? node)
    {
        writer.WriteStartObject("kong");
        writer.WriteString("node_id", node?.NodeId);
        writer.WriteNumber("worker_pid", node?.ProcessId ?? Environment.ProcessId);
        writer.WriteString("hostname", node?.Hostname);
        writer.WriteEndObject();
    }

    private static void Request(Utf8JsonWriter writer, Exchange exchange)
    {
        RequestHead request = exchange.Request;
        writer.WriteStartObject("request");
        writer.WriteString("scheme", exchange.Connection.IsTls ? "https" : "http");
        writer.WriteString("host", Text(exchange.HostWithoutPort));
        writer.WriteNumber("port", exchange.Connection.ListenerPort);
        writer.WritePropertyName("headers");
        Write(writer, Headers(request.Headers));
        writer.WritePropertyName("query");
        Write(writer, Query(exchange.QueryWithoutMark));
        string body = Text(exchange.Collected.AsSpan(0, exchange.CollectedLength));
        Body(writer, Text(request.Headers.FirstValue(KnownHeader.ContentType)), body);
        writer.WriteString("raw_body", body);
        writer.WriteString("method", Text(request.MethodBytes));
        writer.WriteString("path", Text(request.Path));
        writer.WriteEndObject();
    }

    private static void Body(Utf8JsonWriter writer, string contentType, string body)
    {
        if (contentType.Contains("application/json", StringComparison.OrdinalIgnoreCase) && IsJson(body))
        {
            writer.WritePropertyName("body");
            writer.WriteRawValue(body);
        }
        else if (contentType.Contains("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase))
        {
            writer.WritePropertyName("body");
            Write(writer, Query(Encoding.UTF8.GetBytes(body)));
        }
    }

    private static bool IsJson(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void Route(Utf8JsonWriter writer, KongRoute route)
    {
        writer.WriteStartObject("matched_route");
        writer.WriteString("id", route.Id.ToString());
        writer.WriteString("name", route.Name);
        List(writer, "protocols", route.Protocols);
        List(writer, "methods", route.Methods);
        List(writer, "hosts", route.Hosts.Select(static host => host.Text));
        List(writer, "paths", route.Paths.Select(static path => path.Text));
        writer.WriteBoolean("strip_path", route.StripPath);
        writer.WriteBoolean("preserve_host", route.PreserveHost);
        writer.WriteNumber("https_redirect_status_code", route.HttpsRedirectStatusCode);
        writer.WriteNumber("regex_priority", route.RegexPriority);
        writer.WriteString("path_handling", route.PathHandling);
        if (route.Service is { } service)
        {
            writer.WriteStartObject("service");
            writer.WriteString("id", service.Id.ToString());
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void Service(Utf8JsonWriter writer, KongService service)
    {
        writer.WriteStartObject("matched_service");
        writer.WriteString("id", service.Id.ToString());
        writer.WriteString("name", service.Name);
        writer.WriteString("protocol", service.Protocol);
        writer.WriteString("host", service.Host);
        writer.WriteNumber("port", service.Port);
        writer.WriteString("path", service.Path);
        writer.WriteEndObject();
    }

    private static void List(Utf8JsonWriter writer, string name, IEnumerable<string> values)
    {
        writer.WriteStartArray(name);
        foreach (string value in values)
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }

    private static IEnumerable<(string Name, string? Value)> Headers(HeaderBlock headers)
    {
        for (int i = 0; i < headers.Count; i++)
        {
            if (!headers.IsRemoved(i))
            {
                yield return (Text(headers.Name(i)).ToLowerInvariant(), Text(headers.Value(i)));
            }
        }
    }

    private static List<(string Name, string? Value)> Query(ReadOnlySpan<byte> query)
    {
        List<(string, string?)> arguments = [];
        foreach (string argument in Text(query).Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = argument.IndexOf('=', StringComparison.Ordinal);
            arguments.Add(equals < 0 ? (Decode(argument), null) : (Decode(argument[..equals]), Decode(argument[(equals + 1)..])));
        }

        return arguments;
    }

    // As Lua tables become JSON: a repeated name is a list, an argument without a value is true.
    private static void Write(Utf8JsonWriter writer, IEnumerable<(string Name, string? Value)> pairs)
    {
        writer.WriteStartObject();
        foreach (IGrouping<string, (string Name, string? Value)> group in pairs.GroupBy(static pair => pair.Name, StringComparer.Ordinal))
        {
            writer.WritePropertyName(group.Key);
            bool isList = group.Count() > 1;
            if (isList)
            {
                writer.WriteStartArray();
            }

            foreach ((_, string? value) in group)
            {
                if (value is null)
                {
                    writer.WriteBooleanValue(true);
                }
                else
                {
                    writer.WriteStringValue(value);
                }
            }

            if (isList)
            {
                writer.WriteEndArray();
            }
        }

        writer.WriteEndObject();
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
