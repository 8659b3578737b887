using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Relay;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Transport.Async;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Exchanges;

// Sending.
internal static partial class AttemptSteps
{
    /// <summary>Step 10: sends head and body and waits for the response head.</summary>
    public static ValueTask<Failure> SendAsync(Exchange exchange)
    {
        Attempt attempt = exchange.Attempt;
        UpstreamConnection connection = attempt.Connection!;
        if (!WriteHead(exchange, attempt, connection.Output))
        {
            // A field that may not be written came from configuration or a template: nothing was sent.
            ReturnUnused(exchange);
            return new ValueTask<Failure>(Failure.Internal);
        }

        attempt.SentRequest = true;
        exchange.SentAt = exchange.Worker.Loop.NowMilliseconds;
        if (!exchange.HasBody && exchange.Collected is null)
        {
            ValueTask<bool> flushing = BodyRelay.FlushAsync(attempt.RequestBody, exchange.UpstreamWrite);
            if (!flushing.IsCompleted)
            {
                return FlushAndReceiveHeadAsync(exchange, flushing);
            }

            if (!flushing.Result && exchange.Interrupted != Failure.None)
            {
                return new ValueTask<Failure>(exchange.Interrupted);
            }
        }
        else
        {
            ValueTask<RelayOutcome> sending = RequestBodyRelay.SendAsync(exchange);
            if (sending.IsCompleted)
            {
                RelayOutcome outcome = sending.Result;
                exchange.SendOutcome = outcome;
                if (outcome is not (RelayOutcome.Done or RelayOutcome.SinkFailed))
                {
                    return new ValueTask<Failure>(exchange.Interrupted);
                }
            }
            else
            {
                exchange.Sending = sending;
                exchange.HasSending = true;
            }
        }

        return ReceiveHeadAsync(exchange);
    }

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    private static async ValueTask<Failure> FlushAndReceiveHeadAsync(Exchange exchange, ValueTask<bool> flushing) =>
        await flushing || exchange.Interrupted == Failure.None ? await ReceiveHeadAsync(exchange) : exchange.Interrupted;

    private static bool WriteHead(Exchange exchange, Attempt attempt, PipeWriter output)
    {
        RequestHead request = exchange.Request;
        HeaderBlock headers = request.Headers;
        long before = output.UnflushedBytes;
        HeadWriter writer = new(output, HeadWriter.Estimate(headers) + exchange.TargetLength + 256, exchange.Mesh is not null);
        writer.RequestLine(exchange.Method, exchange.UpstreamTarget);
        if (!exchange.KeepsHost)
        {
            writer.Field(KnownHeader.Host, attempt.Endpoint!.HostHeader.Span);
        }

        writer.Fields(headers);
        if (exchange.Collected is not null)
        {
            writer.Field(KnownHeader.ContentLength, exchange.CollectedLength);
        }
        else if (request.Framing.Kind == BodyKind.Chunked)
        {
            writer.Field(KnownHeader.TransferEncoding, "chunked"u8);
        }
        else if (request.Framing.Kind == BodyKind.Length || request.Method is KnownMethod.Post or KnownMethod.Put or KnownMethod.Patch)
        {
            writer.Field(KnownHeader.ContentLength, request.Framing.Length);
        }

        if (request.AcceptsTrailers)
        {
            writer.Field(KnownHeader.TE, "trailers"u8);
        }

        if (exchange.Mesh is not null)
        {
            // Envoy leaves out what HTTP/1.1 means anyway.
            if (request.IsWebSocketUpgrade)
            {
                writer.Field(KnownHeader.Connection, request.AcceptsTrailers ? "TE, Upgrade"u8 : "Upgrade"u8);
                writer.Field(KnownHeader.Upgrade, "websocket"u8);
            }
            else if (request.AcceptsTrailers)
            {
                writer.Field(KnownHeader.Connection, "TE"u8);
            }
        }
        else if (request.IsWebSocketUpgrade)
        {
            writer.Field(KnownHeader.Connection, request.AcceptsTrailers ? "keep-alive, TE, Upgrade"u8 : "keep-alive, Upgrade"u8);
            writer.Field(KnownHeader.Upgrade, "websocket"u8);
        }
        else
        {
            // RFC 9110 section 10.1.4: TE holds for this connection alone, and says so.
            writer.Field(KnownHeader.Connection, request.AcceptsTrailers ? "keep-alive, TE"u8 : "keep-alive"u8);
        }

        if (writer.End() != WireError.None)
        {
            return false;
        }

        BodyKind kind = exchange.Collected is not null ? BodyKind.Length : request.Framing.Kind;
        attempt.RequestBody.Begin(output, kind, (int)(output.UnflushedBytes - before));
        return true;
    }
}
