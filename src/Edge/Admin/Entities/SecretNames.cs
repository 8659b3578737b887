using System.Text.Json;
using System.Text.Json.Nodes;
using VoltageSoda.Edge.Admin.Schemas;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Admin.Entities;

/// <summary>Masks values by the names of their fields, where no schema says what is secret. Pure.</summary>
internal static class SecretNames
{
    private static readonly string[] Parts = ["secret", "password", "passwd", "token", "credential", "private_key", "provision_key", "api_key"];

    /// <summary>True when a field of this name may hold a secret; <paramref name="collection"/> is the list it stands in.</summary>
    public static bool Looks(string name, string collection = "") =>
        (name is "key" or "key_alt" && collection is "certificates" or "keyauth_credentials")
        // Of http-log; other fields of this name hold lists.
        || collection == "headers"
        || Parts.Any(part => name.Contains(part, StringComparison.OrdinalIgnoreCase) && !name.EndsWith('s'));

    /// <summary>A copy whose secret texts are masked, at any depth.</summary>
    public static JsonObject Mask(JsonObject source, string collection = "")
    {
        JsonObject result = [];
        foreach ((string name, JsonNode? value) in source)
        {
            result[name] = value switch
            {
                JsonObject inner => Mask(inner, name),
                JsonArray list => Mask(list, name),
                not null when value.GetValueKind() == JsonValueKind.String => Text(name, value.GetValue<string>(), collection),
                _ => KongJson.Clone(value),
            };
        }

        return result;
    }

    private static JsonArray Mask(JsonArray source, string collection)
    {
        JsonArray result = [];
        foreach (JsonNode? item in source)
        {
            result.Add(item switch
            {
                JsonObject inner => Mask(inner, collection),
                JsonArray list => Mask(list, collection),
                not null when item.GetValueKind() == JsonValueKind.String => UrlText.WithoutUserInfo(item.GetValue<string>()),
                _ => KongJson.Clone(item),
            });
        }

        return result;
    }

    private static string Text(string name, string text, string collection) => Looks(name, collection)
        ? Secret.Mask
        : name == "http_endpoint" ? UrlText.WithoutSecrets(text) : UrlText.WithoutUserInfo(text);
}
