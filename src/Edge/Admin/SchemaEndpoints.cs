using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using VoltageSoda.Edge.Admin.Config;
using VoltageSoda.Edge.Admin.Entities;
using VoltageSoda.Edge.Admin.Routing;
using VoltageSoda.Edge.Admin.Schemas;

namespace VoltageSoda.Edge.Admin;

/// <summary>
/// <c>/schemas</c> (<c>kong/api/routes/kong.lua</c>): the fields of entities and plugins, and whether an entity would be accepted. An entity is judged
/// by the loader itself, in a document of its own. Thread-safe.
/// </summary>
internal sealed class SchemaEndpoints(IConfigurationPublisher publisher, TimeProvider time)
{
    private const int LargestEntity = 1 << 20;
    private static readonly TimeSpan BodyTime = TimeSpan.FromSeconds(30);

    public IEnumerable<AdminRoute> Routes() =>
    [
        new AdminRoute("/schemas/{name}", (HttpMethods.Get, (context, arguments) => EntityAsync(context, arguments[0]))),
        new AdminRoute("/schemas/plugins/{name}", (HttpMethods.Get, (context, arguments) => PluginAsync(context, arguments[0]))),
        new AdminRoute("/plugins/schema/{name}", (HttpMethods.Get, (context, arguments) => PluginAsync(context, arguments[0]))),
        new AdminRoute("/schemas/plugins/validate", (HttpMethods.Post, (context, _) => ValidateAsync(context, "plugins"))),
        new AdminRoute("/schemas/{db_entity_name}/validate", (HttpMethods.Post, (context, arguments) => ValidateAsync(context, arguments[0]))),
    ];

    private static Task EntityAsync(HttpContext context, string name) => KongSchema.OfEntity(name) is { } schema
        ? JsonAnswers.NodeAsync(context, StatusCodes.Status200OK, schema.DescribeEntity())
        : JsonAnswers.MessageAsync(context, StatusCodes.Status404NotFound, $"No entity named '{name}'");

    private static Task PluginAsync(HttpContext context, string name) => KongSchema.OfPlugin(name) is { } schema
        ? JsonAnswers.NodeAsync(context, StatusCodes.Status200OK, schema.DescribePlugin())
        : JsonAnswers.MessageAsync(context, StatusCodes.Status404NotFound, $"No plugin named '{name}'");

    private async Task ValidateAsync(HttpContext context, string collection)
    {
        if (KongSchema.OfEntity(collection) is null)
        {
            await JsonAnswers.MessageAsync(context, StatusCodes.Status404NotFound, $"No entity named '{collection}'");
            return;
        }

        (byte[]? body, int refusal) = await BoundedBody.ReadAsync(context, LargestEntity, BodyTime, time);
        if (body is null)
        {
            context.Response.Headers.Connection = "close";
            await JsonAnswers.MessageAsync(context, refusal, ReasonPhrases.GetReasonPhrase(refusal));
            return;
        }

        if (Entity(context.Request, body) is not { } entity)
        {
            await JsonAnswers.MessageAsync(context, StatusCodes.Status400BadRequest, "Cannot parse JSON body");
            return;
        }

        JsonObject document = new() { ["_format_version"] = "3.0", [collection] = new JsonArray(entity) };
        // What it refers to is not part of the document.
        PostedFinding[] findings = [.. publisher.Judge(document.ToJsonString())
            .Where(static finding => finding.Kind != PostedFindingKind.Reference)
            .Select(finding => finding with { Path = Inner(finding.Path, collection) })];
        if (findings.Length == 0)
        {
            await JsonAnswers.MessageAsync(context, StatusCodes.Status200OK, "schema validation successful");
            return;
        }

        JsonObject fields = ErrorTree.Of(findings).ToObject();
        await ApiError.SchemaViolationAsync(context, ViolationText.Write(fields), fields);
    }

    // JSON, or a form whose names are paths (name=x&config.minute=5).
    private static JsonObject? Entity(HttpRequest request, byte[] body)
    {
        try
        {
            if (request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) != true)
            {
                return JsonNode.Parse(body) as JsonObject;
            }

            JsonObject entity = [];
            foreach ((string name, var values) in QueryHelpers.ParseQuery(Encoding.UTF8.GetString(body)))
            {
                JsonObject target = entity;
                string[] parts = name.Split('.', 8);
                foreach (string part in parts[..^1])
                {
                    target[part] = target[part] is JsonObject inner ? inner : inner = [];
                    target = inner;
                }

                target[parts[^1]] = values[0];
            }

            return entity;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Inner(string path, string collection)
    {
        string prefix = collection + "[0]";
        return path.StartsWith(prefix, StringComparison.Ordinal) ? path[prefix.Length..].TrimStart('.') : path;
    }
}
