using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using VoltageSoda.Edge.Policies.Text;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;

namespace VoltageSoda.Edge.Admin;

/// <summary>
/// Judges what Kestrel understood of a request head by the rules of the proxy's listeners: the head is written out again and read by the
/// same reader, so that both refuse the same with the same status. What Kestrel refuses or repairs before is not seen here. Thread-safe.
/// </summary>
internal sealed class AdminHeadGate(RequestRules rules)
{
    // Kestrel takes Content-Length away beside Transfer-Encoding and leaves it under this name.
    private const string SetAsideLength = "X-Content-Length";

    private readonly RequestRules _http = rules with { Scheme = UriScheme.Http };
    private readonly RequestRules _https = rules with { Scheme = UriScheme.Https };

    public WireError Judge(HttpContext context, bool isTls)
    {
        RequestHead head = new();
        ReadOnlySequence<byte> bytes = new(Encoding.Latin1.GetBytes(Write(context)));
        ParseResult result = RequestHeadReader.Read(in bytes, head, isTls ? _https : _http, out _, out WireError error);
        if (result == ParseResult.Incomplete)
        {
            return WireError.EndOfInput;
        }

        if (error != WireError.None || head.IsAsterisk)
        {
            return error;
        }

        Span<byte> room = new byte[CanonicalPath.MaxLength(head.Path.Length)];
        return CanonicalPath.Compute(head.Path, mergeSlashes: true, EscapedSlashes.Keep, room, out _, out _);
    }

    public static Task RefuseAsync(HttpContext context, WireError error)
    {
        if (error.ClosesConnection())
        {
            context.Response.Headers.Connection = "close";
        }

        int status = error.Status();
        return JsonAnswers.MessageAsync(context, status, KongErrors.ForStatus(status).Message);
    }

    private static string Write(HttpContext context)
    {
        HttpRequest request = context.Request;
        StringBuilder head = new(512);
        head.Append(request.Method).Append(' ').Append(context.Features.Get<IHttpRequestFeature>()?.RawTarget).Append(' ')
            .Append(request.Protocol).Append("\r\n");
        bool hasCoding = request.Headers.ContainsKey("Transfer-Encoding");
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues values) in request.Headers)
        {
            string written = hasCoding && name.Equals(SetAsideLength, StringComparison.OrdinalIgnoreCase) ? "Content-Length" : name;
            foreach (string? value in values)
            {
                head.Append(written).Append(": ").Append(value).Append("\r\n");
            }
        }

        return head.Append("\r\n").ToString();
    }
}
