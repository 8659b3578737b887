using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace VoltageSoda.Edge.Admin.Schemas;

/// <summary>
/// The fields of one kind of entity or of one plugin's configuration with Kong's types, defaults and ranges
/// (<c>kong/db/schema/entities/*.lua</c>, <c>kong/plugins/*/schema.lua</c>), kept as JSON beside this file. Read-only after loading; thread-safe.
/// </summary>
/// <remarks>A field marked <c>extension</c> is one of the edge's own, or of a later Kong: it is shown only where it was written.</remarks>
internal sealed class KongSchema
{
    private static readonly ConcurrentDictionary<string, KongSchema?> Loaded = new(StringComparer.Ordinal);

    private readonly JsonObject _root;

    private KongSchema(string name, JsonObject root, JsonObject fields)
    {
        Name = name;
        _root = root;
        Fields = fields;
    }

    /// <summary>Name of the collection or plugin.</summary>
    public string Name { get; }

    /// <summary>Attributes by field name. Not to be changed.</summary>
    public JsonObject Fields { get; }

    /// <summary>Order of a plugin among the others; greater runs first.</summary>
    public int Priority => _root["priority"]?.GetValue<int>() ?? 0;

    /// <summary>The schema of a collection such as <c>services</c>; null for an unknown one.</summary>
    public static KongSchema? OfEntity(string collection) => Load("entities", collection, "fields");

    /// <summary>The schema of a plugin's configuration; null for a plugin that is not built.</summary>
    public static KongSchema? OfPlugin(string plugin) => Load("plugins", plugin, "config");

    /// <summary>The answer of <c>/schemas/{collection}</c>.</summary>
    public JsonObject DescribeEntity() => new() { ["fields"] = Listed(Fields), ["entity_checks"] = Checks() };

    /// <summary>The answer of <c>/schemas/plugins/{name}</c>: scope, protocols and configuration.</summary>
    public JsonObject DescribePlugin()
    {
        JsonObject consumer = new() { ["type"] = "foreign", ["reference"] = "consumers" };
        if (_root["consumer"]?.GetValue<bool>() == false)
        {
            consumer["eq"] = null;
        }

        JsonObject protocols = KongJson.Clone(OfEntity("plugins")!.Fields["protocols"]!).AsObject();
        if (_root["any_protocol"]?.GetValue<bool>() != true)
        {
            protocols["elements"] = new JsonObject { ["type"] = "string", ["one_of"] = KongJson.Texts(["grpc", "grpcs", "http", "https"]) };
        }

        JsonObject config = new() { ["type"] = "record", ["required"] = true, ["fields"] = Listed(Fields) };
        return new JsonObject
        {
            ["fields"] = new JsonArray(
                new JsonObject { ["consumer"] = consumer }, new JsonObject { ["protocols"] = protocols }, new JsonObject { ["config"] = config }),
            ["entity_checks"] = Checks(),
        };
    }

    private static KongSchema? Load(string folder, string name, string fields) =>
        Loaded.TryGetValue($"{folder}/{name}", out KongSchema? known) ? known : Read(folder, name, fields);

    // Only names that exist are kept: the name may come from a request.
    private static KongSchema? Read(string folder, string name, string fields)
    {
        string key = $"{folder}/{name}";
        using Stream? stream = typeof(KongSchema).Assembly.GetManifestResourceStream("schemas/" + key);
        if (stream is null || JsonNode.Parse(stream) is not JsonObject root)
        {
            return null;
        }

        KongSchema schema = new(name, root, root[fields]!.AsObject());
        return Loaded.GetOrAdd(key, schema);
    }

    // Kong keeps fields in order as a list of objects with one member each.
    private static JsonArray Listed(JsonObject fields)
    {
        JsonArray list = [];
        foreach ((string name, JsonNode? attributes) in fields)
        {
            list.Add((JsonNode)new JsonObject { [name] = Described(attributes!.AsObject()) });
        }

        return list;
    }

    private static JsonObject Described(JsonObject attributes)
    {
        JsonObject result = [];
        foreach ((string name, JsonNode? value) in attributes)
        {
            result[name] = name switch
            {
                "fields" => Listed(value!.AsObject()),
                "elements" or "keys" or "values" => Described(value!.AsObject()),
                _ => KongJson.Clone(value),
            };
        }

        return result;
    }

    private JsonNode Checks() => _root["entity_checks"] is { } checks ? KongJson.Clone(checks) : new JsonArray();
}
