using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Telemetry.MeshLog;

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
    private readonly MeshLogFormatter _meshFormatter;
    private long _dropped;

    internal LoopAccessLog(LineRing ring, LogPump pump, FloodGuard guard, AccessLogFormatter formatter, QueryMask mask)
    {
        _ring = ring;
        _pump = pump;
        _guard = guard;
        _formatter = formatter;
        _meshFormatter = new MeshLogFormatter(mask);
    }

    internal long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Writes one line, or drops and counts it when the ring is full.</summary>
    public void Write(in AccessLogLine line)
    {
        if (!line.Reason.IsEmpty && !Admit(line.RemoteAddress, line.Reason, line.UnixMilliseconds))
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

    /// <summary>Writes one line of a Gateway listener in its mesh's format, or drops and counts it when the ring is full.</summary>
    public void WriteFormatted(LogFormat format, in MeshLogLine line)
    {
        if (!line.Reason.IsEmpty)
        {
            Span<byte> address = stackalloc byte[ClientAddress.MaxTextLength];
            if (!Admit(address[..line.Peer.Format(address)], line.Reason, line.StartUnixMilliseconds))
            {
                return;
            }
        }

        Span<byte> room = _ring.Reserve();
        if (room.IsEmpty)
        {
            _dropped++;
            return;
        }

        _ring.Commit(_meshFormatter.Format(room, format, in line));
        _pump.LineWritten(_ring);
    }

    private bool Admit(ReadOnlySpan<byte> remote, ReadOnlySpan<byte> reason, long unixMilliseconds)
    {
        long second = unixMilliseconds / 1000;
        bool admitted = _guard.Admit(remote, reason, second, out FloodGuard.Untold untold);
        if (untold.Count > 0)
        {
            Span<byte> room = _ring.Reserve();
            if (room.IsEmpty)
            {
                _dropped++;
            }
            else
            {
                _ring.Commit(_formatter.FormatFolded(room, remote, reason, untold.Second, untold.Count));
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
