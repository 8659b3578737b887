using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Admin.Gateways;

/// <summary>
/// The endpoints that Istio's tools know: health on 15021, metrics on 15090, Envoy's administration on 15000 (mesh.md section 14). Reads only;
/// thread-safe.
/// </summary>
internal sealed class GatewayApi(IGatewayState state, IEdgeState edge, EdgeMetrics metrics, NodeIdentity node)
{
    private const string Text = "text/plain; charset=UTF-8";

    // A pattern of a scrape is not worth more.
    private static readonly TimeSpan FilterTime = TimeSpan.FromMilliseconds(200);

    /// <summary>Answers a request that came in by one of the surfaces of the mesh.</summary>
    public Task ServeAsync(HttpContext context, AdminSurface surface)
    {
        if (!StatusApi.IsRead(context))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            return TextAsync(context, StatusCodes.Status405MethodNotAllowed, "Method Not Allowed\n");
        }

        string path = context.Request.Path.Value ?? "/";
        return surface switch
        {
            AdminSurface.GatewayStatus => HealthAsync(context, path),
            AdminSurface.GatewayStats => path == "/stats/prometheus" ? PrometheusAsync(context) : TextAsync(context, StatusCodes.Status404NotFound, ""),
            _ => AdminAsync(context, path),
        };
    }

    private Task HealthAsync(HttpContext context, string path)
    {
        switch (path)
        {
            case "/healthz/ready":
                Readiness readiness = state.Readiness;
                return readiness.Ready
                    ? TextAsync(context, StatusCodes.Status200OK, "")
                    : TextAsync(context, StatusCodes.Status503ServiceUnavailable, readiness.Reason + "\n");
            case "/healthz/live":
                return TextAsync(context, StatusCodes.Status200OK, "");
            default:
                return TextAsync(context, StatusCodes.Status404NotFound, "");
        }
    }

    private Task AdminAsync(HttpContext context, string path) => path switch
    {
        "/clusters" => TextAsync(context, StatusCodes.Status200OK, ClusterLines.Write(state)),
        "/config_dump" => JsonAnswers.WriteAsync(context, StatusCodes.Status200OK, writer => ConfigDump.Write(writer, state)),
        "/listeners" => TextAsync(
            context,
            StatusCodes.Status200OK,
            string.Concat(state.Listeners.Select(static listener => $"{listener.Plan.Name}::{listener.Address}\n"))),
        "/ready" => state.Readiness.Ready
            ? TextAsync(context, StatusCodes.Status200OK, "LIVE\n")
            : TextAsync(context, StatusCodes.Status503ServiceUnavailable, StateName + "\n"),
        "/server_info" => ServerInfoAsync(context),
        "/certs" => CertificatesAsync(context),
        "/stats" => StatsAsync(context),
        "/stats/prometheus" => PrometheusAsync(context),
        _ => TextAsync(
            context,
            path is "/" or "/help" ? StatusCodes.Status200OK : StatusCodes.Status404NotFound,
            "admin commands are:\n  /certs\n  /clusters\n  /config_dump\n  /listeners\n  /ready\n  /server_info\n  /stats\n  /stats/prometheus\n"),
    };

    private string StateName => state.Readiness.Ready ? "LIVE" : state.IsDraining ? "DRAINING" : "PRE_INITIALIZING";

    private Task ServerInfoAsync(HttpContext context) => JsonAnswers.WriteAsync(context, StatusCodes.Status200OK, writer =>
    {
        string uptime = ((long)state.Uptime.TotalSeconds).ToString(CultureInfo.InvariantCulture) + "s";
        writer.WriteString("version"u8, node.Version);
        writer.WriteString("state"u8, StateName);
        writer.WriteString("uptime_current_epoch"u8, uptime);
        writer.WriteString("uptime_all_epochs"u8, uptime);
        writer.WriteString("hot_restart_version"u8, "disabled");
        writer.WriteStartObject("node"u8);
        writer.WriteString("id"u8, node.NodeId);
        writer.WriteEndObject();
    });

    private Task CertificatesAsync(HttpContext context) => JsonAnswers.WriteAsync(context, StatusCodes.Status200OK, writer =>
    {
        writer.WriteStartArray("certificates"u8);
        foreach ((string name, DateTimeOffset notAfter) in state.Certificates)
        {
            writer.WriteStartObject();
            writer.WriteString("path"u8, name);
            writer.WriteString("expiration_time"u8, notAfter.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    private Task StatsAsync(HttpContext context)
    {
        string? format = context.Request.Query["format"];
        if (format == "prometheus")
        {
            return PrometheusAsync(context);
        }

        if (format is not (null or "text" or "json"))
        {
            return TextAsync(context, StatusCodes.Status404NotFound, "usage: /stats?format=(text|json|prometheus)\n");
        }

        Regex? filter = null;
        if (context.Request.Query["filter"].ToString() is { Length: > 0 } pattern)
        {
            try
            {
                filter = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, FilterTime);
            }
            catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
            {
                return TextAsync(context, StatusCodes.Status400BadRequest, "Invalid re2 regex\n");
            }
        }

        bool usedOnly = context.Request.Query.ContainsKey("usedonly");
        IEnumerable<(string Name, long Value)> shown = All().Where(stat => (!usedOnly || stat.Value != 0) && filter?.IsMatch(stat.Name) != false);
        if (format != "json")
        {
            StringBuilder lines = new();
            foreach ((string name, long value) in shown)
            {
                lines.Append(CultureInfo.InvariantCulture, $"{name}: {value}\n");
            }

            return TextAsync(context, StatusCodes.Status200OK, lines.ToString());
        }

        return JsonAnswers.WriteAsync(context, StatusCodes.Status200OK, writer =>
        {
            writer.WriteStartArray("stats"u8);
            foreach ((string name, long value) in shown)
            {
                writer.WriteStartObject();
                writer.WriteString("name"u8, name);
                writer.WriteNumber("value"u8, value);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        });
    }

    private IEnumerable<(string Name, long Value)> All()
    {
        foreach (ClusterGuard guard in state.Guards)
        {
            foreach (ClusterStatistic statistic in ClusterStatistics.Of(guard))
            {
                yield return ($"cluster.{guard.Name}.{statistic.Name}", statistic.Value);
            }
        }

        yield return ("listener_manager.total_listeners_active", state.Listeners.Count);
        yield return ("server.live", state.Readiness.Ready ? 1 : 0);
        yield return ("server.uptime", (long)state.Uptime.TotalSeconds);
    }

    private async Task PrometheusAsync(HttpContext context)
    {
        context.Response.ContentType = PrometheusWriter.ContentType;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            IReadOnlyList<TargetHealthRow>? health = edge.UpstreamHealthMetrics ? edge.UpstreamHealth() : null;
            await PrometheusWriter.WriteAsync(context.Response.BodyWriter, metrics, node, health, context.RequestAborted);
        }
    }

    private static async Task TextAsync(HttpContext context, int status, string text)
    {
        byte[] body = Encoding.UTF8.GetBytes(text);
        context.Response.StatusCode = status;
        context.Response.ContentType = Text;
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }
    }
}
