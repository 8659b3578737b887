using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using VoltageSoda.Edge.Admin.Routing;

namespace VoltageSoda.Edge.Admin;

/// <summary>
/// Kong's Admin API without a database (<c>kong/api</c>): reads of everything in force, <c>POST /config</c>, health of targets. Headers and refusals
/// as <c>kong/api/api_helpers.lua</c> gives them. Thread-safe.
/// </summary>
internal sealed class AdminApi
{
    private readonly AdminRouter _router;
    private readonly bool _showsLatency;
    private readonly TimeProvider _time;

    public AdminApi(IEnumerable<AdminRoute> routes, bool showsLatency, TimeProvider time)
    {
        _router = new AdminRouter([.. routes, new AdminRoute("/endpoints", (HttpMethods.Get, EndpointsAsync))]);
        _showsLatency = showsLatency;
        _time = time;
    }

    /// <summary>Sets the headers of every admin answer; the latency is set when the answer starts.</summary>
    public void PrepareHeaders(HttpContext context, long started)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = context.Request.Headers.Origin is [{ Length: > 0 } origin, ..] ? origin : "*";
        headers.AccessControlAllowCredentials = "true";
        if (_showsLatency)
        {
            context.Response.OnStarting(() =>
            {
                long milliseconds = (long)_time.GetElapsedTime(started).TotalMilliseconds;
                headers["X-Kong-Admin-Latency"] = milliseconds.ToString(CultureInfo.InvariantCulture);
                return Task.CompletedTask;
            });
        }
    }

    public Task ServeAsync(HttpContext context)
    {
        if (_router.Find(context.Request.Path, out string[] arguments) is not { } route)
        {
            return ApiError.NotFoundAsync(context);
        }

        string method = context.Request.Method;
        if (HttpMethods.IsOptions(method))
        {
            return OptionsAsync(context, route);
        }

        if (route.Handler(method) is { } handler)
        {
            return handler(context, arguments);
        }

        context.Response.Headers.Allow = route.Allowed;
        return JsonAnswers.MessageAsync(context, StatusCodes.Status405MethodNotAllowed, "Method not allowed");
    }

    private static Task OptionsAsync(HttpContext context, AdminRoute route)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.Allow = route.Allowed;
        headers.AccessControlAllowMethods = route.Allowed;
        StringValues asked = context.Request.Headers.AccessControlRequestHeaders;
        headers.AccessControlAllowHeaders = StringValues.IsNullOrEmpty(asked) ? "Content-Type" : asked;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private Task EndpointsAsync(HttpContext context, string[] arguments) => JsonAnswers.WriteAsync(context, StatusCodes.Status200OK, writer =>
    {
        writer.WriteStartArray("data"u8);
        foreach (string pattern in _router.Patterns)
        {
            writer.WriteStringValue(pattern);
        }

        writer.WriteEndArray();
    });
}
