using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using VoltageSoda.Edge.Policies.Text;
using VoltageSoda.Edge.Policies.Transformation;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Relay;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Exchanges;

// Answers that the gateway makes itself.
internal static partial class Responder
{
    /// <summary>Answers by the gateway itself.</summary>
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder))]
    public static async ValueTask ReplyAsync(Exchange exchange, LocalReply reply)
    {
        exchange.Status = reply.Status;
        exchange.FromUpstream = false;
        exchange.Spans?.BeginHeader();
        if (reply.Status is 0 or 499)
        {
            exchange.KeepAlive = false;
            return;
        }

        if (!WriteLocalAnswer(exchange, reply))
        {
            return;
        }

        await FlushLocalAsync(exchange);
    }

    /// <summary>Sends an answer that is written whole, and reads what is left of the request.</summary>
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder))]
    internal static async ValueTask FlushLocalAsync(Exchange exchange)
    {
        RelayOutcome outcome = await BodyRelay.FlushAsync(exchange.ResponseBody, exchange.ClientWrite)
            ? RelayOutcome.Done
            : RelayOutcome.SinkFailed;
        if (outcome != RelayOutcome.Done)
        {
            Finish(exchange, outcome);
        }
        else if (exchange.KeepAlive && exchange.HasBody && !exchange.RequestBody.IsComplete)
        {
            exchange.KeepAlive = await exchange.Downstream.DrainBodyAsync(exchange);
        }
    }

    /// <summary>The gateway's own answer to <c>OPTIONS *</c>.</summary>
    public static LocalReply OptionsAsterisk(Exchange exchange)
    {
        exchange.Response.Headers.Add("Allow"u8, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"u8);
        return new LocalReply(200, null);
    }

    /// <summary>Sends the client to the path with its escaped slashes decoded (Envoy: path_with_escaped_slashes_action).</summary>
    public static LocalReply RedirectToCanonical(Exchange exchange)
    {
        ReadOnlySpan<byte> path = exchange.Path;
        ReadOnlySpan<byte> query = exchange.Request.Query;
        Span<byte> room = exchange.TargetRoom(CanonicalPath.MaxLength(path.Length) + query.Length);
        CanonicalPath.Escape(path, room, out ReadOnlySpan<byte> escaped);
        byte[] location = [.. escaped, .. query];
        exchange.Response.Headers.Add("Location"u8, location);
        return new LocalReply(307, null);
    }

    // False when not even the answer without what plugins added can be written.
    private static bool WriteLocalAnswer(Exchange exchange, LocalReply reply, bool isBare = false)
    {
        HeaderBlock headers = exchange.Response.Headers;
        RequestHead request = exchange.Request;
        GatewayFields fields = exchange.Snapshot.Options.Fields;
        ErrorRepresentation? body = reply.Status is 204 or 304 ? null : SelectBody(exchange, reply);
        byte[]? edited = body is null ? null : EditJson(exchange, body);
        int length = edited?.Length ?? body?.GetLength(RequestIdLength(exchange)) ?? 0;
        if (body is { ContentType.IsEmpty: false })
        {
            headers.Set(KnownHeader.ContentType, body.ContentType);
        }

        if (exchange.Failure == Failure.OverMemory)
        {
            headers.Set("Retry-After"u8, "1"u8);
        }

        if (reply.Status == 405)
        {
            headers.Set("Allow"u8, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"u8);
        }

        FilterHeaders(exchange);
        Drop(headers, KnownHeader.Date, isReplaced: true);
        Drop(headers, KnownHeader.Server, fields.Server);
        Drop(headers, KnownHeader.XKongResponseLatency, fields.ResponseLatency);
        Drop(headers, KnownHeader.XKongRequestId, fields.RequestId);
        exchange.KeepAlive = MayKeepAlive(exchange);
        PipeWriter output = exchange.Output;
        long before = output.UnflushedBytes;
        HeadWriter writer = new(output, HeadWriter.Estimate(headers) + 384);
        writer.StatusLine(reply.Status);
        writer.Field(KnownHeader.Date, exchange.Worker.Date);
        writer.Fields(headers);
        if (reply.Status != 204)
        {
            writer.Field(KnownHeader.ContentLength, length);
            exchange.ResponseLength = length;
        }

        if (exchange.SendsUpgradeRequired)
        {
            writer.Field(
                KnownHeader.Connection,
                !exchange.KeepAlive ? "Upgrade, close"u8 : request.Version == HttpVersion.Http10 ? "Upgrade, keep-alive"u8 : "Upgrade"u8);
        }
        else
        {
            WriteConnection(exchange, ref writer, request.Version == HttpVersion.Http10);
        }

        if (fields.ResponseLatency)
        {
            writer.Field("X-Kong-Response-Latency"u8, Math.Max(0, exchange.Worker.Loop.NowMilliseconds - exchange.StartedAt));
        }

        if (fields.Server)
        {
            writer.Field(KnownHeader.Server, fields.ProductUtf8.Span);
        }

        if (fields.RequestId)
        {
            writer.Field("X-Kong-Request-Id"u8, exchange.RequestId);
        }

        if (writer.End() != WireError.None)
        {
            exchange.Status = 500;
            exchange.KeepAlive = false;
            if (isBare)
            {
                exchange.Worker.Metrics.InternalError();
                return false;
            }

            // A plugin's field may not be written: answer without what plugins added.
            headers.Clear();
            exchange.Plugins = exchange.Plugins.Recording;
            exchange.HasRateLimit = false;
            exchange.HasBucket = false;
            return WriteLocalAnswer(exchange, LocalReply.For(Failure.Internal), isBare: true);
        }

        exchange.ResponseStarted = true;
        exchange.Spans?.EndHeader();
        exchange.ResponseHeadBytes = (int)(output.UnflushedBytes - before);
        exchange.ResponseBody.Begin(output, BodyKind.Length, exchange.ResponseHeadBytes);
        if (body is not null && request.Method != KnownMethod.Head)
        {
            Span<byte> span = output.GetSpan(length);
            int written = edited is null ? body.Write(exchange.RequestId.AsSpan(0, RequestIdLength(exchange)), span) : Copy(edited, span);
            output.Advance(written);
            exchange.ResponseBody.Wrote(written);
        }

        return true;
    }

    // response-transformer edits the gateway's own JSON answers too. Null when it leaves this one as it is.
    private static byte[]? EditJson(Exchange exchange, ErrorRepresentation body)
    {
        if (exchange.Plugins.ResponseTransform is not { HasJsonEdits: true } transform || !transform.EditsBodyOf(body.ContentType))
        {
            return null;
        }

        ArrayBufferWriter<byte> output = new(256);
        return transform.EditJson(body.ToArray(exchange.RequestId.AsSpan(0, RequestIdLength(exchange))), output) == BodyEditOutcome.Changed
            ? output.WrittenSpan.ToArray()
            : null;
    }

    private static int Copy(byte[] bytes, Span<byte> destination)
    {
        bytes.CopyTo(destination);
        return bytes.Length;
    }

    private static int RequestIdLength(Exchange exchange) => exchange.Snapshot.Options.Fields.RequestId ? exchange.RequestId.Length : 0;

    private static ErrorRepresentation? SelectBody(Exchange exchange, LocalReply reply)
    {
        if (reply.Body is not { } body)
        {
            return null;
        }

        HeaderBlock headers = exchange.Request.Headers;
        ErrorMediaType fallback = ErrorMediaType.Json;
        ReadOnlySpan<byte> accept = headers.FirstValue(KnownHeader.Accept);
        if (reply.NegotiatesLikeServer)
        {
            fallback = exchange.Snapshot.Options.ErrorDefaultType;
            if (accept.IsEmpty)
            {
                accept = headers.FirstValue(KnownHeader.ContentType);
            }
        }

        return body.Select(accept, fallback);
    }
}
