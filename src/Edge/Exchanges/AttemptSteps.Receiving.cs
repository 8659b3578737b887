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

// Receiving.
internal static partial class AttemptSteps
{
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    private static async ValueTask<Failure> ReceiveHeadAsync(Exchange exchange)
    {
        Attempt attempt = exchange.Attempt;
        PipeReader input = attempt.Connection!.Input;
        ResponseHead head = exchange.Response;
        int interim = 0;
        bool examined = false;
        head.Reset();
        while (true)
        {
            ReadResult read = default;
            try
            {
                // A part of a head that was examined would be offered again by TryRead: only ReadAsync waits for more.
                if (examined || !input.TryRead(out read))
                {
                    exchange.UpstreamRead.Begin();
                    read = await input.ReadAsync();
                    exchange.UpstreamRead.End(0);
                }
            }
            catch (IOException)
            {
                exchange.UpstreamRead.End(0);
                return Failure.UpstreamClosed;
            }

            if (read.IsCanceled || exchange.Interrupted != Failure.None)
            {
                input.AdvanceTo(read.Buffer.Start);
                return exchange.Interrupted == Failure.None ? Failure.UpstreamClosed : exchange.Interrupted;
            }

            ReadOnlySequence<byte> buffer = read.Buffer;
            attempt.SawResponse |= !buffer.IsEmpty;
            ParseResult result = ResponseHeadReader.Read(
                in buffer, head, exchange.Options.ResponseHead, exchange.SentMethod, out SequencePosition consumed, out WireError error);
            if (result == ParseResult.Complete)
            {
                if (!head.IsInterim)
                {
                    return Accept(exchange, buffer.Slice(consumed), read.IsCompleted);
                }

                input.AdvanceTo(consumed);
                if (++interim > 16)
                {
                    return Failure.UpstreamInvalid;
                }

                if (!await Responder.InterimAsync(exchange, head))
                {
                    return exchange.Interrupted == Failure.None ? Failure.DownstreamGone : exchange.Interrupted;
                }

                head.Reset();
                examined = false;
                continue;
            }

            if (result == ParseResult.Refused)
            {
                input.AdvanceTo(buffer.End);
                exchange.Worker.Metrics.ProtocolError(Telemetry.ProtocolSide.Upstream, Telemetry.ProtocolName.Http1, (int)error);
                if (error is WireError.RequestLineTooLong or WireError.HeaderLineTooLong or WireError.HeadersTooLarge or WireError.TooManyHeaders)
                {
                    exchange.Worker.Metrics.LimitHit(Telemetry.LimitKind.ResponseHead);
                }

                return Failure.UpstreamInvalid;
            }

            input.AdvanceTo(consumed, buffer.End);
            examined = true;
            if (read.IsCompleted)
            {
                return Failure.UpstreamClosed;
            }
        }
    }

    // The final head is complete: what the pipe holds behind it belongs to the body.
    private static Failure Accept(Exchange exchange, in ReadOnlySequence<byte> rest, bool ended)
    {
        Attempt attempt = exchange.Attempt;
        ResponseHead head = exchange.Response;
        exchange.UpstreamLatency = (int)(exchange.Worker.Loop.NowMilliseconds - exchange.SentAt);
        attempt.ResponseBody.Begin(attempt.Connection!.Input, attempt.Connection.Life, head.Framing, rest, ended);
        if (head.Status == 101 && !IsAskedFor(exchange))
        {
            return Failure.UpstreamInvalid;
        }

        exchange.FromUpstream = true;
        return Failure.None;
    }

    private static bool IsAskedFor(Exchange exchange) =>
        exchange.Request.IsWebSocketUpgrade
        && Protocol.WebSocket.UpgradeHandshake.IsAcceptedBy(
            exchange.Response, exchange.Request.Headers.FirstValue(KnownHeader.SecWebSocketKey));
}
