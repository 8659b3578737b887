using System.Buffers;
using System.Text;
using System.Text.Json;
using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong;

/// <summary>Writes a node of a document as JSON, as it was written. Pure.</summary>
internal static class WrittenJson
{
    // Aliases may name one long text very often: a short document must not become a huge one.
    private const int LongestConfig = 1 << 20;
    private const int LongestDocument = 64 << 20;

    /// <summary>
    /// The text of a mapping with its references expanded (what has no value is null); null when there is none, or when it is longer than 1 MiB.
    /// </summary>
    public static Secret? Of(YamlNode? node, VariableExpander expander) => node is YamlMapping map
        && Text(map, text => expander.Expand(text) is { Missing.Count: 0 } expansion ? expansion.Text : null, LongestConfig) is { } json
            ? new Secret(json)
            : null;

    /// <summary>The text of a node, nothing expanded; null when it is longer than 64 MiB.</summary>
    public static string? Literal(YamlNode node) => Text(node, static text => text, LongestDocument);

    private static string? Text(YamlNode node, Func<string, string?> expand, int limit)
    {
        ArrayBufferWriter<byte> buffer = new();
        using Utf8JsonWriter writer = new(buffer, new JsonWriterOptions { SkipValidation = true });
        if (!Write(writer, node, expand, limit))
        {
            return null;
        }

        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    // False when the limit is passed.
    private static bool Write(Utf8JsonWriter writer, YamlNode node, Func<string, string?> expand, int limit)
    {
        switch (node)
        {
            case YamlMapping map:
                writer.WriteStartObject();
                foreach (YamlEntry entry in map.Distinct)
                {
                    writer.WritePropertyName(Whole(entry.Key));
                    if (!Write(writer, entry.Value, expand, limit))
                    {
                        return false;
                    }
                }

                writer.WriteEndObject();
                break;
            case YamlSequence list:
                writer.WriteStartArray();
                foreach (YamlNode item in list.Items)
                {
                    if (!Write(writer, item, expand, limit))
                    {
                        return false;
                    }
                }

                writer.WriteEndArray();
                break;
            case YamlScalar scalar:
                Write(writer, scalar, expand);
                break;
        }

        return writer.BytesCommitted + writer.BytesPending <= limit;
    }

    private static void Write(Utf8JsonWriter writer, YamlScalar scalar, Func<string, string?> expand)
    {
        switch (scalar.Type)
        {
            case YamlScalarType.Null:
                writer.WriteNullValue();
                break;
            case YamlScalarType.Boolean:
                writer.WriteBooleanValue(scalar.Number != 0);
                break;
            case YamlScalarType.Integer when Math.Abs(scalar.Number) <= 1L << 53:
                writer.WriteNumberValue((long)scalar.Number);
                break;
            case YamlScalarType.Integer or YamlScalarType.Float when double.IsFinite(scalar.Number):
                writer.WriteNumberValue(scalar.Number);
                break;
            default:
                if (expand(scalar.Text) is { } text)
                {
                    writer.WriteStringValue(Whole(text));
                }
                else
                {
                    writer.WriteNullValue();
                }

                break;
        }
    }

    // Half of a surrogate pair, which an escape of YAML can make, is no text that JSON could carry.
    private static string Whole(string text) => text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0
        ? text
        : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
