namespace VoltageSoda.Edge.Policies.Tracing;

/// <summary>Ids of the spans of one request, and whether they are recorded. A plain value.</summary>
public readonly struct TraceIdentity
{
    /// <summary>The format the request came with.</summary>
    public TraceFormat Found { get; private init; }

    public TraceId TraceId { get; private init; }

    /// <summary>The gateway's server span.</summary>
    public ulong RequestSpanId { get; private init; }

    /// <summary>The caller's span, or 0.</summary>
    public ulong RequestParentId { get; private init; }

    /// <summary>Child of the server span; the one that upstreams are told.</summary>
    public ulong ProxySpanId { get; private init; }

    public bool IsSampled { get; private init; }

    /// <summary>True when the trace began with a caller.</summary>
    public bool IsContinued { get; private init; }

    public bool HasValue => TraceId.HasValue;

    /// <summary>Continues a caller's trace, or starts one.</summary>
    /// <param name="found">What the request says.</param>
    /// <param name="sampled">Whether the spans are recorded.</param>
    /// <param name="traceIdBytes">8 or 16, for a new trace.</param>
    /// <param name="random">Source of ids.</param>
    public static TraceIdentity Create<TRandom>(in TraceContext found, bool sampled, int traceIdBytes, ref TRandom random)
        where TRandom : struct, ITraceRandom
    {
        return new TraceIdentity
        {
            Found = found.Format,
            IsContinued = found.TraceId.HasValue,
            TraceId = found.TraceId.HasValue ? found.TraceId : NewTrace(traceIdBytes, ref random),
            RequestSpanId = found.SpanId != 0 ? found.SpanId : NewSpan(ref random),
            RequestParentId = found.ParentId,
            ProxySpanId = NewSpan(ref random),
            IsSampled = sampled,
        };
    }

    /// <summary>The same ids with another decision.</summary>
    public TraceIdentity Decide(bool sampled) => this with { IsSampled = sampled };

    /// <summary>An id that is not zero.</summary>
    public static ulong NewSpan<TRandom>(ref TRandom random)
        where TRandom : struct, ITraceRandom
    {
        ulong id;
        do
        {
            id = random.Next();
        }
        while (id == 0);
        return id;
    }

    private static TraceId NewTrace<TRandom>(int bytes, ref TRandom random)
        where TRandom : struct, ITraceRandom
    {
        ulong low = NewSpan(ref random);
        return bytes == 8 ? new TraceId(low, 8) : new TraceId(new UInt128(random.Next(), low), 16);
    }
}
