namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// One access log: loops format into rings of their own and one background thread writes them out, so a slow or broken sink costs
/// lines (counted in <see cref="DroppedLines"/>) and never time. No log is no object: a null reference is <c>off</c>.
/// </summary>
public sealed class AccessLog : IDisposable
{
    private readonly TimeProvider _time;
    private readonly FloodGuard _guard;
    private readonly AccessLogFormatter _foldedFormatter;
    private readonly byte[] _foldedLine = new byte[LineRing.MaxLine];
    private readonly LoopAccessLog[] _loops;
    private readonly LogPump _pump;

    /// <summary>Opens the sink (throws <see cref="IOException"/> when it cannot) and starts the writer.</summary>
    /// <param name="options">Settings.</param>
    /// <param name="time">Clock of the background thread.</param>
    /// <param name="reopenFailed">Told why the file could not be opened again; the old one stays in use.</param>
    public AccessLog(AccessLogOptions options, TimeProvider time, Action<string>? reopenFailed = null)
        : this(options, time, LogSink.Open(options.Path), reopenFailed)
    {
    }

    internal AccessLog(AccessLogOptions options, TimeProvider time, LogSink sink, Action<string>? reopenFailed = null)
    {
        _time = time;
        _guard = new FloodGuard(options.FloodLimit);
        var mask = new QueryMask(options.SecretQueryParameters);
        _foldedFormatter = new AccessLogFormatter(options.Format, mask);
        var rings = new LineRing[options.Loops];
        for (int i = 0; i < rings.Length; i++)
        {
            rings[i] = new LineRing(options.BufferBytes);
        }

        _loops = new LoopAccessLog[options.Loops];
        _pump = new LogPump("access log", rings, sink, TellFolded, reopenFailed);
        for (int i = 0; i < rings.Length; i++)
        {
            _loops[i] = new LoopAccessLog(rings[i], _pump, _guard, new AccessLogFormatter(options.Format, mask), mask);
        }
    }

    /// <summary>Lines lost since start because the writer was behind or the sink failed.</summary>
    public long DroppedLines
    {
        get
        {
            long sum = _pump.Lost;
            foreach (LoopAccessLog loop in _loops)
            {
                sum += loop.Dropped;
            }

            return sum;
        }
    }

    /// <summary>The end of one loop.</summary>
    public LoopAccessLog Loop(int loopId) => _loops[loopId];

    /// <summary>Closes and opens the file again (log rotation, SIGUSR1). Returns at once; does nothing for inherited handles.</summary>
    public void Reopen() => _pump.Reopen();

    /// <summary>Waits until everything written so far reached the sink; false after <paramref name="timeout"/>. Not for loops.</summary>
    public bool Flush(TimeSpan timeout) => _pump.Flush(timeout);

    /// <summary>Writes out what waits (at most a second) and closes the sink. Loops must not write any more.</summary>
    public void Dispose() => _pump.Dispose();

    // Writer thread.
    private bool TellFolded(bool last)
    {
        if (!_guard.IsFolding)
        {
            return false;
        }

        _guard.Sweep(last ? long.MaxValue : _time.GetUtcNow().ToUnixTimeSeconds(), (address, reason, second, count) =>
        {
            int length = _foldedFormatter.FormatFolded(_foldedLine, address, reason, second, count);
            _pump.WriteNow(_foldedLine.AsSpan(0, length));
        });
        return _guard.IsFolding;
    }
}
