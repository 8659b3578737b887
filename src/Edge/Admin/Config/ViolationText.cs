using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace VoltageSoda.Edge.Admin.Config;

/// <summary>
/// Kong's sentence about an entity that breaks its schema (<c>kong/db/errors.lua</c>): what concerns the entity first, then the fields by name with
/// one level of inner fields, everything deeper as a Lua table. Pure.
/// </summary>
internal static class ViolationText
{
    public static string Write(JsonObject fields)
    {
        List<string> told = [.. (fields["@entity"] as JsonArray ?? []).OfType<JsonNode>().Select(Value)];
        foreach ((string name, JsonNode? errors) in fields.Where(static field => field.Key != "@entity").OrderBy(static field => field.Key, StringComparer.Ordinal))
        {
            switch (errors)
            {
                case JsonObject inner:
                    told.AddRange(inner.Where(static field => field.Value is not null).OrderBy(static field => field.Key, StringComparer.Ordinal)
                        .Select(field => $"{name}.{field.Key}: {Value(field.Value!)}"));
                    break;
                case JsonArray list:
                    for (int i = 0; i < list.Count; i++)
                    {
                        if (list[i] is { } item)
                        {
                            told.Add(string.Create(CultureInfo.InvariantCulture, $"{name}.{i + 1}: {Value(item)}"));
                        }
                    }

                    break;
                case not null:
                    told.Add($"{name}: {Value(errors)}");
                    break;
            }
        }

        string sentence = string.Join("; ", told);
        return told.Count == 1 ? $"schema violation ({sentence})" : $"{told.Count} schema violations ({sentence})";
    }

    private static string Value(JsonNode node) =>
        node.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : LuaText.WriteLines(node);
}
