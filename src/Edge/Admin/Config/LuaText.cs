using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace VoltageSoda.Edge.Admin.Config;

/// <summary>
/// Writes JSON as a Lua table, which is what Kong's sentence about a refused document ends with (<c>kong/db/errors.lua</c>): keys in order, on one
/// line or, inside the sentence about one entity, on several. Pure.
/// </summary>
internal static class LuaText
{
    // A sentence for people; the whole is in the fields.
    private const int Longest = 64 * 1024;

    /// <summary>On one line, without blanks.</summary>
    public static string Write(JsonNode node) => Write(node, lines: false);

    /// <summary>One value a line, indented by two.</summary>
    public static string WriteLines(JsonNode node) => Write(node, lines: true);

    private static string Write(JsonNode node, bool lines)
    {
        StringBuilder text = new();
        Write(text, node, lines ? "\n" : null);
        return text.Length <= Longest ? text.ToString() : text.ToString(0, Longest) + "…";
    }

    // The line end carries the indentation; null for one line.
    private static void Write(StringBuilder text, JsonNode node, string? line)
    {
        if (text.Length > Longest)
        {
            return;
        }

        if (node is not (JsonObject or JsonArray))
        {
            text.Append(node.GetValueKind() == JsonValueKind.String ? Quoted(node.GetValue<string>()) : node.ToJsonString());
            return;
        }

        text.Append('{');
        string? inner = line is null ? null : line + "  ";
        string separator = "";
        foreach ((string key, JsonNode value) in node is JsonObject map ? Members(map) : Items(node.AsArray()))
        {
            text.Append(separator).Append(inner).Append(key);
            if (key.Length > 0)
            {
                text.Append(line is null ? "=" : " = ");
            }

            Write(text, value, inner);
            separator = ",";
        }

        text.Append(line).Append('}');
    }

    private static IEnumerable<(string Key, JsonNode Value)> Members(JsonObject map) => map
        .Where(static member => member.Value is not null)
        .OrderBy(static member => member.Key, StringComparer.Ordinal)
        .Select(static member => (IsName(member.Key) ? member.Key : $"[{Quoted(member.Key)}]", member.Value!));

    // After the first hole the positions are written.
    private static IEnumerable<(string Key, JsonNode Value)> Items(JsonArray list)
    {
        bool hole = false;
        for (int i = 0; i < list.Count; i++)
        {
            if (list[i] is { } item)
            {
                yield return (hole ? string.Create(CultureInfo.InvariantCulture, $"[{i + 1}]") : "", item);
            }
            else
            {
                hole = true;
            }
        }
    }

    private static bool IsName(string text) =>
        text.Length > 0 && !char.IsAsciiDigit(text[0]) && text.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"";
}
