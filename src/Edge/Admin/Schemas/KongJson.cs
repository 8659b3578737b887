using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;

namespace VoltageSoda.Edge.Admin.Schemas;

/// <summary>Small makers of JSON values in Kong's habits: what is empty or absent is null. Pure.</summary>
internal static class KongJson
{
    [return: NotNullIfNotNull(nameof(node))]
    public static JsonNode? Clone(JsonNode? node) => node?.DeepClone();

    /// <summary>A list of texts.</summary>
    public static JsonArray Texts(IEnumerable<string> texts)
    {
        JsonArray list = [];
        foreach (string text in texts)
        {
            list.Add((JsonNode)text);
        }

        return list;
    }

    /// <summary>A list of texts, or null when it is empty.</summary>
    public static JsonArray? TextsOrNull(IReadOnlyCollection<string> texts) => texts.Count == 0 ? null : Texts(texts);

    /// <summary>A list of numbers.</summary>
    public static JsonArray Numbers(IEnumerable<int> numbers)
    {
        JsonArray list = [];
        foreach (int number in numbers)
        {
            list.Add((JsonNode)number);
        }

        return list;
    }

    /// <summary>A reference to another entity: <c>{"id": …}</c>, or null.</summary>
    public static JsonObject? Foreign(Guid? id) => id is { } value ? new JsonObject { ["id"] = value.ToString() } : null;

    /// <summary>A number without a fraction where it has none.</summary>
    public static JsonNode Number(double value) => value == Math.Floor(value) && Math.Abs(value) < 1L << 53 ? (JsonNode)(long)value : (JsonNode)value;
}
