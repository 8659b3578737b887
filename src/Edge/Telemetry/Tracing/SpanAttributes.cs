using System.Diagnostics;
using System.Globalization;
using System.Text;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Telemetry.Tracing;

/// <summary>
/// Attributes of OpenTelemetry's semantic conventions for HTTP spans; Kong's own tags that say something else go beside them. Stateless.
/// </summary>
internal static class SpanAttributes
{
    private static readonly HashSet<string> KnownMethods =
        new(StringComparer.Ordinal) { "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY" };

    // Said by an attribute of the conventions.
    private static readonly HashSet<string> Replaced =
        new(StringComparer.Ordinal) { "lc", "http.method", "http.host", "http.path", "http.protocol", "http.status_code", "peer.hostname", "error" };

    public static void OfRequest(Activity span, SpanRecord record)
    {
        Method(span, record);
        span.SetTag("url.scheme", record.IsTls ? "https" : "http");
        span.SetTag("url.path", Text(record.Path));
        if (!record.Host.IsEmpty)
        {
            span.SetTag("server.address", Text(record.Host));
        }

        if (record.Client.HasValue)
        {
            span.SetTag("client.address", record.Client.ToString());
        }

        if (record.ClientPort != 0)
        {
            span.SetTag("client.port", record.ClientPort);
        }

        span.SetTag("network.protocol.version", record.HttpVersion == 10 ? "1.0" : "1.1");
        Status(span, record.Status, failsFrom: 500);
    }

    /// <param name="span">To fill.</param>
    /// <param name="record">Its exchange.</param>
    /// <param name="attempt">The try.</param>
    /// <param name="resends">Tries before it.</param>
    /// <param name="answered">Whether the answer to the client is that of the try.</param>
    public static void OfTry(Activity span, SpanRecord record, in SpanTry attempt, int resends, bool answered)
    {
        Method(span, record);
        string authority = Text(record.PeerHost.Span);
        span.SetTag("server.address", authority.Trim('[', ']'));
        span.SetTag("server.port", attempt.Port);
        span.SetTag(
            "url.full",
            string.Create(CultureInfo.InvariantCulture, $"{(record.UpstreamIsTls ? "https" : "http")}://{authority}:{attempt.Port}{Text(record.UpstreamPath)}"));
        if (attempt.Address.HasValue)
        {
            span.SetTag("network.peer.address", attempt.Address.ToString());
            span.SetTag("network.peer.port", attempt.Port);
        }

        span.SetTag("network.protocol.version", "1.1");
        if (resends > 0)
        {
            span.SetTag("http.request.resend_count", resends);
        }

        if (attempt.FailedStatus != 0)
        {
            span.SetTag("error.type", attempt.FailedStatus.ToString(CultureInfo.InvariantCulture));
            span.SetStatus(ActivityStatusCode.Error);
        }
        else if (answered)
        {
            Status(span, record.Status, failsFrom: 400);
        }
    }

    public static void Add(Activity span, SpanTags tags)
    {
        foreach ((string name, string value) in tags.Written)
        {
            if (!Replaced.Contains(name))
            {
                span.SetTag(name, value);
            }
        }
    }

    private static void Method(Activity span, SpanRecord record)
    {
        string method = Text(record.Method);
        if (KnownMethods.Contains(method))
        {
            span.SetTag("http.request.method", method);
            return;
        }

        span.SetTag("http.request.method", "_OTHER");
        span.SetTag("http.request.method_original", method);
    }

    private static void Status(Activity span, int status, int failsFrom)
    {
        if (status != 0)
        {
            span.SetTag("http.response.status_code", status);
        }

        if (status >= failsFrom)
        {
            span.SetTag("error.type", status.ToString(CultureInfo.InvariantCulture));
            span.SetStatus(ActivityStatusCode.Error);
        }
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
