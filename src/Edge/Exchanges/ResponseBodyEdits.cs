using System.Buffers;
using System.Runtime.CompilerServices;
using VoltageSoda.Edge.Policies.Transformation;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Relay;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>Collects an upstream's JSON body, bounded, and edits it for response-transformer. Stateless.</summary>
internal static class ResponseBodyEdits
{
    /// <summary>The body to send in a pooled array that the caller returns; null when it could not be collected.</summary>
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    public static async ValueTask<(byte[]? Body, int Length)> CollectAsync(Exchange exchange, ResponseTransform transform)
    {
        Http1BodySource source = exchange.Attempt.ResponseBody;
        int cap = exchange.Snapshot.Options.CollectBytes;
        byte[] bytes = ArrayPool<byte>.Shared.Rent(4096);
        int length = 0;
        while (true)
        {
            BodyEvent next = source.TryRead(out ReadOnlyMemory<byte> data);
            if (next == BodyEvent.Blocked)
            {
                exchange.UpstreamRead.Begin();
                await source.WaitAsync();
                exchange.UpstreamRead.End(source.LastReadBytes);
                continue;
            }

            if (next == BodyEvent.End)
            {
                break;
            }

            if (next != BodyEvent.Data || length + data.Length > cap)
            {
                ArrayPool<byte>.Shared.Return(bytes);
                return (null, 0);
            }

            if (length + data.Length > bytes.Length)
            {
                byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(bytes.Length * 2, length + data.Length));
                bytes.AsSpan(0, length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(bytes);
                bytes = larger;
            }

            data.Span.CopyTo(bytes.AsSpan(length));
            length += data.Length;
            source.Advance();
        }

        ArrayBufferWriter<byte> output = new(length + 256);
        if (transform.EditJson(bytes.AsSpan(0, length), output) != BodyEditOutcome.Changed)
        {
            return (bytes, length);
        }

        ArrayPool<byte>.Shared.Return(bytes);
        byte[] edited = ArrayPool<byte>.Shared.Rent(Math.Max(1, output.WrittenCount));
        output.WrittenSpan.CopyTo(edited);
        exchange.Response.Headers.Remove(KnownHeader.ContentLength);
        return (edited, output.WrittenCount);
    }
}
