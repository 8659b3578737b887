using System.Runtime.CompilerServices;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Relay;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>
/// Sends the request body of an attempt while the exchange already waits for the answer: what an earlier attempt sent first, then what the
/// client sends. Stateless.
/// </summary>
internal static class RequestBodyRelay
{
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    public static async ValueTask<RelayOutcome> SendAsync(Exchange exchange)
    {
        Http1BodySink sink = exchange.Attempt.RequestBody;
        exchange.IsSendingBody = true;
        RelayOutcome outcome;
        if (exchange.Collected is { } collected)
        {
            outcome = await SendBytesAsync(exchange, sink, collected.AsMemory(0, exchange.CollectedLength), last: true)
                ? RelayOutcome.Done
                : RelayOutcome.SinkFailed;
        }
        else if (!exchange.Replay.Bytes.IsEmpty && !await SendBytesAsync(exchange, sink, exchange.Replay.Bytes, last: false))
        {
            outcome = RelayOutcome.SinkFailed;
        }
        else
        {
            outcome = await BodyRelay.CopyAsync(
                exchange.RequestBody, sink, exchange.ClientRead, exchange.UpstreamWrite, exchange.Replay, trailers: false);
        }

        exchange.IsSendingBody = false;
        exchange.SendOutcome = outcome;
        if (outcome == RelayOutcome.Done && exchange.Mesh is { } mesh)
        {
            mesh.Relayed(exchange);
        }

        switch (outcome)
        {
            case RelayOutcome.SourceInvalid:
                exchange.WireError = exchange.RequestBody.Error;
                exchange.SendingFailed(Failure.DownstreamInvalid);
                break;
            case RelayOutcome.SourceClosed:
                exchange.WireError = WireError.EndOfInput;
                exchange.SendingFailed(exchange.RequestBody.WasReset ? Failure.DownstreamGone : Failure.DownstreamInvalid);
                break;
            case RelayOutcome.SourceCanceled:
                exchange.SendingFailed(Failure.DownstreamGone);
                break;
        }

        exchange.SentAt = exchange.Worker.Loop.NowMilliseconds;
        return outcome;
    }

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    private static async ValueTask<bool> SendBytesAsync(Exchange exchange, Http1BodySink sink, ReadOnlyMemory<byte> bytes, bool last)
    {
        if (!bytes.IsEmpty && !sink.TryBuffer(bytes.Span))
        {
            ValueTask<bool> sending = sink.SendAsync(bytes);
            if (!sending.IsCompleted)
            {
                exchange.UpstreamWrite.Begin();
            }

            bool sent = await sending;
            exchange.UpstreamWrite.End(bytes.Length);
            if (!sent)
            {
                return false;
            }
        }

        return !last || !sink.HasUnflushed || await BodyRelay.FlushAsync(sink, exchange.UpstreamWrite);
    }
}
