namespace VoltageSoda.Edge.Telemetry.MeshLog;

/// <summary>The access log of Gateway listeners: an open log and the format of its lines. Immutable; the log is its opener's.</summary>
/// <param name="log">Where lines go.</param>
/// <param name="format">How they look.</param>
public sealed class MeshAccessLog(AccessLog log, LogFormat format)
{
    /// <summary>How lines look.</summary>
    public LogFormat Format => format;

    /// <summary>Writes one line. On the loop of that id; never blocks.</summary>
    public void Write(int loop, in MeshLogLine line) => log.Loop(loop).WriteFormatted(format, in line);
}
