using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.Admin.Routing;
using VoltageSoda.Edge.Admin.Schemas;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Admin;

/// <summary>
/// What the API tells of the process (<c>kong/api/routes/kong.lua</c>, <c>health.lua</c>, <c>debug.lua</c>): <c>/</c>, <c>/status</c>,
/// <c>/metrics</c>, <c>/timers</c>, <c>/plugins/enabled</c>, the log level. Thread-safe.
/// </summary>
internal sealed class NodeEndpoints(IEdgeState state, NodeIdentity node, StatusApi status, LogLevelSwitch levels, bool kongExact)
{
    private const double DefaultLevelSeconds = 60;

    public IEnumerable<AdminRoute> Routes() =>
    [
        new AdminRoute("/", (HttpMethods.Get, (context, _) => RootAsync(context))),
        new AdminRoute("/status", (HttpMethods.Get, (context, _) => status.ReadAsync(context))),
        new AdminRoute("/metrics", (HttpMethods.Get, (context, _) => status.ReadAsync(context))),
        new AdminRoute("/timers", (HttpMethods.Get, (context, _) => TimersAsync(context))),
        new AdminRoute("/plugins/enabled", (HttpMethods.Get, (context, _) => EnabledAsync(context))),
        new AdminRoute("/debug/node/log-level", (HttpMethods.Get, (context, _) =>
            JsonAnswers.MessageAsync(context, StatusCodes.Status200OK, $"log level: {LogLevelNames.Text(levels.Current)}"))),
        new AdminRoute("/debug/node/log-level/{log_level}", (HttpMethods.Put, (context, arguments) => ChangeLevelAsync(context, arguments[0]))),
    ];

    private Task RootAsync(HttpContext context) => JsonAnswers.WriteAsync(context, StatusCodes.Status200OK, writer =>
    {
        writer.WriteString("version"u8, node.Version);
        writer.WriteString("tagline"u8, "Welcome to VoltageSoda.Edge");
        writer.WriteString("edition"u8, "community");
        writer.WriteString("hostname"u8, node.Hostname);
        writer.WriteString("node_id"u8, node.NodeId);
        writer.WriteString("lua_version"u8, $".NET {Environment.Version}");
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
        Plugins(writer);
        writer.WriteStartObject("configuration"u8);
        foreach ((string name, object? value) in state.Settings)
        {
            Setting(writer, name, value);
        }

        writer.WriteEndObject();
    });

    private void Plugins(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("plugins"u8);
        writer.WriteStartObject("available_on_server"u8);
        foreach (string plugin in state.AvailablePlugins)
        {
            writer.WriteStartObject(plugin);
            writer.WriteString("version"u8, node.Version);
            writer.WriteNumber("priority"u8, KongSchema.OfPlugin(plugin)?.Priority ?? 0);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteStartArray("enabled_in_cluster"u8);
        foreach (string plugin in state.EnabledPlugins)
        {
            writer.WriteStringValue(plugin);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Setting(Utf8JsonWriter writer, string name, object? value)
    {
        switch (value)
        {
            case bool flag:
                writer.WriteBoolean(name, flag);
                break;
            case long number:
                writer.WriteNumber(name, number);
                break;
            case IReadOnlyList<string> list:
                writer.WriteStartArray(name);
                foreach (string text in list)
                {
                    writer.WriteStringValue(text);
                }

                writer.WriteEndArray();
                break;
            case string text:
                writer.WriteString(name, text);
                break;
            default:
                writer.WriteNull(name);
                break;
        }
    }

    // Kong's timers are Lua's; ours are the runtime's, which tells how many there are.
    private static Task TimersAsync(HttpContext context) => JsonAnswers.WriteAsync(context, StatusCodes.Status200OK, writer =>
    {
        writer.WriteStartObject("worker"u8);
        writer.WriteNumber("id"u8, 0);
        writer.WriteNumber("count"u8, 1);
        writer.WriteEndObject();
        writer.WriteStartObject("stats"u8);
        writer.WriteStartObject("flamegraph"u8);
        writer.WriteString("running"u8, "");
        writer.WriteString("pending"u8, "");
        writer.WriteString("elapsed_time"u8, "");
        writer.WriteEndObject();
        writer.WriteStartObject("sys"u8);
        long active = Timer.ActiveCount;
        writer.WriteNumber("total"u8, active);
        writer.WriteNumber("running"u8, 0);
        writer.WriteNumber("pending"u8, 0);
        writer.WriteNumber("waiting"u8, active);
        writer.WriteNumber("runs"u8, ThreadPool.CompletedWorkItemCount);
        writer.WriteEndObject();
        writer.WriteStartObject("timers"u8);
        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    private Task EnabledAsync(HttpContext context) => JsonAnswers.WriteAsync(context, StatusCodes.Status200OK, writer =>
    {
        writer.WriteStartArray("enabled_plugins"u8);
        foreach (string plugin in state.AvailablePlugins)
        {
            writer.WriteStringValue(plugin);
        }

        writer.WriteEndArray();
    });

    private Task ChangeLevelAsync(HttpContext context, string name)
    {
        if (kongExact)
        {
            return JsonAnswers.MessageAsync(
                context, StatusCodes.Status405MethodNotAllowed, "cannot change log level when not using a database");
        }

        double seconds = double.TryParse(context.Request.Query["timeout"], out double given) ? Math.Ceiling(given) : DefaultLevelSeconds;
        if (!LogLevelNames.TryParse(name, out LogLevel level))
        {
            return JsonAnswers.MessageAsync(context, StatusCodes.Status400BadRequest, $"unknown log level: {name}");
        }

        if (!(seconds >= 0))
        {
            return JsonAnswers.MessageAsync(context, StatusCodes.Status400BadRequest, "timeout must be greater than or equal to 0");
        }

        if (levels.Current == level)
        {
            return JsonAnswers.MessageAsync(context, StatusCodes.Status200OK, $"log level is already {name}");
        }

        levels.Set(level, TimeSpan.FromSeconds(Math.Min(seconds, LogLevelSwitch.LongestSeconds)));
        return JsonAnswers.MessageAsync(context, StatusCodes.Status200OK, "log level changed");
    }
}
