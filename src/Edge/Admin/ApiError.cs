using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace VoltageSoda.Edge.Admin;

/// <summary>Kong's error objects with their codes (<c>kong/db/errors.lua</c>). Pure.</summary>
internal static class ApiError
{
    public static Task NotFoundAsync(HttpContext context) => JsonAnswers.MessageAsync(context, StatusCodes.Status404NotFound, "Not found");

    /// <summary>What is found by its id alone was asked for by something else.</summary>
    public static Task InvalidIdAsync(HttpContext context)
    {
        const string Reason = "expected a valid UUID";
        return WriteAsync(context, StatusCodes.Status400BadRequest, 1, "invalid primary key", $"invalid primary key: '{{id=\"{Reason}\"}}'",
            ("fields", new JsonObject { ["id"] = Reason }));
    }

    public static Task SchemaViolationAsync(HttpContext context, string message, JsonObject fields) =>
        WriteAsync(context, StatusCodes.Status400BadRequest, 2, "schema violation", message, ("fields", fields));

    public static Task InvalidOffsetAsync(HttpContext context, string offset, string reason) =>
        WriteAsync(context, StatusCodes.Status400BadRequest, 7, "invalid offset", $"'{offset}' is not a valid offset: {reason}");

    public static Task InvalidSizeAsync(HttpContext context, string reason) =>
        WriteAsync(context, StatusCodes.Status400BadRequest, 9, "invalid size", reason);

    public static Task InvalidOptionAsync(HttpContext context, string option, string reason) =>
        WriteAsync(context, StatusCodes.Status400BadRequest, 11, "invalid options", $"invalid option ({option}: {reason})",
            ("options", new JsonObject { [option] = reason }));

    /// <summary>The answer to every write: there is no database.</summary>
    public static Task UnsupportedAsync(HttpContext context, string verb, string collection, string? field = null)
    {
        string by = field is null ? "" : $" by '{field}'";
        return WriteAsync(context, StatusCodes.Status405MethodNotAllowed, 12, "operation unsupported",
            $"cannot {verb} '{collection}' entities{by} when not using a database");
    }

    public static Task InvalidConfigurationAsync(HttpContext context, string message, params ReadOnlySpan<(string Name, JsonNode? Value)> members) =>
        WriteAsync(context, StatusCodes.Status400BadRequest, 14, "invalid declarative configuration", message, members);

    private static Task WriteAsync(
        HttpContext context, int status, int code, string name, string message, params ReadOnlySpan<(string Name, JsonNode? Value)> members)
    {
        JsonObject error = new() { ["code"] = code, ["name"] = name, ["message"] = message };
        foreach ((string member, JsonNode? value) in members)
        {
            error[member] = value;
        }

        return JsonAnswers.NodeAsync(context, status, error);
    }
}
