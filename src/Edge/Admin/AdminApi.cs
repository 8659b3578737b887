using System.Globalization;
using Microsoft.AspNetCore.Http;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Admin;

/// <summary>
/// The part of Kong's Admin API that only reads the process: <c>/</c>, <c>/status</c>, <c>/metrics</c>; any other path is 404. Headers as
/// kong/api/api_helpers.lua sends them. Thread-safe.
/// </summary>
internal sealed class AdminApi(IEdgeState state, NodeIdentity node, StatusApi status, TimeProvider time)
{
    private const string Allowed = "GET, HEAD, OPTIONS";

    /// <summary>Sets the headers of every admin answer; the latency is set when the answer starts.</summary>
    public void PrepareHeaders(HttpContext context, long started)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = context.Request.Headers.Origin is [{ Length: > 0 } origin, ..] ? origin : "*";
        headers.AccessControlAllowCredentials = "true";
        context.Response.OnStarting(() =>
        {
            long milliseconds = (long)time.GetElapsedTime(started).TotalMilliseconds;
            headers["X-Kong-Admin-Latency"] = milliseconds.ToString(CultureInfo.InvariantCulture);
            return Task.CompletedTask;
        });
    }

    public Task ServeAsync(HttpContext context)
    {
        string path = StatusApi.Trim(context.Request.Path);
        if (path is not ("/" or "/status" or "/metrics"))
        {
            return JsonAnswers.MessageAsync(context, StatusCodes.Status404NotFound, "Not found");
        }

        if (HttpMethods.IsOptions(context.Request.Method))
        {
            context.Response.Headers.Allow = Allowed;
            context.Response.Headers.AccessControlAllowMethods = Allowed;
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }

        if (!StatusApi.IsRead(context))
        {
            return StatusApi.RefuseMethodAsync(context);
        }

        return path == "/" ? RootAsync(context) : status.ReadAsync(context);
    }

    private Task RootAsync(HttpContext context) => JsonAnswers.WriteAsync(context, StatusCodes.Status200OK, writer =>
    {
        writer.WriteString("version"u8, node.Version);
        writer.WriteString("tagline"u8, "Welcome to VoltageSoda.Edge");
        writer.WriteString("hostname"u8, node.Hostname);
        writer.WriteString("node_id"u8, node.NodeId);
        writer.WriteStartObject("pids"u8);
        writer.WriteNumber("master"u8, node.ProcessId);
        writer.WriteStartArray("workers"u8);
        writer.WriteNumberValue(node.ProcessId);
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteStartObject("timers"u8);
        writer.WriteNumber("pending"u8, Timer.ActiveCount);
        writer.WriteNumber("running"u8, 0);
        writer.WriteEndObject();
        writer.WriteStartObject("plugins"u8);
        writer.WriteStartArray("enabled_in_cluster"u8);
        foreach (string plugin in state.EnabledPlugins)
        {
            writer.WriteStringValue(plugin);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteStartObject("configuration"u8);
        foreach ((string name, string value) in state.Settings)
        {
            writer.WriteString(name, value);
        }

        writer.WriteEndObject();
    });
}
