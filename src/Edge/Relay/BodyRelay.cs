using System.Runtime.CompilerServices;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Relay;

/// <summary>How a relay ended.</summary>
internal enum RelayOutcome : byte
{
    /// <summary>The whole body went over and was flushed.</summary>
    Done,

    /// <summary>The sender ended or reset inside the body.</summary>
    SourceClosed,

    /// <summary>The sender broke the framing.</summary>
    SourceInvalid,

    /// <summary>Reading was cancelled.</summary>
    SourceCanceled,

    /// <summary>The receiver is gone, or sending was cancelled.</summary>
    SinkFailed,
}

/// <summary>
/// Copies one body with back-pressure: the next read waits until the last bytes were flushed. Small runs are gathered and flushed once per
/// read batch; large ones are sent from where they were received. Stateless.
/// </summary>
internal static class BodyRelay
{
    /// <summary>
    /// Copies until the end. <paramref name="replay"/> keeps a copy of the first bytes, so that the request can be sent again.
    /// <paramref name="trailers"/> says whether trailer fields go over.
    /// </summary>
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    public static async ValueTask<RelayOutcome> CopyAsync(
        Http1BodySource source, Http1BodySink sink, WaitTimer readTimer, WaitTimer writeTimer, ReplayBuffer? replay, bool trailers)
    {
        while (true)
        {
            BodyEvent next = source.TryRead(out ReadOnlyMemory<byte> data);
            switch (next)
            {
                case BodyEvent.Data:
                    replay?.Append(data.Span);
                    if (!sink.TryBuffer(data.Span))
                    {
                        ValueTask<bool> sending = sink.SendAsync(data);
                        bool sent;
                        if (sending.IsCompleted)
                        {
                            sent = sending.Result;
                        }
                        else
                        {
                            writeTimer.Begin();
                            sent = await sending;
                            writeTimer.End(data.Length);
                        }

                        if (!sent)
                        {
                            // Kept for a replay, if it is kept at all; it must not be delivered twice.
                            source.Advance();
                            return RelayOutcome.SinkFailed;
                        }
                    }

                    source.Advance();
                    break;

                case BodyEvent.Blocked:
                    if (sink.HasUnflushed)
                    {
                        if (!await FlushAsync(sink, writeTimer))
                        {
                            return RelayOutcome.SinkFailed;
                        }

                        // A flush that had to wait may have let bytes arrive.
                        break;
                    }

                    readTimer.Begin();
                    await source.WaitAsync();
                    readTimer.End(source.LastReadBytes);
                    break;

                case BodyEvent.End:
                    sink.Complete(trailers && source.Trailers.Count != 0 ? source.Trailers : null);
                    return !sink.HasUnflushed || await FlushAsync(sink, writeTimer) ? RelayOutcome.Done : RelayOutcome.SinkFailed;

                default:
                    if (sink.HasUnflushed)
                    {
                        // What arrived before the break is passed on; nothing is completed.
                        await FlushAsync(sink, writeTimer);
                    }

                    return next switch
                    {
                        BodyEvent.Closed => RelayOutcome.SourceClosed,
                        BodyEvent.Invalid => RelayOutcome.SourceInvalid,
                        _ => RelayOutcome.SourceCanceled,
                    };
            }
        }
    }

    /// <summary>Flushes, with the receiver's deadline running only while it has to wait.</summary>
    public static ValueTask<bool> FlushAsync(Http1BodySink sink, WaitTimer writeTimer)
    {
        ValueTask<bool> flushing = sink.FlushAsync();
        return flushing.IsCompleted ? flushing : WaitAsync(flushing, writeTimer);
    }

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    private static async ValueTask<bool> WaitAsync(ValueTask<bool> flushing, WaitTimer writeTimer)
    {
        writeTimer.Begin();
        bool flushed = await flushing;
        writeTimer.End(0);
        return flushed;
    }
}
