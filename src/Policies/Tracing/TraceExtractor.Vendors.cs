using System.Buffers.Text;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Tracing;

/// <content>The formats of Datadog, AWS X-Ray and Google Cloud Trace.</content>
internal static partial class TraceExtractor
{
    private static TraceContext Datadog<THeaders>(ref THeaders headers, in TraceFields fields)
        where THeaders : struct, IHeaderFields
    {
        TraceContext context = new() { Format = TraceFormat.Datadog };
        if (fields.Has(TraceField.DatadogPriority))
        {
            ReadOnlySpan<byte> priority = fields.Value(TraceField.DatadogPriority, ref headers);
            if (fields.IsRepeated(TraceField.DatadogPriority) || priority.Length > 2)
            {
                return Malformed(TraceFormat.Datadog);
            }

            if (priority.SequenceEqual("1"u8) || priority.SequenceEqual("2"u8))
            {
                context.Sampling = SamplingDecision.Sampled;
            }
            else if (priority.SequenceEqual("0"u8) || priority.SequenceEqual("-1"u8))
            {
                context.Sampling = SamplingDecision.NotSampled;
            }
            else
            {
                return Malformed(TraceFormat.Datadog);
            }
        }

        if (!TryDecimal(TraceField.DatadogTraceId, ref headers, in fields, out ulong trace)
            || !TryDecimal(TraceField.DatadogParentId, ref headers, in fields, out ulong parent))
        {
            context.IsMalformed = true;
            return context;
        }

        if (trace != 0)
        {
            context.TraceId = new TraceId(trace, 8);
            context.ParentId = parent;
        }

        return context;
    }

    // Root=1-<8 digits of time>-<24 digits>;Parent=<16 digits>;Sampled=0|1 in any order, other members ignored, the last of a kind wins.
    private static TraceContext Aws<THeaders>(ref THeaders headers, in TraceFields fields)
        where THeaders : struct, IHeaderFields
    {
        if (fields.IsRepeated(TraceField.AmznTraceId))
        {
            return Malformed(TraceFormat.Aws);
        }

        TraceContext context = new() { Format = TraceFormat.Aws };
        ReadOnlySpan<byte> text = fields.Value(TraceField.AmznTraceId, ref headers);
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)';');
            ReadOnlySpan<byte> member = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            int equals = member.IndexOf((byte)'=');
            ReadOnlySpan<byte> key = (equals < 0 ? member : member[..equals]).Trim(" \t"u8);
            ReadOnlySpan<byte> value = equals < 0 ? default : member[(equals + 1)..];
            int second = value.IndexOf((byte)'=');
            value = (second < 0 ? value : value[..second]).Trim(" \t"u8);
            if (key.SequenceEqual("Root"u8))
            {
                UInt128 unique = 0;
                if (value.Length != 35 || !value.StartsWith("1-"u8) || value[10] != '-'
                    || !HexText.TryRead(value[2..10], out UInt128 time) || !HexText.TryRead(value[11..], out unique))
                {
                    return Malformed(TraceFormat.Aws);
                }

                UInt128 bits = (time << 96) | unique;
                context.TraceId = bits == 0 ? default : new TraceId(bits, 16);
            }
            else if (key.SequenceEqual("Parent"u8))
            {
                if (!TrySpanId(value, out ulong parent))
                {
                    return Malformed(TraceFormat.Aws);
                }

                context.SpanId = parent;
            }
            else if (key.SequenceEqual("Sampled"u8))
            {
                if (value.Length != 1 || value[0] is not ((byte)'0' or (byte)'1'))
                {
                    return Malformed(TraceFormat.Aws);
                }

                context.Sampling = Decide(value[0] == '1');
            }
        }

        if (!context.TraceId.HasValue)
        {
            context.SpanId = 0;
        }

        return context;
    }

    // <32 lower-case digits>/<decimal span>[;o=<digit>]; without the option the trace is not recorded.
    private static TraceContext Gcp<THeaders>(ref THeaders headers, in TraceFields fields)
        where THeaders : struct, IHeaderFields
    {
        ReadOnlySpan<byte> text = fields.Value(TraceField.CloudTraceContext, ref headers);
        if (fields.IsRepeated(TraceField.CloudTraceContext) || text.Length < 34 || text[32] != '/'
            || text[..32].ContainsAnyInRange((byte)'A', (byte)'F') || !HexText.TryRead(text[..32], out UInt128 trace))
        {
            return Malformed(TraceFormat.Gcp);
        }

        ReadOnlySpan<byte> rest = text[33..];
        int semicolon = rest.IndexOf((byte)';');
        ReadOnlySpan<byte> option = semicolon < 0 ? default : rest[semicolon..];
        if (!TryDecimal(semicolon < 0 ? rest : rest[..semicolon], out ulong span)
            || (semicolon >= 0 && (option.Length != 4 || !option.StartsWith(";o="u8) || option[3] is < (byte)'0' or > (byte)'9')))
        {
            return Malformed(TraceFormat.Gcp);
        }

        TraceContext context = new() { Format = TraceFormat.Gcp, Sampling = Decide(semicolon >= 0 && option[3] == '1') };
        if (trace != 0)
        {
            context.TraceId = new TraceId(trace, 16);
            context.SpanId = span;
        }

        return context;
    }

    private static bool TryDecimal<THeaders>(TraceField field, ref THeaders headers, in TraceFields fields, out ulong value)
        where THeaders : struct, IHeaderFields
    {
        value = 0;
        return !fields.Has(field)
            || (!fields.IsRepeated(field) && TryDecimal(fields.Value(field, ref headers).Trim(" \t"u8), out value));
    }

    // 1 to 20 digits that fit 64 bits.
    private static bool TryDecimal(ReadOnlySpan<byte> text, out ulong value)
    {
        value = 0;
        return text.Length is >= 1 and <= 20 && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && Utf8Parser.TryParse(text, out value, out int used) && used == text.Length;
    }
}
