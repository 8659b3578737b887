namespace VoltageSoda.Edge.LoadTests.Comparing;

/// <summary>
/// One proxy, one shape, one round: a closed loop for throughput and processor time, then an open model at a fixed rate for latency.
/// Immutable; a line of the measurements file.
/// </summary>
public sealed record Measurement
{
    /// <summary>The job, such as <c>keepalive-1k</c>.</summary>
    public required string Shape { get; init; }

    /// <summary>Who did it.</summary>
    public required string Proxy { get; init; }

    /// <summary>Which round, from 1.</summary>
    public required int Round { get; init; }

    /// <summary>Requests that the closed loop completed, all checked.</summary>
    public required long Requests { get; init; }

    /// <summary>Requests of either part that failed.</summary>
    public required long Errors { get; init; }

    /// <summary>Length of the closed loop.</summary>
    public required double Seconds { get; init; }

    /// <summary>Processor time of all the proxy's processes and threads during the closed loop, user and system.</summary>
    public required double CpuSeconds { get; init; }

    /// <summary>The part of it that was spent in the proxy's own code.</summary>
    public required double UserSeconds { get; init; }

    /// <summary>Median and 99th percentile of the closed loop.</summary>
    public required double P50Us { get; init; }

    public required double P99Us { get; init; }

    /// <summary>The open model's rate; 0 when there was none.</summary>
    public required double OpenRate { get; init; }

    /// <summary>Percentiles of the open model, from the intended start.</summary>
    public required double OpenP50Us { get; init; }

    public required double OpenP99Us { get; init; }

    /// <summary>Resident and proportional memory of all the proxy's processes after the round.</summary>
    public required long RssKiB { get; init; }

    public required long PssKiB { get; init; }

    /// <summary>The figure that everything is about.</summary>
    public double CpuMicrosecondsPerRequest => Requests > 0 ? CpuSeconds * 1e6 / Requests : double.NaN;

    /// <summary>Completed requests per second of the closed loop.</summary>
    public double RequestsPerSecond => Seconds > 0 ? Requests / Seconds : 0;
}
