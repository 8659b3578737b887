using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Admin.Schemas;

/// <summary>
/// Completes what was written by a schema as Kong's <c>process_auto_fields</c> does: every field is there, with its default or null, and values
/// have their field's type. Secrets are masked on the way. Pure.
/// </summary>
/// <param name="showSecrets">True to leave secrets as they are.</param>
internal readonly struct SchemaDefaults(bool showSecrets)
{
    /// <summary>The complete record; fields that the schema does not know are left out.</summary>
    public JsonObject Complete(JsonObject fields, JsonObject? written)
    {
        JsonObject result = [];
        foreach ((string name, JsonNode? attributes) in fields)
        {
            JsonObject field = attributes!.AsObject();
            JsonNode? value = written?[name];
            if (value is not null || field["extension"] is null)
            {
                result[name] = Value(name, field, value);
            }
        }

        return result;
    }

    private JsonNode? Value(string name, JsonObject field, JsonNode? written)
    {
        string type = field["type"]!.GetValue<string>();
        if (type == "record")
        {
            bool filled = written is not null || field["required"] is not null || field["default"] is not null;
            return filled ? Complete(field["fields"]!.AsObject(), written as JsonObject) : null;
        }

        if (written is null)
        {
            return KongJson.Clone(field["default"]);
        }

        return type switch
        {
            "array" or "set" => List(name, field, written, isSet: type == "set"),
            "map" => Map(name, field, written),
            "string" => Text(name, field, written),
            "number" or "integer" => Parsed(written, static text => double.TryParse(
                text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? KongJson.Number(number) : null),
            "boolean" => Parsed(written, static text => bool.TryParse(text, out bool flag) ? (JsonNode)flag : null),
            _ => KongJson.Clone(written),
        };
    }

    private JsonArray List(string name, JsonObject field, JsonNode written, bool isSet)
    {
        JsonObject elements = field["elements"]!.AsObject();
        JsonArray result = [];
        IEnumerable<JsonNode?> items = written switch
        {
            JsonArray list => list,
            JsonObject => [],
            _ => [written],
        };
        foreach (JsonNode? item in items)
        {
            JsonNode? value = Value(name, elements, item);
            if (!isSet || !result.Any(earlier => JsonNode.DeepEquals(earlier, value)))
            {
                result.Add(value);
            }
        }

        return result;
    }

    private JsonObject Map(string name, JsonObject field, JsonNode written)
    {
        JsonObject result = [];
        if (written is JsonObject map)
        {
            foreach ((string key, JsonNode? value) in map)
            {
                result[key] = Value(name, field["values"]!.AsObject(), value);
            }
        }

        return result;
    }

    private JsonNode Text(string name, JsonObject field, JsonNode written)
    {
        string text = written.GetValueKind() == JsonValueKind.String ? written.GetValue<string>() : written.ToJsonString();
        if (showSecrets)
        {
            return text;
        }

        if (field["encrypted"] is not null && name != "http_endpoint" && text.Length > 0)
        {
            return Secret.Mask;
        }

        // Only user info and query of a URL are secret; the rest says where logs go.
        return name == "http_endpoint" ? UrlText.WithoutSecrets(text) : UrlText.WithoutUserInfo(text);
    }

    private static JsonNode? Parsed(JsonNode written, Func<string, JsonNode?> parse) =>
        written.GetValueKind() == JsonValueKind.String ? parse(written.GetValue<string>()) : KongJson.Clone(written);
}
