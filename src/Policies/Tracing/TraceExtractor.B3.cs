using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Tracing;

/// <content>Zipkin's B3 fields. Both kinds are read together: the single field wins where both say something.</content>
internal static partial class TraceExtractor
{
    private static bool IsB3State<THeaders>(ref THeaders headers, in TraceFields fields)
        where THeaders : struct, IHeaderFields
    {
        ReadOnlySpan<byte> state = fields.Value(TraceField.TraceState, ref headers);
        return state.Length > 3 && state.StartsWith("b3="u8);
    }

    private static TraceContext B3<THeaders>(TraceFormat format, ref THeaders headers, in TraceFields fields)
        where THeaders : struct, IHeaderFields
    {
        TraceContext context = new() { Format = format };
        SamplingDecision sampling = Flag(TraceField.B3Sampled, ref headers, in fields, out bool malformed);
        if (fields.Has(TraceField.B3Flags))
        {
            if (!fields.IsRepeated(TraceField.B3Flags) && fields.Value(TraceField.B3Flags, ref headers).SequenceEqual("1"u8))
            {
                sampling = SamplingDecision.Sampled;
            }
            else
            {
                malformed = true;
            }
        }

        bool ids = true;
        TraceId trace = default;
        ulong span = 0;
        ulong parent = 0;
        if (format == TraceFormat.B3Single && !IsList(in fields))
        {
            ReadOnlySpan<byte> single = fields.Has(TraceField.B3)
                ? fields.Value(TraceField.B3, ref headers)
                : fields.IsRepeated(TraceField.TraceState) ? ","u8
                : fields.Value(TraceField.TraceState, ref headers)[3..];
            ids = ReadSingle(single, ref sampling, out trace, out span, out parent);
        }

        ids &= TryTraceId(TraceField.B3TraceId, ref headers, in fields, out TraceId multiTrace)
            & TrySpanId(TraceField.B3SpanId, ref headers, in fields, out ulong multiSpan)
            & TrySpanId(TraceField.B3ParentSpanId, ref headers, in fields, out ulong multiParent);
        context.Sampling = sampling;
        context.IsMalformed = malformed || !ids;
        trace = trace.HasValue ? trace : multiTrace;
        if (ids && trace.HasValue)
        {
            context.TraceId = trace;
            context.SpanId = span != 0 ? span : multiSpan;
            context.ParentId = parent != 0 ? parent : multiParent;
        }

        return context;
    }

    // Several b3 lines are no b3 value. Several members of a tracestate are one that has no valid form.
    private static bool IsList(in TraceFields fields) => fields.Has(TraceField.B3) && fields.IsRepeated(TraceField.B3);

    // "1", "d", "0", or trace-span with optional sampled and parent, whose separators are optional (Kong: B3_SINGLE_PATTERN).
    private static bool ReadSingle(
        ReadOnlySpan<byte> text, ref SamplingDecision sampling, out TraceId trace, out ulong span, out ulong parent)
    {
        trace = default;
        span = 0;
        parent = 0;
        if (text.SequenceEqual("1"u8) || text.SequenceEqual("d"u8))
        {
            sampling = SamplingDecision.Sampled;
            return true;
        }

        if (text.SequenceEqual("0"u8))
        {
            sampling = sampling == SamplingDecision.Sampled ? sampling : SamplingDecision.NotSampled;
            return true;
        }

        int dash = text.IndexOf((byte)'-');
        if (dash < 0 || text.Length < dash + 17 || !TryTraceId(text[..dash], out TraceId readTrace)
            || !TrySpanId(text.Slice(dash + 1, 16), out ulong readSpan))
        {
            return false;
        }

        ReadOnlySpan<byte> rest = SkipDash(text[(dash + 17)..]);
        byte sampled = 0;
        if (!rest.IsEmpty && rest[0] is (byte)'0' or (byte)'1' or (byte)'d')
        {
            sampled = rest[0];
            rest = rest[1..];
        }

        rest = SkipDash(rest);
        ulong readParent = 0;
        if (!rest.IsEmpty && !TrySpanId(rest, out readParent))
        {
            return false;
        }

        if (sampled is (byte)'1' or (byte)'d')
        {
            sampling = SamplingDecision.Sampled;
        }
        else if (sampled == '0' && sampling != SamplingDecision.Sampled)
        {
            sampling = SamplingDecision.NotSampled;
        }

        trace = readTrace;
        span = readSpan;
        parent = readParent;
        return true;
    }

    private static ReadOnlySpan<byte> SkipDash(ReadOnlySpan<byte> text) => !text.IsEmpty && text[0] == '-' ? text[1..] : text;
}
