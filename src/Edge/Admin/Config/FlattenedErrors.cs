using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using VoltageSoda.Edge.Admin.Entities;
using VoltageSoda.Edge.Admin.Schemas;

namespace VoltageSoda.Edge.Admin.Config;

/// <summary>
/// Kong's <c>flattened_errors</c> (<c>kong/db/errors.lua</c>): one object for every entity with something wrong, whether nested or not, with the
/// entity as it was posted. Secrets in it are masked. Pure.
/// </summary>
internal static class FlattenedErrors
{
    /// <summary>The list; findings that belong to no entity are left in <paramref name="rest"/>.</summary>
    public static JsonArray Of(IReadOnlyList<PostedFinding> findings, JsonObject input, bool showSecrets, out List<PostedFinding> rest)
    {
        rest = [];
        Dictionary<string, (Place Place, JsonArray Errors)> byEntity = new(StringComparer.Ordinal);
        List<string> order = [];
        foreach (PostedFinding finding in findings)
        {
            List<PathStep> steps = FieldPath.Parse(finding.Path);
            if (finding.Kind == PostedFindingKind.Document || Locate(steps, input) is not { } place)
            {
                rest.Add(finding);
                continue;
            }

            if (!byEntity.TryGetValue(place.Key, out (Place Place, JsonArray Errors) entry))
            {
                byEntity[place.Key] = entry = (place, []);
                order.Add(place.Key);
            }

            entry.Errors.Add((JsonNode)Error(finding, steps, place.Steps));
        }

        JsonArray list = [];
        foreach (string key in order)
        {
            (Place place, JsonArray errors) = byEntity[key];
            list.Add((JsonNode)Entity(place, errors, showSecrets));
        }

        return list;
    }

    private static JsonObject Error(PostedFinding finding, List<PathStep> steps, int entitySteps)
    {
        string field = string.Join('.', steps.Skip(entitySteps).Select(static step =>
            step.IsIndex ? (step.Index + 1).ToString(CultureInfo.InvariantCulture) : step.Name));
        return finding.Kind != PostedFindingKind.Field || field.Length == 0
            ? new JsonObject { ["type"] = "entity", ["message"] = finding.Message }
            : new JsonObject { ["type"] = "field", ["field"] = field, ["message"] = finding.Message };
    }

    private static JsonObject Entity(Place place, JsonArray errors, bool showSecrets)
    {
        JsonObject entity = [];
        foreach ((string name, JsonNode? value) in place.Entity)
        {
            // Children are told for themselves.
            if (value is not JsonArray || EntityKind.Find(name) is not { } child || child.Foreign.All(foreign => foreign.Reference != place.Collection))
            {
                entity[name] = KongJson.Clone(value);
            }
        }

        if (place.ParentField is { } field && entity[field] is null && Uuid(place.Parent?["id"]) is { } parent)
        {
            entity[field] = new JsonObject { ["id"] = parent };
        }

        JsonObject result = [];
        if (Text(entity["name"]) is { } entityName)
        {
            result["entity_name"] = entityName;
        }

        if (Uuid(entity["id"]) is { } id)
        {
            result["entity_id"] = id;
        }

        if (entity["tags"] is JsonArray tags && tags.All(static tag => tag?.GetValueKind() == JsonValueKind.String))
        {
            result["entity_tags"] = KongJson.Clone(tags);
        }

        result["entity_type"] = place.Collection.EndsWith('s') ? place.Collection[..^1] : place.Collection;
        result["entity"] = showSecrets ? entity : SecretNames.Mask(entity, place.Collection);
        result["errors"] = errors;
        return result;
    }

    // The innermost entity on the way.
    private static Place? Locate(List<PathStep> steps, JsonObject input)
    {
        Place? place = null;
        JsonObject current = input;
        for (int i = 0; i + 1 < steps.Count; i += 2)
        {
            if (steps[i].IsIndex || !steps[i + 1].IsIndex || EntityKind.Find(steps[i].Name) is not { } kind
                || current[kind.Name] is not JsonArray list || steps[i + 1].Index >= list.Count || list[steps[i + 1].Index] is not JsonObject entity)
            {
                break;
            }

            string? field = place is null ? null : kind.Foreign.FirstOrDefault(foreign => foreign.Reference == place.Collection)?.Field;
            place = new Place($"{place?.Key}/{kind.Name}/{steps[i + 1].Index}", i + 2, kind.Name, entity, field, place is null ? null : current);
            current = entity;
        }

        return place;
    }

    private static string? Text(JsonNode? node) =>
        node?.GetValueKind() == JsonValueKind.String && node.GetValue<string>() is { Length: > 0 } text ? text : null;

    private static string? Uuid(JsonNode? node) => Text(node) is { } text && Guid.TryParseExact(text, "D", out _) ? text : null;

    private sealed record Place(string Key, int Steps, string Collection, JsonObject Entity, string? ParentField, JsonObject? Parent);
}
