namespace VoltageSoda.Edge.Policies.Tracing;

/// <summary>Whether a caller wants its trace recorded.</summary>
public enum SamplingDecision : byte
{
    /// <summary>The caller leaves it to us.</summary>
    Deferred,

    /// <summary>To be recorded.</summary>
    Sampled,

    /// <summary>Not to be recorded.</summary>
    NotSampled,
}

/// <summary>What a request says about the trace it belongs to. A plain value; ids of zero are absent.</summary>
public struct TraceContext
{
    /// <summary>The format that was recognised, also when its ids were refused.</summary>
    public TraceFormat Format { get; set; }

    public TraceId TraceId { get; set; }

    /// <summary>Id that the request's own span takes over (B3, jaeger, aws, gcp), or 0.</summary>
    public ulong SpanId { get; set; }

    /// <summary>Id of the caller's span, parent of the request's own, or 0.</summary>
    public ulong ParentId { get; set; }

    public SamplingDecision Sampling { get; set; }

    /// <summary>True when a field of the format broke its rules and was ignored.</summary>
    public bool IsMalformed { get; set; }
}
