using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Tracing;

/// <summary>
/// Reads the trace context of a request as Kong does (<c>kong/tracing/propagation.lua</c>): the first format present decides, in the order
/// b3 single, B3, W3C, jaeger, ot, datadog, aws, gcp; what is malformed is ignored and its format still counts as found. Never throws,
/// allocates nothing. Stateless.
/// </summary>
/// <remarks>Unlike Kong, ids of zero count as absent: no format allows them, and no collector takes them.</remarks>
internal static partial class TraceExtractor
{
    private static ReadOnlySpan<TraceFormat> Order =>
    [
        TraceFormat.B3, TraceFormat.W3C, TraceFormat.Jaeger, TraceFormat.OpenTracing, TraceFormat.Datadog, TraceFormat.Aws, TraceFormat.Gcp,
    ];

    public static TraceContext Extract<THeaders>(ref THeaders headers, in TraceFields fields)
        where THeaders : struct, IHeaderFields
    {
        if (fields.IsEmpty)
        {
            return default;
        }

        foreach (TraceFormat format in Order)
        {
            TraceContext found = Extract(format, ref headers, in fields);
            if (found.Format != TraceFormat.None)
            {
                return found;
            }
        }

        return default;
    }

    /// <summary>One format, B3 standing for both of its kinds; nothing when no field of it is there.</summary>
    public static TraceContext Extract<THeaders>(TraceFormat format, ref THeaders headers, in TraceFields fields)
        where THeaders : struct, IHeaderFields
    {
        return format switch
        {
            TraceFormat.B3 when fields.Has(TraceField.B3) || IsB3State(ref headers, in fields) => B3(TraceFormat.B3Single, ref headers, in fields),
            TraceFormat.B3 when fields.Has(TraceField.B3Sampled) || fields.Has(TraceField.B3Flags) || fields.Has(TraceField.B3TraceId)
                || fields.Has(TraceField.B3SpanId) || fields.Has(TraceField.B3ParentSpanId) => B3(TraceFormat.B3, ref headers, in fields),
            TraceFormat.W3C when fields.Has(TraceField.TraceParent) => W3C(ref headers, in fields),
            TraceFormat.Jaeger when fields.Has(TraceField.UberTraceId) => Jaeger(ref headers, in fields),
            TraceFormat.OpenTracing when fields.Has(TraceField.OtTraceId) => OpenTracing(ref headers, in fields),
            TraceFormat.Datadog when fields.Has(TraceField.DatadogTraceId) => Datadog(ref headers, in fields),
            TraceFormat.Aws when fields.Has(TraceField.AmznTraceId) => Aws(ref headers, in fields),
            TraceFormat.Gcp when fields.Has(TraceField.CloudTraceContext) => Gcp(ref headers, in fields),
            _ => default,
        };
    }

    /// <summary>W3C Trace Context alone, version 00.</summary>
    public static TraceContext W3C<THeaders>(ref THeaders headers, in TraceFields fields)
        where THeaders : struct, IHeaderFields
    {
        if (fields.IsRepeated(TraceField.TraceParent))
        {
            // Kong reads a list as "not sampled".
            return new TraceContext { Format = TraceFormat.W3C, Sampling = SamplingDecision.NotSampled, IsMalformed = true };
        }

        ReadOnlySpan<byte> text = fields.Value(TraceField.TraceParent, ref headers);
        if (text.Length != 55 || text[2] != '-' || text[35] != '-' || text[52] != '-' || !text.StartsWith("00"u8)
            || !HexText.TryRead(text[3..35], out UInt128 trace) || trace == 0
            || !HexText.TryRead(text[36..52], out UInt128 parent) || parent == 0
            || !HexText.TryRead(text[53..], out UInt128 flags))
        {
            return Malformed(TraceFormat.W3C);
        }

        return new TraceContext
        {
            Format = TraceFormat.W3C,
            TraceId = new TraceId(trace, 16),
            ParentId = (ulong)parent,
            Sampling = Decide(((ulong)flags & 1) != 0),
        };
    }

    private static TraceContext Jaeger<THeaders>(ref THeaders headers, in TraceFields fields)
        where THeaders : struct, IHeaderFields
    {
        ReadOnlySpan<byte> text = fields.Value(TraceField.UberTraceId, ref headers);
        if (fields.IsRepeated(TraceField.UberTraceId)
            || !TryCut(ref text, out ReadOnlySpan<byte> traceText)
            || !TryCut(ref text, out ReadOnlySpan<byte> spanText)
            || !TryCut(ref text, out ReadOnlySpan<byte> parentText)
            || !HexText.TryRead(traceText, out UInt128 trace) || trace == 0
            || spanText.Length > 16 || !HexText.TryRead(spanText, out UInt128 span) || span == 0
            || parentText.IsEmpty || !HexText.IsHex(parentText)
            || text.Length > 2 || !HexText.TryRead(text, out UInt128 flags))
        {
            return Malformed(TraceFormat.Jaeger);
        }

        // A parent of another length is ignored and everything else is kept; 0 stands for none.
        UInt128 parent = 0;
        bool odd = parentText.Length != 16;
        if (!odd)
        {
            _ = HexText.TryRead(parentText, out parent);
        }

        return new TraceContext
        {
            Format = TraceFormat.Jaeger,
            TraceId = new TraceId(trace, 16),
            SpanId = (ulong)span,
            ParentId = (ulong)parent,
            Sampling = Decide(((ulong)flags & 1) != 0),
            IsMalformed = odd && parentText.ContainsAnyExcept((byte)'0'),
        };
    }

    private static TraceContext OpenTracing<THeaders>(ref THeaders headers, in TraceFields fields)
        where THeaders : struct, IHeaderFields
    {
        TraceContext context = new() { Format = TraceFormat.OpenTracing };
        context.Sampling = Flag(TraceField.OtSampled, ref headers, in fields, out bool malformed);
        bool ids = TryTraceId(TraceField.OtTraceId, ref headers, in fields, out TraceId trace)
            & TrySpanId(TraceField.OtSpanId, ref headers, in fields, out ulong parent);
        context.IsMalformed = malformed || !ids;
        if (ids && trace.HasValue)
        {
            context.TraceId = trace;
            context.ParentId = parent;
        }

        return context;
    }

    private static TraceContext Malformed(TraceFormat format) => new() { Format = format, IsMalformed = true };

    private static SamplingDecision Decide(bool sampled) => sampled ? SamplingDecision.Sampled : SamplingDecision.NotSampled;

    // 1 and true, 0 and false; anything else, and a list, is malformed and decides nothing.
    private static SamplingDecision Flag<THeaders>(TraceField field, ref THeaders headers, in TraceFields fields, out bool malformed)
        where THeaders : struct, IHeaderFields
    {
        malformed = false;
        if (!fields.Has(field))
        {
            return SamplingDecision.Deferred;
        }

        ReadOnlySpan<byte> value = fields.Value(field, ref headers);
        if (!fields.IsRepeated(field))
        {
            if (value.SequenceEqual("1"u8) || value.SequenceEqual("true"u8))
            {
                return SamplingDecision.Sampled;
            }

            if (value.SequenceEqual("0"u8) || value.SequenceEqual("false"u8))
            {
                return SamplingDecision.NotSampled;
            }
        }

        malformed = true;
        return SamplingDecision.Deferred;
    }

    // 16 or 32 digits; absent is fine and gives none.
    private static bool TryTraceId<THeaders>(TraceField field, ref THeaders headers, in TraceFields fields, out TraceId id)
        where THeaders : struct, IHeaderFields
    {
        id = default;
        return !fields.Has(field) || (!fields.IsRepeated(field) && TryTraceId(fields.Value(field, ref headers), out id));
    }

    private static bool TryTraceId(ReadOnlySpan<byte> text, out TraceId id)
    {
        id = default;
        if (text.Length is not (16 or 32) || !HexText.TryRead(text, out UInt128 bits))
        {
            return false;
        }

        id = bits == 0 ? default : new TraceId(bits, text.Length / 2);
        return true;
    }

    private static bool TrySpanId<THeaders>(TraceField field, ref THeaders headers, in TraceFields fields, out ulong id)
        where THeaders : struct, IHeaderFields
    {
        id = 0;
        return !fields.Has(field) || (!fields.IsRepeated(field) && TrySpanId(fields.Value(field, ref headers), out id));
    }

    private static bool TrySpanId(ReadOnlySpan<byte> text, out ulong id)
    {
        id = 0;
        if (text.Length != 16 || !HexText.TryRead(text, out UInt128 bits))
        {
            return false;
        }

        id = (ulong)bits;
        return true;
    }

    private static bool TryCut(ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> part)
    {
        int colon = text.IndexOf((byte)':');
        part = colon < 0 ? default : text[..colon];
        text = colon < 0 ? default : text[(colon + 1)..];
        return colon > 0;
    }
}
