namespace VoltageSoda.Edge.Telemetry;

/// <summary>One loop's end of an <see cref="AccessLog"/>: lines are formatted straight into a ring. Loop thread only; never blocks, never allocates.</summary>
public sealed class LoopAccessLog
{
    internal LoopAccessLog()
    {
    }

    /// <summary>Writes one line, or drops and counts it when the ring is full.</summary>
    public void Write(in AccessLogLine line) => throw new NotImplementedException();
}
