using System.Runtime.CompilerServices;
using System.Text;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Tracing;

/// <summary>Names that carry trace contexts, in no particular order.</summary>
internal enum TraceField : byte
{
    B3,
    TraceState,
    B3TraceId,
    B3SpanId,
    B3ParentSpanId,
    B3Sampled,
    B3Flags,
    TraceParent,
    UberTraceId,
    OtTraceId,
    OtSpanId,
    OtSampled,
    DatadogTraceId,
    DatadogParentId,
    DatadogPriority,
    AmznTraceId,
    CloudTraceContext,
    None,
}

/// <summary>Where the fields of all formats stand in one head, found in one walk. A plain value.</summary>
internal struct TraceFields
{
    private Positions _positions;
    private uint _present;
    private uint _repeated;

    /// <summary>Whether any <c>uberctx-*</c> or <c>ot-baggage-*</c> field is there.</summary>
    public bool HasBaggage { get; private set; }

    public readonly bool IsEmpty => _present == 0;

    public static TraceFields Scan<THeaders>(ref THeaders headers)
        where THeaders : struct, IHeaderFields
    {
        TraceFields found = default;
        int count = headers.Count;
        for (int i = 0; i < count; i++)
        {
            if (!headers.TryGetField(i, out ReadOnlySpan<byte> name, out _))
            {
                continue;
            }

            TraceField field = Classify(name);
            if (field == TraceField.None)
            {
                found.HasBaggage |= Baggage.IsCarrier(name);
                continue;
            }

            uint bit = 1u << (int)field;
            if ((found._present & bit) != 0)
            {
                found._repeated |= bit;
                continue;
            }

            found._present |= bit;
            found._positions[(int)field] = i;
        }

        return found;
    }

    public readonly bool Has(TraceField field) => (_present & (1u << (int)field)) != 0;

    /// <summary>Whether there are several lines of that name: Kong sees a list then, which no format can be read from.</summary>
    public readonly bool IsRepeated(TraceField field) => (_repeated & (1u << (int)field)) != 0;

    /// <summary>The first line's value; empty when there is none.</summary>
    public readonly ReadOnlySpan<byte> Value<THeaders>(TraceField field, ref THeaders headers)
        where THeaders : struct, IHeaderFields =>
        Has(field) && headers.TryGetField(_positions[(int)field], out _, out ReadOnlySpan<byte> value) ? value : default;

    // The length settles nearly every name of a request that carries no context.
    private static TraceField Classify(ReadOnlySpan<byte> name) => name.Length switch
    {
        2 => Is(name, "b3"u8, TraceField.B3),
        10 => (name[0] | 0x20) == 't' ? Is(name, "tracestate"u8, TraceField.TraceState) : Is(name, "x-b3-flags"u8, TraceField.B3Flags),
        11 => (name[0] | 0x20) == 't' ? Is(name, "traceparent"u8, TraceField.TraceParent) : Is(name, "x-b3-spanid"u8, TraceField.B3SpanId),
        12 => (name[5] | 0x20) == 't' ? Is(name, "x-b3-traceid"u8, TraceField.B3TraceId) : Is(name, "x-b3-sampled"u8, TraceField.B3Sampled),
        13 => Is(name, "uber-trace-id"u8, TraceField.UberTraceId),
        15 => Is(name, "x-amzn-trace-id"u8, TraceField.AmznTraceId),
        16 => Is(name, "ot-tracer-spanid"u8, TraceField.OtSpanId),
        17 => (name[0] | 0x20) == 'x' ? Is(name, "x-b3-parentspanid"u8, TraceField.B3ParentSpanId)
            : (name[10] | 0x20) == 't' ? Is(name, "ot-tracer-traceid"u8, TraceField.OtTraceId)
            : Is(name, "ot-tracer-sampled"u8, TraceField.OtSampled),
        18 => Is(name, "x-datadog-trace-id"u8, TraceField.DatadogTraceId),
        19 => Is(name, "x-datadog-parent-id"u8, TraceField.DatadogParentId),
        21 => Is(name, "x-cloud-trace-context"u8, TraceField.CloudTraceContext),
        27 => Is(name, "x-datadog-sampling-priority"u8, TraceField.DatadogPriority),
        _ => TraceField.None,
    };

    private static TraceField Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> wanted, TraceField field) =>
        Ascii.EqualsIgnoreCase(name, wanted) ? field : TraceField.None;

    [InlineArray((int)TraceField.None)]
    private struct Positions
    {
        private int _first;
    }
}
