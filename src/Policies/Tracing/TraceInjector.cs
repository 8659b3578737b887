using System.Buffers.Text;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Tracing;

/// <summary>
/// Writes the context of the proxy span into the fields of one format (<c>set</c> of <c>kong/tracing/propagation.lua</c>). Stateless,
/// allocates nothing.
/// </summary>
internal static class TraceInjector
{
    private const int MaxText = 128;

    public static void Inject<THeaders>(TraceFormat format, in TraceIdentity identity, ref THeaders headers)
        where THeaders : struct, IHeaderFields
    {
        Text text = new(stackalloc byte[MaxText]);
        ReadOnlySpan<byte> sampled = identity.IsSampled ? "1"u8 : "0"u8;
        switch (format)
        {
            case TraceFormat.B3:
                B3(in identity, ref headers, ref text, sampled);
                break;
            case TraceFormat.B3Single:
                text.Trace(identity.TraceId).Add("-"u8).Span(identity.ProxySpanId).Add("-"u8).Add(sampled).Add("-"u8).Span(identity.RequestSpanId);
                headers.Set("b3"u8, text.Written);
                break;
            case TraceFormat.W3C:
                text.Add("00-"u8).Wide(identity.TraceId).Add("-"u8).Span(identity.ProxySpanId).Add("-0"u8).Add(sampled);
                headers.Set("traceparent"u8, text.Written);
                break;
            case TraceFormat.Jaeger:
                text.Trace(identity.TraceId).Add(":"u8).Span(identity.ProxySpanId).Add(":"u8).Span(identity.RequestSpanId).Add(":0"u8).Add(sampled);
                headers.Set("uber-trace-id"u8, text.Written);
                break;
            case TraceFormat.OpenTracing:
                headers.Set("ot-tracer-traceid"u8, text.Wide(identity.TraceId).Written);
                headers.Set("ot-tracer-spanid"u8, text.Restart().Span(identity.ProxySpanId).Written);
                headers.Set("ot-tracer-sampled"u8, sampled);
                break;
            case TraceFormat.Datadog:
                headers.Set("x-datadog-trace-id"u8, text.Decimal(identity.TraceId.Low).Written);
                headers.Set("x-datadog-parent-id"u8, text.Restart().Decimal(identity.ProxySpanId).Written);
                headers.Set("x-datadog-sampling-priority"u8, sampled);
                break;
            case TraceFormat.Aws:
                Aws(in identity, ref headers, ref text, sampled);
                break;
            case TraceFormat.Gcp:
                text.Wide(identity.TraceId).Add("/"u8).Decimal(identity.ProxySpanId).Add(";o="u8).Add(sampled);
                headers.Set("x-cloud-trace-context"u8, text.Written);
                break;
        }
    }

    private static void B3<THeaders>(in TraceIdentity identity, ref THeaders headers, ref Text text, ReadOnlySpan<byte> sampled)
        where THeaders : struct, IHeaderFields
    {
        headers.Set("x-b3-traceid"u8, text.Trace(identity.TraceId).Written);
        headers.Set("x-b3-spanid"u8, text.Restart().Span(identity.ProxySpanId).Written);
        headers.Set("x-b3-parentspanid"u8, text.Restart().Span(identity.RequestSpanId).Written);

        // Flags that a caller sent go on as they are, and say all there is to say.
        if (!headers.TryGet("x-b3-flags"u8, out _))
        {
            headers.Set("x-b3-sampled"u8, sampled);
        }
    }

    // An 8-byte trace id gets zeros for the time, where Kong sends a field too short to be read.
    private static void Aws<THeaders>(in TraceIdentity identity, ref THeaders headers, ref Text text, ReadOnlySpan<byte> sampled)
        where THeaders : struct, IHeaderFields
    {
        Span<byte> hex = stackalloc byte[TraceId.MaxHexLength];
        identity.TraceId.WriteWideHex(hex);
        text.Add("Root=1-"u8).Add(hex[..8]).Add("-"u8).Add(hex[8..]).Add(";Parent="u8).Span(identity.ProxySpanId).Add(";Sampled="u8).Add(sampled);
        headers.Set("x-amzn-trace-id"u8, text.Written);
    }

    private ref struct Text(Span<byte> room)
    {
        private readonly Span<byte> _room = room;
        private int _length;

        public readonly ReadOnlySpan<byte> Written => _room[.._length];

        [System.Diagnostics.CodeAnalysis.UnscopedRef]
        public ref Text Restart()
        {
            _length = 0;
            return ref this;
        }

        [System.Diagnostics.CodeAnalysis.UnscopedRef]
        public ref Text Add(scoped ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_room[_length..]);
            _length += bytes.Length;
            return ref this;
        }

        [System.Diagnostics.CodeAnalysis.UnscopedRef]
        public ref Text Trace(TraceId id)
        {
            _length += id.WriteHex(_room[_length..]);
            return ref this;
        }

        [System.Diagnostics.CodeAnalysis.UnscopedRef]
        public ref Text Wide(TraceId id)
        {
            _length += id.WriteWideHex(_room[_length..]);
            return ref this;
        }

        [System.Diagnostics.CodeAnalysis.UnscopedRef]
        public ref Text Span(ulong id)
        {
            HexText.Write(_room[_length..], id);
            _length += 16;
            return ref this;
        }

        [System.Diagnostics.CodeAnalysis.UnscopedRef]
        public ref Text Decimal(ulong id)
        {
            Utf8Formatter.TryFormat(id, _room[_length..], out int written);
            _length += written;
            return ref this;
        }
    }
}
