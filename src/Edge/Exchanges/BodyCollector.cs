using System.Buffers;
using System.Runtime.CompilerServices;
using VoltageSoda.Edge.Policies.Text;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Relay;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>
/// Collects a request body for a plugin that needs the whole of it: size limits on a body of unknown length, and body edits. Bounded by
/// the plugin's own limit or <c>EDGE_COLLECT_BYTES</c>. Stateless.
/// </summary>
internal static class BodyCollector
{
    /// <summary>Whether the transformer or the echo of request-termination needs a body that was not collected yet.</summary>
    public static bool IsNeeded(Exchange exchange) =>
        exchange.HasBody && exchange.Collected is null
        && ((exchange.Plugins.Termination is { Echo: true } && TerminationStep.WillAnswer(exchange)) || IsTransformed(exchange));

    private static bool IsTransformed(Exchange exchange) =>
        exchange.Plugins.RequestTransform is { } transform
        && ((transform.HasBodyEdits && transform.EditsBodyOf(exchange.Request.Headers.FirstValue(KnownHeader.ContentType)))
            || transform.MovesFormToQuery(exchange.Request.Headers.FirstValue(KnownHeader.ContentType)));

    /// <summary>Reads the body so that key-auth can look for a key in it, and goes on with admission.</summary>
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    public static async ValueTask<LocalReply> CollectKeyAsync(Exchange exchange)
    {
        LocalReply reply = await CollectAsync(exchange);
        return reply.IsNone ? Admission.AdmitKey(exchange) : reply;
    }

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    public static async ValueTask<LocalReply> CollectAsync(Exchange exchange)
    {
        bool measured = exchange.MeasureBody;
        long cap = exchange.Snapshot.Options.CollectBytes;
        if (measured)
        {
            cap = Math.Min(exchange.Plugins.BodySize!.LimitBytes, int.MaxValue - 1024);
        }

        if (exchange.Request.ExpectContinue)
        {
            // The body is wanted before anything is sent upstream, so the permission to send it is ours to give.
            if (!await Responder.ContinueAsync(exchange))
            {
                return Interrupted(exchange, Failure.DownstreamGone);
            }
        }

        Http1BodySource source = exchange.RequestBody;
        byte[] bytes = ArrayPool<byte>.Shared.Rent(4096);
        exchange.Collected = bytes;
        int length = 0;
        while (true)
        {
            BodyEvent next = source.TryRead(out ReadOnlyMemory<byte> data);
            if (next == BodyEvent.Data)
            {
                if (length + data.Length > cap)
                {
                    return measured ? Admission.TooLarge(exchange) : TooLargeForTransform(exchange);
                }

                if (length + data.Length > bytes.Length)
                {
                    byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(bytes.Length * 2, length + data.Length));
                    bytes.AsSpan(0, length).CopyTo(larger);
                    exchange.Collected = larger;
                    ArrayPool<byte>.Shared.Return(bytes);
                    bytes = larger;
                }

                data.Span.CopyTo(bytes.AsSpan(length));
                length += data.Length;
                source.Advance();
            }
            else if (next == BodyEvent.Blocked)
            {
                exchange.ClientRead.Begin();
                await source.WaitAsync();
                exchange.ClientRead.End(source.LastReadBytes);
            }
            else if (next == BodyEvent.End)
            {
                break;
            }
            else if (next == BodyEvent.Invalid)
            {
                exchange.WireError = source.Error;
                exchange.Failure = Failure.DownstreamInvalid;
                return Refusals.For(source.Error);
            }
            else if (next == BodyEvent.Closed)
            {
                exchange.WireError = WireError.EndOfInput;
                return Interrupted(exchange, source.WasReset ? Failure.DownstreamGone : Failure.DownstreamInvalid);
            }
            else
            {
                return Interrupted(exchange, exchange.Interrupted == Failure.None ? Failure.DownstreamGone : exchange.Interrupted);
            }
        }

        exchange.CollectedLength = length;
        return measured ? Admission.AdmitMeasured(exchange) : LocalReply.Continue;
    }

    private static LocalReply TooLargeForTransform(Exchange exchange)
    {
        exchange.Worker.Metrics.LimitHit(Telemetry.LimitKind.RequestBody);
        return new LocalReply(413, KongErrors.ForStatus(413), negotiatesLikeServer: true);
    }

    private static LocalReply Interrupted(Exchange exchange, Failure failure)
    {
        exchange.Failure = failure;
        return failure == Failure.DownstreamInvalid ? Refusals.For(exchange.WireError) : LocalReply.For(failure);
    }
}
