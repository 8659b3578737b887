using System.Text;
using Microsoft.AspNetCore.Http;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Telemetry.MeshMetrics;

namespace VoltageSoda.Edge.Admin.Gateways;

/// <summary>
/// The endpoints that Istio's tools know: health on 15021, metrics on 15090, Envoy's administration on 15000 (<c>envoy:
/// source/server/admin/admin.cc</c>). Thread-safe.
/// </summary>
internal sealed class GatewayApi
{
    private const string PlainText = "text/plain; charset=UTF-8";

    private readonly IGatewayState _state;
    private readonly IEdgeState _edge;
    private readonly EdgeMetrics _metrics;
    private readonly NodeIdentity _node;
    private readonly EnvoyStats _stats;
    private readonly GatewayFacts _facts;
    private readonly GatewayCommands _commands;
    private readonly Command[] _all;

    public GatewayApi(IGatewayState state, IEdgeState edge, EdgeMetrics metrics, NodeIdentity node, LogLevelSwitch levels)
    {
        _state = state;
        _edge = edge;
        _metrics = metrics;
        _node = node;
        _stats = new EnvoyStats(state, metrics);
        _facts = new GatewayFacts(state, node);
        _commands = new GatewayCommands(state, _stats, levels);
        _all =
        [
            Read("/certs", "print certs on machine", context => JsonAnswers.WriteAsync(context, 200, _facts.Certificates)),
            Read("/clusters", "upstream cluster status", ClustersAsync),
            Read("/config_dump", "dump current configs", context => JsonAnswers.WriteAsync(context, 200, writer => ConfigDump.Write(writer, _state))),
            Write("/drain_listeners", "drain listeners", async context => await SayAsync(context, await _commands.DrainAsync(context.Request.Query))),
            Write("/healthcheck/fail", "cause the server to fail health checks", context => SayAsync(context, _commands.FailHealth(fails: true))),
            Write("/healthcheck/ok", "cause the server to pass health checks", context => SayAsync(context, _commands.FailHealth(fails: false))),
            Read("/help", "print out list of admin commands", context => TextAsync(context, 200, Help())),
            Read("/hot_restart_version", "print the hot restart compatibility version", context => TextAsync(context, 200, "disabled")),
            Read("/listeners", "print listener info", ListenersAsync),
            Write("/logging", "query/change logging levels", context => SayAsync(context, _commands.Logging(context.Request.Query))),
            Read("/memory", "print current allocation/heap usage", context => JsonAnswers.WriteAsync(context, 200, GatewayFacts.Memory)),
            Write("/quitquitquit", "exit the server", context => SayAsync(context, _commands.Quit())),
            Read("/ready", "print server state, return 200 if LIVE, otherwise return 503", ReadyAsync),
            Write("/reopen_logs", "reopen access logs", context => SayAsync(context, _commands.ReopenLogs())),
            Write("/reset_counters", "reset all counters to zero", context => SayAsync(context, _commands.ResetCounters())),
            Read("/runtime", "print runtime values", context => JsonAnswers.WriteAsync(context, 200, GatewayFacts.Runtime)),
            Read("/server_info", "print server version/status information", context => JsonAnswers.WriteAsync(context, 200, _facts.Server)),
            Read("/stats", "print server stats", StatsAsync),
            Read("/stats/prometheus", "print server stats in prometheus format", PrometheusAsync),
        ];
    }

    /// <summary>Answers a request that came in by one of the surfaces of the mesh.</summary>
    public Task ServeAsync(HttpContext context, AdminSurface surface)
    {
        string path = context.Request.Path.Value ?? "/";
        if (surface == AdminSurface.GatewayAdmin)
        {
            return AdminAsync(context, path);
        }

        if (!StatusApi.IsRead(context))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            return TextAsync(context, StatusCodes.Status405MethodNotAllowed, "Method Not Allowed\n");
        }

        return surface == AdminSurface.GatewayStatus ? HealthAsync(context, path)
            : path == "/stats/prometheus" ? PrometheusAsync(context)
            : TextAsync(context, StatusCodes.Status404NotFound, "");
    }

    private Task HealthAsync(HttpContext context, string path)
    {
        switch (path)
        {
            case "/healthz/ready":
                Readiness readiness = _state.Readiness;
                return readiness.Ready
                    ? TextAsync(context, StatusCodes.Status200OK, "")
                    : TextAsync(context, StatusCodes.Status503ServiceUnavailable, readiness.Reason + "\n");
            case "/healthz/live":
                return TextAsync(context, StatusCodes.Status200OK, "");
            default:
                return TextAsync(context, StatusCodes.Status404NotFound, "");
        }
    }

    private Task AdminAsync(HttpContext context, string path)
    {
        if (path == "/")
        {
            return TextAsync(context, StatusCodes.Status200OK, Help());
        }

        if (Array.Find(_all, command => command.Path == path) is not { } found)
        {
            // With the space, as one sentence in front of the other.
            return TextAsync(context, StatusCodes.Status404NotFound, "invalid path. " + Help());
        }

        return found.Changes && !HttpMethods.IsPost(context.Request.Method)
            ? TextAsync(context, StatusCodes.Status405MethodNotAllowed, $"Method {context.Request.Method} not allowed, POST required.")
            : found.Answer(context);
    }

    private string Help() => "admin commands are:\n" + string.Concat(_all.Select(static command => $"  {command.Path}{(command.Changes ? " (POST)" : "")}: {command.Help}\n"));

    private Task ClustersAsync(HttpContext context) => context.Request.Query["format"] == "json"
        ? JsonAnswers.WriteAsync(context, StatusCodes.Status200OK, writer => ClusterJson.Write(writer, _state))
        : TextAsync(context, StatusCodes.Status200OK, ClusterLines.Write(_state));

    private Task ListenersAsync(HttpContext context) => context.Request.Query["format"] == "json"
        ? JsonAnswers.WriteAsync(context, StatusCodes.Status200OK, _facts.Listeners)
        : TextAsync(context, StatusCodes.Status200OK, string.Concat(_state.Listeners.Select(static bound => $"{bound.Plan.Name}::{bound.Address}\n")));

    private Task ReadyAsync(HttpContext context) => TextAsync(
        context,
        _state.State == ServerState.Live ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
        GatewayFacts.NameOf(_state.State) + "\n");

    private Task StatsAsync(HttpContext context)
    {
        if (StatsQuery.Read(context.Request.Query, _state.Mesh.HiddenStats, out string error) is not { } query)
        {
            return TextAsync(context, StatusCodes.Status400BadRequest, error);
        }

        return query.Format switch
        {
            "prometheus" => PrometheusAsync(context),
            "json" => JsonAnswers.WriteAsync(context, StatusCodes.Status200OK, writer => StatsAnswer.Json(writer, _stats, query)),
            _ => TextAsync(context, StatusCodes.Status200OK, StatsAnswer.Text(_stats, query)),
        };
    }

    private async Task PrometheusAsync(HttpContext context)
    {
        if (StatsQuery.Read(context.Request.Query, _state.Mesh.HiddenStats, out string error) is not { } query)
        {
            await TextAsync(context, StatusCodes.Status400BadRequest, error);
            return;
        }

        context.Response.ContentType = PrometheusWriter.ContentType;
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        // A filter is one of Envoy's names.
        bool onlyEnvoy = context.Request.Query.ContainsKey("filter");
        IReadOnlyList<TargetHealthRow>? health = _edge.UpstreamHealthMetrics ? _edge.UpstreamHealth() : null;
        await PrometheusWriter.WriteAsync(
            context.Response.BodyWriter,
            output => onlyEnvoy
                ? StatsAnswer.Prometheus(output, _stats, query)
                : IstioExposition.Blocks(output, _metrics.Mesh, _node.Version)
                    .Concat(StatsAnswer.Prometheus(output, _stats, query))
                    .Concat(PrometheusWriter.Blocks(output, _metrics, _node, health)),
            context.RequestAborted);
    }

    private static Command Read(string path, string help, Func<HttpContext, Task> answer) => new(path, help, false, answer);

    private static Command Write(string path, string help, Func<HttpContext, Task> answer) => new(path, help, true, answer);

    private static Task SayAsync(HttpContext context, (int Status, string Text) answer) => TextAsync(context, answer.Status, answer.Text);

    private static async Task TextAsync(HttpContext context, int status, string text)
    {
        byte[] body = Encoding.UTF8.GetBytes(text);
        context.Response.StatusCode = status;
        context.Response.ContentType = PlainText;
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }
    }

    private sealed record Command(string Path, string Help, bool Changes, Func<HttpContext, Task> Answer);
}
