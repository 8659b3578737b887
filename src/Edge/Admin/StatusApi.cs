using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.Admin.Routing;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Admin;

/// <summary>
/// Kong's Status API (kong/status/init.lua, kong/api/routes/health.lua): <c>/status</c>, <c>/status/ready</c>, <c>/metrics</c> and health and
/// targets of upstreams. Reads only; thread-safe.
/// </summary>
internal sealed class StatusApi(IEdgeState state, EdgeMetrics metrics, NodeIdentity node, AdminRouter upstreams, ILogger logger)
{
    public Task ServeAsync(HttpContext context)
    {
        if (!Knows(context.Request.Path))
        {
            if (upstreams.Find(context.Request.Path, out string[] arguments) is not { } route)
            {
                return ApiError.NotFoundAsync(context);
            }

            return IsRead(context) ? route.Handler(HttpMethods.Get)!(context, arguments) : RefuseMethodAsync(context);
        }

        return IsRead(context) ? ReadAsync(context) : RefuseMethodAsync(context);
    }

    /// <summary>True for a path this API answers; a trailing slash makes no difference, as in Kong.</summary>
    public static bool Knows(PathString path) => Trim(path) is "/status" or "/status/ready" or "/metrics";

    /// <summary>Serves a path that <see cref="Knows"/> accepts, for GET or HEAD.</summary>
    public Task ReadAsync(HttpContext context) => Trim(context.Request.Path) switch
    {
        "/status" => StatusAsync(context),
        "/status/ready" => ReadyAsync(context),
        _ => MetricsAsync(context),
    };

    public static bool IsRead(HttpContext context) => HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);

    public static Task RefuseMethodAsync(HttpContext context)
    {
        context.Response.Headers.Allow = "GET, HEAD";
        return JsonAnswers.MessageAsync(context, StatusCodes.Status405MethodNotAllowed, "Method not allowed");
    }

    public static string Trim(PathString path)
    {
        string text = path.Value ?? "/";
        return text.Length > 1 && text[^1] == '/' ? text[..^1] : text;
    }

    private Task StatusAsync(HttpContext context)
    {
        if (!ByteUnits.TryParse(context.Request.Query["unit"], context.Request.Query["scale"], out ByteUnits units, out string error))
        {
            return JsonAnswers.MessageAsync(context, StatusCodes.Status400BadRequest, error);
        }

        return JsonAnswers.WriteAsync(context, StatusCodes.Status200OK, writer =>
        {
            Memory(writer, units);
            Server(writer);
            writer.WriteString("configuration_hash"u8, state.ConfigurationHash);
        });
    }

    // As in the metrics: the committed managed heap stands for the shared dictionary, the live heap for the worker's VM.
    private void Memory(Utf8JsonWriter writer, ByteUnits units)
    {
        GCMemoryInfo memory = GC.GetGCMemoryInfo();
        writer.WriteStartObject("memory"u8);
        writer.WriteStartObject("lua_shared_dicts"u8);
        writer.WriteStartObject("kong"u8);
        units.Write(writer, "allocated_slabs"u8, memory.TotalCommittedBytes);
        units.Write(writer, "capacity"u8, memory.TotalAvailableMemoryBytes);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteStartArray("workers_lua_vms"u8);
        writer.WriteStartObject();
        writer.WriteNumber("pid"u8, node.ProcessId);
        units.Write(writer, "http_allocated_gc"u8, GC.GetTotalMemory(forceFullCollection: false));
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private void Server(Utf8JsonWriter writer)
    {
        ConnectionTotals totals = ConnectionTotals.Read(metrics);
        writer.WriteStartObject("server"u8);
        writer.WriteNumber("connections_accepted"u8, totals.Accepted);
        writer.WriteNumber("connections_active"u8, totals.Active);
        writer.WriteNumber("connections_handled"u8, totals.Handled);
        writer.WriteNumber("connections_reading"u8, totals.Reading);
        writer.WriteNumber("connections_waiting"u8, totals.Waiting);
        writer.WriteNumber("connections_writing"u8, totals.Writing);
        writer.WriteNumber("total_requests"u8, totals.Requests);
        writer.WriteEndObject();
    }

    private Task ReadyAsync(HttpContext context)
    {
        Readiness readiness = state.Readiness;
        if (readiness.Ready)
        {
            return JsonAnswers.MessageAsync(context, StatusCodes.Status200OK, "ready");
        }

        Log.NotReady(logger, readiness.Reason);
        return JsonAnswers.MessageAsync(context, StatusCodes.Status503ServiceUnavailable, readiness.Reason);
    }

    private async Task MetricsAsync(HttpContext context)
    {
        context.Response.ContentType = PrometheusWriter.ContentType;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            IReadOnlyList<TargetHealthRow>? health = state.UpstreamHealthMetrics ? state.UpstreamHealth() : null;
            await PrometheusWriter.WriteAsync(context.Response.BodyWriter, metrics, node, health, context.RequestAborted);
        }
    }
}
