using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace VoltageSoda.Edge.Cli.Demo;

/// <summary>
/// Answers any request with what arrived, as JSON: name of the upstream, method, target, fields and length of the body. A path that ends in
/// <c>/status/NNN</c> is answered with that status, one that ends in <c>/slow</c> or <c>/slow/MILLISECONDS</c> after that time. Thread-safe.
/// </summary>
internal sealed class DemoApplication(Func<int, string> nameOfPort) : IHttpApplication<HttpContext>
{
    private const int DefaultDelay = 2_000;
    private const int LongestDelay = 60_000;

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public async Task ProcessRequestAsync(HttpContext context)
    {
        try
        {
            await AnswerAsync(context);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The edge gave the request up.
        }
    }

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    private async Task AnswerAsync(HttpContext context)
    {
        long length = await CountAsync(context.Request.Body, context.RequestAborted);
        string[] segments = (context.Request.Path.Value ?? "").Split('/');
        if (Delay(segments) is { } delay)
        {
            await Task.Delay(delay, context.RequestAborted);
        }

        HttpResponse response = context.Response;
        string name = nameOfPort(context.Connection.LocalPort);
        response.StatusCode = Status(segments);
        response.ContentType = "application/json";
        response.Headers.Server = "demo-" + name;
        if (response.StatusCode is 204 or 304)
        {
            return;
        }

        byte[] body = Describe(context, name, length);
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, context.RequestAborted);
    }

    private static async Task<long> CountAsync(Stream body, CancellationToken aborted)
    {
        byte[] buffer = new byte[16 * 1024];
        long length = 0;
        while (await body.ReadAsync(buffer, aborted) is > 0 and int read)
        {
            length += read;
        }

        return length;
    }

    private static int? Delay(string[] segments) => segments switch
    {
        [.., "slow"] => DefaultDelay,
        [.., "slow", string text] when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int delay) =>
            Math.Min(delay, LongestDelay),
        _ => null,
    };

    private static int Status(string[] segments) =>
        segments is [.., "status", string text] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int status)
            && status is >= 200 and <= 599
            ? status
            : StatusCodes.Status200OK;

    private static byte[] Describe(HttpContext context, string name, long length)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("upstream", name);
            json.WriteString("method", context.Request.Method);
            json.WriteString("target", context.Features.Get<IHttpRequestFeature>()?.RawTarget);
            json.WriteStartObject("headers");
            foreach ((string field, Microsoft.Extensions.Primitives.StringValues values) in context.Request.Headers)
            {
                json.WriteString(field, values.ToString());
            }

            json.WriteEndObject();
            json.WriteNumber("bodyBytes", length);
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }
}
