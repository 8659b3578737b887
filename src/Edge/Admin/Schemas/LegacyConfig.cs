using System.Text.Json;
using System.Text.Json.Nodes;

namespace VoltageSoda.Edge.Admin.Schemas;

/// <summary>
/// Gives a plugin's configuration the names it is in effect under: what friendly loading reads by an older or misspelt name is shown by the
/// right one. Changes the object it is given.
/// </summary>
internal static class LegacyConfig
{
    public static void Translate(string plugin, JsonObject config)
    {
        switch (plugin)
        {
            case "acl":
                Rename(config, "whitelist", "allow");
                Rename(config, "blacklist", "deny");
                break;
            case "rate-limiting":
                Redis(config);
                break;
            case "http-log":
                Queue(config);
                break;
            case "zipkin":
                Queue(config);
                Zipkin(config);
                break;
            case "request-transformer" or "response-transformer":
                WithoutEmptyEntries(config);
                break;
        }
    }

    private static void Rename(JsonObject config, string old, string name)
    {
        if (config[old] is { } value && config[name] is null)
        {
            config.Remove(old);
            config[name] = value;
        }
    }

    // redis.* is the spelling since 3.6.
    private static void Redis(JsonObject config)
    {
        if (config["redis"] is JsonObject redis)
        {
            foreach ((string name, JsonNode? value) in redis)
            {
                config["redis_" + name] ??= KongJson.Clone(value);
            }
        }
    }

    private static void Queue(JsonObject config)
    {
        if (config["queue"] is null && (config["queue_size"] ?? config["flush_timeout"]) is not null)
        {
            config["queue"] = new JsonObject();
        }

        if (config["queue"] is JsonObject queue)
        {
            queue["max_batch_size"] = KongJson.Clone(config["queue_size"]) ?? KongJson.Clone(queue["max_batch_size"]);
            queue["max_coalescing_delay"] = KongJson.Clone(config["flush_timeout"]) ?? KongJson.Clone(queue["max_coalescing_delay"]);
        }
    }

    private static void Zipkin(JsonObject config)
    {
        Rename(config, "sample_rate", "sample_ratio");
        if (config["tag_header"] is { } header && config["tags_header"] is null && header.GetValueKind() == JsonValueKind.String)
        {
            config["tags_header"] = KongJson.Clone(header);
        }

        if (config["static_tags"] is JsonArray tags)
        {
            JsonArray records = [];
            foreach (JsonNode? tag in tags)
            {
                if (tag is JsonObject { Count: 1 } single && single.First() is { Key: not ("name" or "value") } pair)
                {
                    records.Add((JsonNode)new JsonObject { ["name"] = pair.Key, ["value"] = KongJson.Clone(pair.Value) });
                }
                else
                {
                    records.Add(KongJson.Clone(tag));
                }
            }

            config["static_tags"] = records;
        }
    }

    // An entry of an edit list without a value is left out when loading; names to remove have none.
    private static void WithoutEmptyEntries(JsonObject config)
    {
        foreach ((string verb, JsonNode? lists) in config)
        {
            if (verb != "remove" && lists is JsonObject record)
            {
                foreach (JsonArray list in record.Select(static member => member.Value).OfType<JsonArray>())
                {
                    foreach (JsonNode entry in list.OfType<JsonNode>().Where(static entry =>
                        entry.GetValueKind() == JsonValueKind.String && !entry.GetValue<string>().Contains(':')).ToList())
                    {
                        list.Remove(entry);
                    }
                }
            }
        }
    }
}
