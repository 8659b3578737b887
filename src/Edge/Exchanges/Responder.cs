using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using VoltageSoda.Edge.Policies.RateLimiting;
using VoltageSoda.Edge.Policies.Text;
using VoltageSoda.Edge.Policies.Transformation;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Relay;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>
/// Step 11: the answer to the client, whether the upstream's or the gateway's own. Order of the response phase as in Kong: hop-by-hop
/// clean-up, plugins by priority, then the gateway's own fields, which no plugin can remove. Stateless.
/// </summary>
internal static partial class Responder
{
    /// <summary>Passes on the upstream's answer: head, body, trailers. No retry from here.</summary>
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder))]
    public static async ValueTask RespondAsync(Exchange exchange)
    {
        ResponseHead response = exchange.Response;
        exchange.Status = response.Status;
        exchange.Spans?.BeginHeader();
        if (response.Status == 101)
        {
            await SwitchProtocolsAsync(exchange);
            return;
        }

        HeaderBlock headers = response.Headers;
        HopByHopFields.Strip(headers);
        if (exchange.SetsHashCookie is not null)
        {
            HashKey.SetCookie(exchange, headers);
        }
        else if (exchange.SetsKeyCookie is not null)
        {
            KeyCookie.Set(exchange, headers);
        }

        byte[]? collected = null;
        int collectedLength = 0;
        if (exchange.Plugins.ResponseTransform is { HasJsonEdits: true } transform
            && response.Framing.HasBody && transform.EditsBodyOf(headers.FirstValue(KnownHeader.ContentType)))
        {
            (collected, collectedLength) = await ResponseBodyEdits.CollectAsync(exchange, transform);
            if (collected is null)
            {
                exchange.Failure = Failure.UpstreamInvalid;
                exchange.FromUpstream = false;
                await AttemptSteps.EndSendingAsync(exchange);
                AttemptSteps.ReturnLease(exchange, reusable: false);
                response.Reset();
                await ReplyAsync(exchange, LocalReply.For(Failure.UpstreamInvalid));
                return;
            }
        }

        // A refusal before the body is there ends the upload; an answer that streams beside it may go on.
        if (exchange.HasSending && exchange.IsSendingBody && response.Status >= 400)
        {
            await AttemptSteps.EndSendingAsync(exchange);
        }

        ShowUpstreamStatus(exchange);
        FilterHeaders(exchange);
        BodyKind kind = WriteUpstreamHead(exchange, collected is null ? -1 : collectedLength);
        if (!exchange.ResponseStarted)
        {
            exchange.Failure = Failure.Internal;
            response.Reset();
            await ReplyAsync(exchange, LocalReply.For(Failure.Internal));
            return;
        }

        RelayOutcome outcome = collected is not null
            ? await SendCollectedAsync(exchange, collected, collectedLength)
            : await CopyBodyAsync(exchange, kind);
        await EndRelayAsync(exchange, outcome);
    }

    // The rest of the answer, behind its head.
    internal static ValueTask<RelayOutcome> CopyBodyAsync(Exchange exchange, BodyKind kind) => BodyRelay.CopyAsync(
        exchange.Attempt.ResponseBody,
        exchange.ResponseBody,
        exchange.UpstreamRead,
        exchange.ClientWrite,
        null,
        trailers: kind == BodyKind.Chunked && exchange.Request.AcceptsTrailers);

    internal static ValueTask EndRelayAsync(Exchange exchange, RelayOutcome outcome)
    {
        Finish(exchange, outcome);
        if (exchange.HasSending || (exchange.KeepAlive && exchange.HasBody && !exchange.RequestBody.IsComplete))
        {
            return EndUploadAsync(exchange);
        }

        AttemptSteps.ReturnLease(exchange, IsReusable(exchange));
        return default;
    }

    // An answer may be over before the request is.
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder))]
    private static async ValueTask EndUploadAsync(Exchange exchange)
    {
        if (exchange.HasSending)
        {
            await AttemptSteps.EndSendingAsync(exchange);
        }

        AttemptSteps.ReturnLease(exchange, IsReusable(exchange));
        if (exchange.KeepAlive && exchange.HasBody && !exchange.RequestBody.IsComplete)
        {
            exchange.KeepAlive = await exchange.Downstream.DrainBodyAsync(exchange);
        }
    }

    /// <summary>Passes an interim answer on, where the client may have it: 100 when it asked, 103; false when the client is gone.</summary>
    public static ValueTask<bool> InterimAsync(Exchange exchange, ResponseHead head)
    {
        bool wanted = !exchange.IsShadow && exchange.Request.Version == HttpVersion.Http11
            && (head.Status == 103 || (head.Status == 100 && exchange.Request.ExpectContinue));
        if (!wanted)
        {
            return new ValueTask<bool>(true);
        }

        if (exchange.Mesh is { } mesh)
        {
            mesh.SentInterim = true;
        }

        return WriteInterimAsync(exchange, head.Status, head.Headers);
    }

    /// <summary>Asks the client for the body it holds back.</summary>
    public static ValueTask<bool> ContinueAsync(Exchange exchange) => WriteInterimAsync(exchange, 100, null);

    /// <summary>After an unexpected exception: answers 500 if nothing was sent yet, and never throws.</summary>
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder))]
    public static async ValueTask GiveUpAsync(Exchange exchange)
    {
        if (exchange.ResponseStarted)
        {
            return;
        }

        try
        {
            exchange.Response.Reset();
            exchange.HasRateLimit = false;
            exchange.HasBucket = false;
            exchange.Plugins = exchange.Plugins.Recording;
            await ReplyAsync(exchange, LocalReply.For(Failure.Internal));
        }
        catch (Exception)
        {
            // The connection is closed by its owner; there is nothing left to tell the client.
            exchange.KeepAlive = false;
        }
    }

    // correlation-id 100001, zipkin 100000, cors 2000, rate-limiting 910 (its fields are set when it decides), response-transformer 800.
    private static void FilterHeaders(Exchange exchange)
    {
        PluginChain plugins = exchange.Plugins;
        TraceStep.FilterHeaders(exchange);
        HeaderBlockEdits response = new(exchange.Response.Headers);
        if (plugins.Correlation is { EchoDownstream: true } correlation)
        {
            if (exchange.CorrelationValue.IsEmpty)
            {
                // Answered before its turn, or without a route; a refused head may hold anything.
                exchange.Correlate(correlation, trustsRequest: exchange.WireError == WireError.None);
            }

            response.Set(correlation.HeaderName, exchange.CorrelationValue);
        }

        if (exchange.HasRateLimit)
        {
            RateLimitHeaders.Apply(in exchange.RateLimit, ref response);
        }

        if (exchange.HasBucket)
        {
            RateLimitHeaders.Apply(in exchange.Bucket, ref response);
        }

        if (plugins.Cors is { } cors && !exchange.PreflightAnswered)
        {
            HeaderBlockEdits request = new(exchange.Request.Headers);
            cors.ApplyResponse(exchange.Request.MethodBytes, ref request, ref response);
        }

        if (plugins.ResponseTransform is { HasHeaderEdits: true } transform)
        {
            transform.EditHeaders(ref response);

            // Framing and the connection are the gateway's to state: a field that contradicts them would desynchronise the client.
            HeaderBlock headers = exchange.Response.Headers;
            Drop(headers, KnownHeader.TransferEncoding, isReplaced: true);
            Drop(headers, KnownHeader.Connection, isReplaced: true);
        }

        if (exchange.Snapshot.Options.AllowDebugHeader && exchange.Route is { } route
            && exchange.Request.Headers.IndexOf("Kong-Debug"u8) is >= 0 and int debug
            && exchange.Request.Headers.Value(debug).SequenceEqual("1"u8))
        {
            ShowRoute(exchange.Response.Headers, route);
        }
    }

    private static void ShowRoute(HeaderBlock headers, RoutePlan route)
    {
        headers.Set("Kong-Route-Id"u8, route.IdUtf8.Span);
        headers.Set("Kong-Route-Name"u8, route.NameUtf8.Span);
        if (route.Service is { } service)
        {
            headers.Set("Kong-Service-Id"u8, service.IdUtf8.Span);
            headers.Set("Kong-Service-Name"u8, service.NameUtf8.Span);
        }
    }

    internal static BodyKind WriteUpstreamHead(Exchange exchange, int collectedLength)
    {
        ResponseHead response = exchange.Response;
        HeaderBlock headers = response.Headers;
        if (exchange.Mesh is null)
        {
            DropReplaced(exchange);
        }

        BodyFraming framing = response.Framing;
        bool oldClient = exchange.Request.Version == HttpVersion.Http10;
        BodyKind kind = framing.Kind switch
        {
            BodyKind.Chunked or BodyKind.UntilClose => oldClient ? BodyKind.UntilClose : BodyKind.Chunked,
            var counted => counted,
        };
        if (collectedLength >= 0)
        {
            kind = BodyKind.Length;
            framing = BodyFraming.Counted(collectedLength);
        }

        exchange.KeepAlive = kind != BodyKind.UntilClose && MayKeepAlive(exchange);
        PipeWriter output = exchange.Output;
        long before = output.UnflushedBytes;
        HeadWriter writer = new(output, HeadWriter.Estimate(headers) + 384, exchange.Mesh is not null);
        writer.StatusLine(response.Status);
        if (framing.Kind == BodyKind.Length)
        {
            headers.Remove(KnownHeader.ContentLength);
            writer.Fields(headers);
            writer.Field(KnownHeader.ContentLength, framing.Length);
            exchange.ResponseLength = framing.Length;
        }
        else
        {
            if (response.Status == 204)
            {
                headers.Remove(KnownHeader.ContentLength);
            }

            writer.Fields(headers);
            if (kind == BodyKind.Chunked)
            {
                writer.Field(KnownHeader.TransferEncoding, "chunked"u8);
            }
        }

        if (!headers.Contains(KnownHeader.Date))
        {
            writer.Field(KnownHeader.Date, exchange.Worker.Date);
        }

        WriteConnection(exchange, ref writer, oldClient);
        if (exchange.Mesh is null)
        {
            WriteGatewayFields(exchange, ref writer);
        }

        if (writer.End() != WireError.None)
        {
            return kind;
        }

        exchange.ResponseStarted = true;
        exchange.Spans?.EndHeader();
        exchange.ResponseHeadBytes = (int)(output.UnflushedBytes - before);
        exchange.ResponseBody.Begin(output, kind, exchange.ResponseHeadBytes);
        return kind;
    }

    // Before the plugins, which may remove or rename it.
    private static void ShowUpstreamStatus(Exchange exchange)
    {
        if (exchange.Snapshot.Options.Fields.UpstreamStatus)
        {
            Span<byte> digits = stackalloc byte[3];
            int status = exchange.Response.Status;
            digits[0] = (byte)('0' + (status / 100));
            digits[1] = (byte)('0' + (status / 10 % 10));
            digits[2] = (byte)('0' + (status % 10));
            exchange.Response.Headers.Set(KnownHeader.XKongUpstreamStatus, digits);
        }
    }

    // What stands behind the block, in place of fields of the same names in it: another gateway behind this one sends them too.
    private static void DropReplaced(Exchange exchange)
    {
        HeaderBlock headers = exchange.Response.Headers;
        GatewayFields fields = exchange.Snapshot.Options.Fields;
        Drop(headers, KnownHeader.XKongUpstreamLatency, fields.UpstreamLatency);
        Drop(headers, KnownHeader.XKongProxyLatency, fields.ProxyLatency);
        Drop(headers, KnownHeader.Via, fields.Via);
        Drop(headers, KnownHeader.XKongRequestId, fields.RequestId);
    }

    internal static void Drop(HeaderBlock headers, KnownHeader name, bool isReplaced)
    {
        if (isReplaced && headers.Contains(name))
        {
            headers.Remove(name);
        }
    }

    private static void WriteGatewayFields(Exchange exchange, ref HeadWriter writer)
    {
        GatewayFields fields = exchange.Snapshot.Options.Fields;
        if (fields.UpstreamLatency)
        {
            writer.Field("X-Kong-Upstream-Latency"u8, Math.Max(0, exchange.UpstreamLatency));
        }

        if (fields.ProxyLatency)
        {
            writer.Field("X-Kong-Proxy-Latency"u8, Math.Max(0, exchange.ProxiedAt - exchange.StartedAt));
        }

        if (fields.Via)
        {
            writer.Field(KnownHeader.Via, fields.ProductUtf8.Span);
        }

        if (fields.RequestId)
        {
            writer.Field("X-Kong-Request-Id"u8, exchange.RequestId);
        }
    }

    private static void Finish(Exchange exchange, RelayOutcome outcome)
    {
        if (outcome == RelayOutcome.Done)
        {
            return;
        }

        exchange.KeepAlive = false;
        exchange.Failure = outcome switch
        {
            RelayOutcome.SinkFailed => exchange.Interrupted == Failure.None ? Failure.DownstreamGone : exchange.Interrupted,
            RelayOutcome.SourceCanceled => exchange.Interrupted == Failure.None ? Failure.UpstreamTruncated : exchange.Interrupted,
            _ => Failure.UpstreamTruncated,
        };
        if (exchange.Failure == Failure.UpstreamTruncated)
        {
            exchange.Cluster?.Metrics.ConnectionReset(exchange.Worker.Loop.Id, Telemetry.UpstreamResetStage.Body);
        }
    }

    private static bool IsReusable(Exchange exchange)
    {
        Attempt attempt = exchange.Attempt;
        if (attempt.Connection is null || !exchange.Response.KeepAlive || !attempt.ResponseBody.IsComplete
            || exchange.SendOutcome != RelayOutcome.Done || exchange.StopsSending)
        {
            return false;
        }

        if (attempt.ResponseBody.HasLeftOver)
        {
            exchange.Cluster!.Metrics.ConnectionPoisoned(exchange.Worker.Loop.Id);
            return false;
        }

        return true;
    }

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    private static async ValueTask<RelayOutcome> SendCollectedAsync(Exchange exchange, byte[] body, int length)
    {
        try
        {
            Http1BodySink sink = exchange.ResponseBody;
            ReadOnlyMemory<byte> bytes = body.AsMemory(0, length);
            if (!sink.TryBuffer(bytes.Span) && !await sink.SendAsync(bytes))
            {
                return RelayOutcome.SinkFailed;
            }

            return await BodyRelay.FlushAsync(sink, exchange.ClientWrite) ? RelayOutcome.Done : RelayOutcome.SinkFailed;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(body);
        }
    }

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    private static async ValueTask<bool> WriteInterimAsync(Exchange exchange, int status, HeaderBlock? headers)
    {
        HeadWriter writer = new(exchange.Output, headers is null ? 64 : HeadWriter.Estimate(headers) + 64);
        writer.StatusLine(status);
        if (headers is not null)
        {
            HopByHopFields.Strip(headers);
            writer.Fields(headers);
        }

        if (writer.End() != WireError.None)
        {
            return true;
        }

        try
        {
            FlushResult result = await exchange.Output.FlushAsync();
            return !result.IsCompleted && !result.IsCanceled;
        }
        catch (IOException)
        {
            return false;
        }
    }

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder))]
    private static async ValueTask SwitchProtocolsAsync(Exchange exchange)
    {
        HeaderBlock headers = exchange.Response.Headers;
        HopByHopFields.Strip(headers);
        ShowUpstreamStatus(exchange);
        FilterHeaders(exchange);
        DropReplaced(exchange);
        if (!await WriteSwitchAsync(exchange))
        {
            exchange.Failure = Failure.Internal;
            exchange.Response.Reset();
            await ReplyAsync(exchange, LocalReply.For(Failure.Internal));
        }
    }

    /// <summary>Writes a 101 and carries the connection until either side ends; false when the head cannot be written.</summary>
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    internal static async ValueTask<bool> WriteSwitchAsync(Exchange exchange)
    {
        HeaderBlock headers = exchange.Response.Headers;
        HeadWriter writer = new(exchange.Output, HeadWriter.Estimate(headers) + 384, exchange.Mesh is not null);
        writer.StatusLine(101);
        writer.Field(KnownHeader.Connection, "Upgrade"u8);
        writer.Field(KnownHeader.Upgrade, "websocket"u8);
        writer.Fields(headers);
        if (exchange.Mesh is null)
        {
            WriteGatewayFields(exchange, ref writer);
        }

        exchange.KeepAlive = false;
        long before = exchange.Output.UnflushedBytes;
        if (writer.End() != WireError.None)
        {
            return false;
        }

        exchange.ResponseStarted = true;
        exchange.Spans?.EndHeader();
        exchange.ResponseHeadBytes = (int)(exchange.Output.UnflushedBytes - before);
        exchange.ResponseBody.Begin(exchange.Output, BodyKind.UntilClose, exchange.ResponseHeadBytes);
        if (!await BodyRelay.FlushAsync(exchange.ResponseBody, exchange.ClientWrite))
        {
            exchange.Failure = Failure.DownstreamGone;
            return true;
        }

        // Bytes behind the 101 belong to the tunnel: the pipe offers them again.
        exchange.Attempt.ResponseBody.End();
        await exchange.Downstream.TunnelAsync(exchange);
        return true;
    }
}
