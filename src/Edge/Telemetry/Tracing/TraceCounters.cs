namespace VoltageSoda.Edge.Telemetry.Tracing;

/// <summary>What the exposition shows of tracing beside the queues. Immutable view of live counters; any thread.</summary>
internal sealed class TraceCounters(SpanPump pump, OtlpQueue? otlp)
{
    /// <summary>Sampled exchanges that were not recorded.</summary>
    public long Exhausted => pump.Exhausted;

    public long Failures => pump.Failures;

    public long Malformed => pump.Malformed;

    public long RejectedTags => pump.RejectedTags;

    public long TryOverflows => pump.TryOverflows;

    /// <summary>Null when spans are not sent by OTLP.</summary>
    public OtlpQueue? Otlp => otlp;
}
