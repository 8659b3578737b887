using System.Diagnostics;

namespace VoltageSoda.Edge.LoadTests.Transport;

/// <summary>The monotonic clock in nanoseconds. On Linux a stopwatch tick is one nanosecond; elsewhere the runner does not start.</summary>
internal static class Clock
{
    public const long Second = 1_000_000_000;
    public const long Millisecond = 1_000_000;

    /// <summary>Nanoseconds since some fixed moment.</summary>
    public static long Now => Stopwatch.GetTimestamp();

    /// <summary>A time span in nanoseconds.</summary>
    public static long Nanoseconds(TimeSpan span) => span.Ticks * 100;
}
