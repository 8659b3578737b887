using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Admin;

/// <summary>Writes admin and status requests to an access log. Kestrel's threads share its one ring, so each line is written under a lock.</summary>
internal sealed class AdminAccessLog(AccessLog log, TimeProvider time)
{
    private readonly LoopAccessLog _ring = log.Loop(0);
    private readonly Lock _lock = new();

    public void Write(HttpContext context, TimeSpan elapsed)
    {
        HttpRequest request = context.Request;
        var line = new AccessLogLine
        {
            UnixMilliseconds = time.GetUtcNow().ToUnixTimeMilliseconds(),
            RemoteAddress = Utf8(Address(context.Connection.RemoteIpAddress)),
            Method = Utf8(request.Method),
            Target = Utf8(context.Features.Get<IHttpRequestFeature>()?.RawTarget),
            HttpVersion = request.Protocol == "HTTP/1.0" ? 10 : 11,
            Status = context.Response.StatusCode,
            BodyBytesSent = HttpMethods.IsHead(request.Method) ? 0 : context.Response.ContentLength ?? 0,
            Referer = Utf8(request.Headers.Referer),
            UserAgent = Utf8(request.Headers.UserAgent),
            Host = Utf8(request.Host.Value),
            KongMs = -1,
            UpstreamMs = -1,
            RequestMs = (int)Math.Min(elapsed.TotalMilliseconds, int.MaxValue),
        };
        lock (_lock)
        {
            _ring.Write(line);
        }
    }

    // Absent for a Unix socket, which nginx shows as "unix:".
    private static string Address(IPAddress? address) =>
        address is null ? "unix:" : (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();

    private static byte[] Utf8(string? text) => string.IsNullOrEmpty(text) ? [] : Encoding.UTF8.GetBytes(text);
}
