namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// One loop's end of an <see cref="AccessLog"/>: lines are formatted straight into a ring. Loop thread only; never blocks and, once its
/// ring exists, never allocates.
/// </summary>
public sealed class LoopAccessLog
{
    private readonly LineRing _ring;
    private readonly LogPump _pump;
    private readonly FloodGuard _guard;
    private readonly AccessLogFormatter _formatter;
    private long _dropped;

    internal LoopAccessLog(LineRing ring, LogPump pump, FloodGuard guard, AccessLogFormatter formatter)
    {
        _ring = ring;
        _pump = pump;
        _guard = guard;
        _formatter = formatter;
    }

    internal long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Writes one line, or drops and counts it when the ring is full.</summary>
    public void Write(in AccessLogLine line)
    {
        if (!line.Reason.IsEmpty && !Admit(line))
        {
            return;
        }

        Span<byte> room = _ring.Reserve();
        if (room.IsEmpty)
        {
            _dropped++;
            return;
        }

        _ring.Commit(_formatter.Format(room, line));
        _pump.LineWritten(_ring);
    }

    private bool Admit(in AccessLogLine line)
    {
        long second = line.UnixMilliseconds / 1000;
        bool admitted = _guard.Admit(line.RemoteAddress, line.Reason, second, out FloodGuard.Untold untold);
        if (untold.Count > 0)
        {
            Span<byte> room = _ring.Reserve();
            if (room.IsEmpty)
            {
                _dropped++;
            }
            else
            {
                _ring.Commit(_formatter.FormatFolded(room, line.RemoteAddress, line.Reason, untold.Second, untold.Count));
            }
        }

        if (!admitted)
        {
            // The count must come out even if this loop writes no further line.
            _pump.LineWritten(_ring);
        }

        return admitted;
    }
}
