using Microsoft.Extensions.Logging;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// The diagnostic log: a logger factory whose lines are formatted by the caller, queued in a bounded buffer and written by a
/// background thread. Any thread; a full queue drops and counts. Messages are the methods of <see cref="Log"/>.
/// </summary>
public sealed class EdgeLog : ILoggerFactory
{
    /// <summary>Opens the sink (throws <see cref="IOException"/> when it cannot) and starts the writer.</summary>
    public EdgeLog(EdgeLogOptions options, TimeProvider time) => throw new NotImplementedException();

    /// <summary>Lines lost since start.</summary>
    public long DroppedLines => throw new NotImplementedException();

    /// <summary>A logger for an area such as <c>listeners</c>; the name is printed in each line.</summary>
    public ILogger CreateLogger(string categoryName) => throw new NotImplementedException();

    /// <summary>Not supported: this factory is its only provider.</summary>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    /// <summary>Closes and opens the file again (SIGUSR1).</summary>
    public void Reopen() => throw new NotImplementedException();

    /// <summary>Waits until everything logged so far reached the sink; false after <paramref name="timeout"/>. Not for loops.</summary>
    public bool Flush(TimeSpan timeout) => throw new NotImplementedException();

    /// <summary>Writes out what waits (at most a second) and closes the sink.</summary>
    public void Dispose() => throw new NotImplementedException();
}
