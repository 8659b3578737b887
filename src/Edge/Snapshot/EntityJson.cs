using System.Text.Json;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>
/// Entities as Kong's log shows them: the fields that have a value, without secrets (<c>kong/pdk/log.lua</c>). Made once per configuration, so
/// that an entry only copies bytes. The times are those of the load, as in DB-less mode.
/// </summary>
internal sealed class EntityJson(long loadedAt)
{
    /// <summary>Id of Kong's one workspace without a database.</summary>
    public const string WorkspaceId = "0dc6f45b-8f8d-40d2-a504-473544ee190b";

    public byte[] Route(KongRoute route) => Write(route, writer =>
    {
        Text(writer, "name", route.Name);
        List(writer, "protocols", route.Protocols);
        List(writer, "methods", route.Methods);
        List(writer, "hosts", [.. route.Hosts.Select(static host => host.Text)]);
        List(writer, "paths", [.. route.Paths.Select(static path => path.Text)]);
        List(writer, "snis", route.Snis);
        if (route.Headers.Count != 0)
        {
            writer.WriteStartObject("headers");
            foreach (KongHeaderMatch header in route.Headers)
            {
                List(writer, header.Name, header.Pattern is { } pattern ? ["~*" + pattern] : header.Values);
            }

            writer.WriteEndObject();
        }

        writer.WriteNumber("https_redirect_status_code", route.HttpsRedirectStatusCode);
        writer.WriteNumber("regex_priority", route.RegexPriority);
        writer.WriteBoolean("strip_path", route.StripPath);
        writer.WriteString("path_handling", route.PathHandling);
        writer.WriteBoolean("preserve_host", route.PreserveHost);
        writer.WriteBoolean("request_buffering", route.RequestBuffering);
        writer.WriteBoolean("response_buffering", route.ResponseBuffering);
        Reference(writer, "service", route.Service);
    });

    public byte[] Service(KongService service) => Write(service, writer =>
    {
        Text(writer, "name", service.Name);
        writer.WriteString("protocol", service.Protocol);
        writer.WriteString("host", service.Host);
        writer.WriteNumber("port", service.Port);
        Text(writer, "path", service.Path);
        writer.WriteNumber("retries", service.Retries);
        writer.WriteNumber("connect_timeout", (long)service.ConnectTimeout.TotalMilliseconds);
        writer.WriteNumber("write_timeout", (long)service.WriteTimeout.TotalMilliseconds);
        writer.WriteNumber("read_timeout", (long)service.ReadTimeout.TotalMilliseconds);
        writer.WriteBoolean("enabled", service.Enabled);
        if (service.TlsVerify is { } verify)
        {
            writer.WriteBoolean("tls_verify", verify);
        }

        if (service.TlsVerifyDepth is { } depth)
        {
            writer.WriteNumber("tls_verify_depth", depth);
        }

        Reference(writer, "client_certificate", service.ClientCertificate);
    });

    public byte[] Consumer(KongConsumer consumer) => Write(consumer, writer =>
    {
        Text(writer, "username", consumer.Username);
        Text(writer, "custom_id", consumer.CustomId);
    });

    private byte[] Write(KongEntity entity, Action<Utf8JsonWriter> fields)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("id", entity.Id);
            fields(writer);
            List(writer, "tags", entity.Tags);
            writer.WriteNumber("created_at", loadedAt);
            writer.WriteNumber("updated_at", loadedAt);
            writer.WriteString("ws_id", WorkspaceId);
            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static void Text(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }

    private static void Reference(Utf8JsonWriter writer, string name, EntityRef? reference)
    {
        if (reference is not null)
        {
            writer.WriteStartObject(name);
            writer.WriteString("id", reference.Id);
            writer.WriteEndObject();
        }
    }

    private static void List(Utf8JsonWriter writer, string name, IReadOnlyList<string> values)
    {
        if (values.Count == 0)
        {
            return;
        }

        writer.WriteStartArray(name);
        foreach (string value in values)
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }
}
