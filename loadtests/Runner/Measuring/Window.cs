namespace VoltageSoda.Edge.LoadTests.Measuring;

/// <summary>One second of a run, by the time requests ended. Written by its loop until it is published, then only read.</summary>
public sealed class Window(int second)
{
    /// <summary>Which second, from 0; negative during the warm-up.</summary>
    public int Second { get; } = second;

    /// <summary>Latencies of the successes.</summary>
    public LatencyHistogram Latency { get; } = new(digits: 2);

    /// <summary>Failures that ended in this second.</summary>
    public long Errors { get; set; }

    /// <summary>Adds another loop's view of the same second.</summary>
    public void Add(Window other)
    {
        Latency.Add(other.Latency);
        Errors += other.Errors;
    }
}
