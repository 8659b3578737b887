using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace VoltageSoda.Edge.Admin.Config;

/// <summary>Writes JSON as a Lua table, which is what Kong's sentence about a refused document ends with (<c>kong/db/errors.lua</c>). Pure.</summary>
internal static class LuaText
{
    // A sentence for people; the whole is in the fields.
    private const int Longest = 64 * 1024;

    public static string Write(JsonNode node)
    {
        StringBuilder text = new();
        Write(text, node);
        return text.Length <= Longest ? text.ToString() : text.ToString(0, Longest) + "…";
    }

    private static void Write(StringBuilder text, JsonNode node)
    {
        if (text.Length > Longest)
        {
            return;
        }

        switch (node)
        {
            case JsonObject map:
                text.Append('{');
                string separator = "";
                foreach ((string name, JsonNode? value) in map)
                {
                    if (value is not null)
                    {
                        text.Append(separator).Append(IsName(name) ? name : $"[{Quoted(name)}]").Append('=');
                        Write(text, value);
                        separator = ",";
                    }
                }

                text.Append('}');
                break;
            case JsonArray list:
                WriteList(text, list);
                break;
            default:
                text.Append(node.GetValueKind() == JsonValueKind.String ? Quoted(node.GetValue<string>()) : node.ToJsonString());
                break;
        }
    }

    // After the first hole the positions are written.
    private static void WriteList(StringBuilder text, JsonArray list)
    {
        text.Append('{');
        bool hole = false;
        string separator = "";
        for (int i = 0; i < list.Count; i++)
        {
            if (list[i] is not { } item)
            {
                hole = true;
                continue;
            }

            text.Append(separator);
            if (hole)
            {
                text.Append(CultureInfo.InvariantCulture, $"[{i + 1}]=");
            }

            Write(text, item);
            separator = ",";
        }

        text.Append('}');
    }

    private static bool IsName(string text) =>
        text.Length > 0 && !char.IsAsciiDigit(text[0]) && text.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"";
}
