using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// The diagnostic log: a logger factory whose lines are formatted by the caller, queued in a bounded buffer and written by a
/// background thread. Any thread; a full queue drops and counts. Messages are the methods of <see cref="Log"/>.
/// </summary>
public sealed class EdgeLog : ILoggerFactory
{
    private readonly EdgeLogFormat _format;
    private readonly TimeProvider _time;
    private readonly int _processId = Environment.ProcessId;
    private readonly Lock _producers = new();
    private readonly LineRing? _ring;
    private readonly LogPump? _pump;
    private long _dropped;

    /// <summary>Opens the sink (throws <see cref="IOException"/> when it cannot) and starts the writer.</summary>
    public EdgeLog(EdgeLogOptions options, TimeProvider time)
        : this(options, time, options.Path == "off" ? null : LogSink.Open(options.Path))
    {
    }

    internal EdgeLog(EdgeLogOptions options, TimeProvider time, LogSink? sink)
    {
        Levels = new LogLevelSwitch(options.Level, time);
        _format = options.Format;
        _time = time;
        if (sink is not null)
        {
            _ring = new LineRing(options.BufferBytes);
            _pump = new LogPump("diagnostic log", [_ring], sink, housekeeping: null, ReopenFailed);
        }
    }

    /// <summary>The level in force.</summary>
    public LogLevelSwitch Levels { get; }

    /// <summary>Lines lost since start.</summary>
    public long DroppedLines => Interlocked.Read(ref _dropped) + (_pump?.Lost ?? 0);

    /// <summary>A logger for an area such as <c>listeners</c>; the name is printed in each line. Framework categories show warnings and worse.</summary>
    public ILogger CreateLogger(string categoryName)
    {
        if (_ring is null)
        {
            return NullLogger.Instance;
        }

        return new EdgeLogger(this, categoryName, categoryName.StartsWith("Microsoft.", StringComparison.Ordinal) ? LogLevel.Warning : LogLevel.Trace);
    }

    /// <summary>Not supported: this factory is its only provider.</summary>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    /// <summary>Closes and opens the file again (SIGUSR1).</summary>
    public void Reopen() => _pump?.Reopen();

    /// <summary>Waits until everything logged so far reached the sink; false after <paramref name="timeout"/>. Not for loops.</summary>
    public bool Flush(TimeSpan timeout) => _pump?.Flush(timeout) ?? true;

    /// <summary>Writes out what waits (at most a second) and closes the sink.</summary>
    public void Dispose()
    {
        Levels.Dispose();
        _pump?.Dispose();
    }

    /// <summary>Formats and queues one line. Any thread; waits for other producers only while they copy a line.</summary>
    internal void Write(in DiagnosticLine line)
    {
        lock (_producers)
        {
            Span<byte> room = _ring!.Reserve();
            if (room.IsEmpty)
            {
                Interlocked.Increment(ref _dropped);
                return;
            }

            int length = _format == EdgeLogFormat.Json
                ? DiagnosticFormatter.Json(room, line, _time.GetUtcNow(), _processId)
                : DiagnosticFormatter.Text(room, line, _time.GetUtcNow(), _processId);
            _ring.Commit(length);
        }

        _pump!.LineWritten(_ring);
    }

    private void ReopenFailed(string reason) => Log.ReopenFailed(CreateLogger("telemetry"), reason);
}
