namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// One access log: loops format into rings of their own and one background thread writes them out, so a slow or broken sink costs
/// lines (counted in <see cref="DroppedLines"/>) and never time. No log is no object: a null reference is <c>off</c>.
/// </summary>
public sealed class AccessLog : IDisposable
{
    /// <summary>Opens the sink (throws <see cref="IOException"/> when it cannot) and starts the writer.</summary>
    public AccessLog(AccessLogOptions options, TimeProvider time) => throw new NotImplementedException();

    /// <summary>Lines lost since start because the writer was behind or the sink failed.</summary>
    public long DroppedLines => throw new NotImplementedException();

    /// <summary>The end of one loop.</summary>
    public LoopAccessLog Loop(int loopId) => throw new NotImplementedException();

    /// <summary>Closes and opens the file again (log rotation, SIGUSR1). Returns at once; does nothing for inherited handles.</summary>
    public void Reopen() => throw new NotImplementedException();

    /// <summary>Waits until everything written so far reached the sink; false after <paramref name="timeout"/>. Not for loops.</summary>
    public bool Flush(TimeSpan timeout) => throw new NotImplementedException();

    /// <summary>Writes out what waits (at most a second) and closes the sink.</summary>
    public void Dispose() => throw new NotImplementedException();
}
