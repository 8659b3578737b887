using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using VoltageSoda.Edge.Admin.Entities;
using VoltageSoda.Edge.Admin.Routing;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Admin.Config;

/// <summary>
/// <c>/config</c> (<c>kong/api/routes/config.lua</c>): what is in force as one document, and putting another in force. Thread-safe; of several posts
/// at a time one is taken and the others are told to come again.
/// </summary>
internal sealed class ConfigEndpoint(
    IConfigurationPublisher publisher, EntityEndpoints entities, IEdgeState state, EdgeMetrics metrics, StatusServerOptions options, TimeProvider time)
{
    private object? _taken;

    public IEnumerable<AdminRoute> Routes() =>
    [
        new AdminRoute("/config", (HttpMethods.Get, (context, _) => GetAsync(context)), (HttpMethods.Post, (context, _) => PostAsync(context))),
    ];

    private Task GetAsync(HttpContext context)
    {
        (EntityCatalog catalog, EntityJson json) = entities.Current();
        string text = ConfigExport.Write(catalog, json, options.ShowSecrets);
        return JsonAnswers.NodeAsync(context, StatusCodes.Status200OK, new JsonObject { ["config"] = text });
    }

    private async Task PostAsync(HttpContext context)
    {
        // Before the body is read: a large document costs memory and time, and only one can be put in force at a time.
        object slot = new();
        if (Interlocked.CompareExchange(ref _taken, slot, null) is not null)
        {
            context.Response.Headers.Connection = "close";
            await BusyAsync(context);
            return;
        }

        // Who has the answer may post again at once, on whatever connection.
        context.Response.OnStarting(() =>
        {
            Interlocked.CompareExchange(ref _taken, null, slot);
            return Task.CompletedTask;
        });
        try
        {
            await TakeAsync(context);
        }
        finally
        {
            Interlocked.CompareExchange(ref _taken, null, slot);
        }
    }

    private async Task TakeAsync(HttpContext context)
    {
        (byte[]? body, int refusal) = await BoundedBody.ReadAsync(context, options.ConfigBodyLimit, options.ConfigBodyTimeout, time);
        if (body is null)
        {
            // The rest of the body is not read, so that the connection cannot go on.
            context.Response.Headers.Connection = "close";
            await RefuseAsync(context, refusal, refusal switch
            {
                StatusCodes.Status413PayloadTooLarge => "Payload too large",
                StatusCodes.Status408RequestTimeout => "Request timeout",
                _ => "Bad request",
            });
            return;
        }

        (PostedDocument? document, string reason) = await PostedDocument.ReadAsync(context.Request, body);
        if (document is null || document.Text.Length == 0)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, document is null ? reason : "expected a declarative configuration");
            return;
        }

        if (document.Option("check_hash") == "1" && publisher.HashOf(document.Text) == state.ConfigurationHash)
        {
            metrics.ConfigPosted(StatusCodes.Status304NotModified);
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        await AnswerAsync(context, await publisher.PublishAsync(document.Text), IsTrue(document.Option("flatten_errors")));
    }

    private Task AnswerAsync(HttpContext context, PublishResult result, bool flatten)
    {
        switch (result.Outcome)
        {
            case PublishOutcome.Published:
                metrics.ConfigPosted(StatusCodes.Status201Created);
                return JsonAnswers.NodeAsync(context, StatusCodes.Status201Created, Everything(result.Published!));
            case PublishOutcome.Busy:
                return BusyAsync(context);
            case PublishOutcome.Ending:
                return RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "Kong currently exiting");
            default:
                metrics.ConfigPosted(StatusCodes.Status400BadRequest);
                return RefusedAsync(context, result, flatten);
        }
    }

    private Task BusyAsync(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "1";
        return RefuseAsync(context, StatusCodes.Status429TooManyRequests, "Currently loading previous configuration");
    }

    private Task RefuseAsync(HttpContext context, int status, string message)
    {
        metrics.ConfigPosted(status);
        return JsonAnswers.MessageAsync(context, status, message);
    }

    private Task RefusedAsync(HttpContext context, PublishResult result, bool flatten)
    {
        if (flatten && result.Input is { } input && JsonNode.Parse(input) is JsonObject document)
        {
            JsonArray flattened = FlattenedErrors.Of(result.Findings, document, options.ShowSecrets, out List<PostedFinding> rest);
            JsonObject left = ErrorTree.Of(rest).ToObject();
            return ApiError.InvalidConfigurationAsync(context, Sentence(left), ("fields", left), ("flattened_errors", flattened));
        }

        JsonObject fields = ErrorTree.Of(result.Findings).ToObject();
        return ApiError.InvalidConfigurationAsync(context, Sentence(fields), ("fields", fields));
    }

    private static string Sentence(JsonObject fields) => $"declarative config is invalid: {LuaText.Write(fields)}";

    // Every entity, by collection and id.
    private JsonObject Everything(PublishedConfiguration published)
    {
        EntityCatalog catalog = new(published.Model);
        EntityJson json = new(published.At, options.ShowSecrets);
        JsonObject all = [];
        foreach (EntityKind kind in EntityKind.All)
        {
            if (catalog.Rows(kind).Count > 0)
            {
                JsonObject byId = [];
                foreach (EntityRow row in catalog.Rows(kind))
                {
                    byId[row.Id.ToString()] = row.Render(json);
                }

                all[kind.Name] = byId;
            }
        }

        return all;
    }

    private static bool IsTrue(string? text) => text?.ToLowerInvariant() is "1" or "true" or "on" or "yes";
}
