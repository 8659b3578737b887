using System.Diagnostics;

namespace VoltageSoda.Edge.Telemetry.Tracing;

/// <summary>Monotonic microseconds on the scale of the loops' milliseconds. Stateless.</summary>
internal static class SpanClock
{
    private static readonly long TicksPerMicrosecond = Math.Max(1, Stopwatch.Frequency / 1_000_000);

    /// <summary>Read for sampled exchanges only: the time of a turn would make every step within it last nothing.</summary>
    public static long Now => Stopwatch.GetTimestamp() / TicksPerMicrosecond;
}
