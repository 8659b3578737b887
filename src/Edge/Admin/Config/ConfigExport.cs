using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using VoltageSoda.Edge.Admin.Entities;

namespace VoltageSoda.Edge.Admin.Config;

/// <summary>
/// Writes everything in force as one YAML document (<c>kong/db/declarative/export.lua</c>): every entity at top level with its id, parents by id,
/// no nulls. Pure.
/// </summary>
internal static class ConfigExport
{
    public static string Write(EntityCatalog catalog, EntityJson json, bool showSecrets)
    {
        StringBuilder text = new();
        if (!showSecrets)
        {
            text.Append("# Secrets are masked; a document with masks in it is refused when it is posted.\n");
        }

        text.Append("_format_version: '3.0'\n_transform: false\n");
        foreach (EntityKind kind in EntityKind.All)
        {
            IReadOnlyList<EntityRow> rows = catalog.Rows(kind);
            if (rows.Count == 0)
            {
                continue;
            }

            text.Append(kind.Name).Append(":\n");
            foreach (EntityRow row in rows)
            {
                JsonObject entity = row.Render(json);
                // Server names are entities of their own.
                entity.Remove(kind == EntityKind.Certificates ? "snis" : "");
                foreach (ForeignField foreign in kind.Foreign)
                {
                    entity[foreign.Field] = row.Parent(foreign.Field)?.ToString();
                }

                Members(text, entity, "  ", "- ");
            }
        }

        return text.ToString();
    }

    private static void Members(StringBuilder text, JsonObject map, string indent, string first)
    {
        string lead = first;
        foreach ((string name, JsonNode? value) in map.OrderBy(static member => member.Key, StringComparer.Ordinal))
        {
            if (value is null)
            {
                continue;
            }

            text.Append(lead.Length > 0 ? string.Concat(indent.AsSpan(first.Length), lead) : indent).Append(Scalar(name)).Append(':');
            Value(text, value, indent);
            lead = "";
        }

        if (lead.Length > 0)
        {
            text.Append(indent.AsSpan(first.Length)).Append(lead).Append("{}\n");
        }
    }

    private static void Value(StringBuilder text, JsonNode value, string indent)
    {
        switch (value)
        {
            case JsonObject map when map.Any(static member => member.Value is not null):
                text.Append('\n');
                Members(text, map, indent + "  ", "");
                break;
            case JsonArray { Count: > 0 } list:
                text.Append('\n');
                foreach (JsonNode? item in list)
                {
                    Item(text, item, indent);
                }

                break;
            case JsonObject:
                text.Append(" {}\n");
                break;
            case JsonArray:
                text.Append(" []\n");
                break;
            default:
                text.Append(' ').Append(Scalar(value)).Append('\n');
                break;
        }
    }

    private static void Item(StringBuilder text, JsonNode? item, string indent)
    {
        if (item is JsonObject map)
        {
            Members(text, map, indent + "  ", "- ");
        }
        else
        {
            text.Append(indent).Append("- ").Append(item is null ? "null" : item is JsonArray ? item.ToJsonString() : Scalar(item)).Append('\n');
        }
    }

    private static string Scalar(JsonNode value) => value.GetValueKind() == JsonValueKind.String ? Scalar(value.GetValue<string>()) : value.ToJsonString();

    // Plain where nobody could take it for anything else; a JSON string is a YAML string.
    private static string Scalar(string text)
    {
        bool plain = text.Length > 0
            && char.IsAsciiLetter(text[0])
            && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/')
            && text.ToLowerInvariant() is not ("true" or "false" or "yes" or "no" or "on" or "off" or "y" or "n" or "null" or "inf" or "nan");
        return plain ? text : JsonSerializer.Serialize(text, ExportJson.Default.String);
    }
}
