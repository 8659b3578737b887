namespace VoltageSoda.Edge.Telemetry.Tracing;

/// <summary>Times of spans that follow from others. Stateless.</summary>
internal static class SpanTimes
{
    /// <summary>A request without a route has no access phase: its proxy span begins with the answer, or with the end.</summary>
    public static long ProxyStart(SpanRecord record) =>
        record.AccessStarted != 0 ? record.AccessStarted : record.HeaderStarted != 0 ? record.HeaderStarted : record.Ended;

    /// <summary>Whole milliseconds, as Kong's phase times are.</summary>
    public static long Milliseconds(long started, long ended) => Math.Max(0, ended - started) / 1000;
}
