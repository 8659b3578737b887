namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// Where log lines end up. Used by one writer thread, except that two logs may share an inherited handle: writes to those are
/// serialised per handle, so that lines stay whole.
/// </summary>
internal abstract class LogSink : IDisposable
{
    /// <summary>Writes whole lines, waiting as long as the reader lets it; throws <see cref="IOException"/> when it cannot.</summary>
    public abstract void Write(ReadOnlySpan<byte> lines);

    /// <summary>Opens a file again under its path; nothing for inherited handles. Throws <see cref="IOException"/>, and keeps the old file then.</summary>
    public virtual void Reopen()
    {
    }

    /// <summary>Closes what the sink owns.</summary>
    public abstract void Dispose();

    /// <summary>The sink of a path; throws <see cref="IOException"/> when it cannot be opened.</summary>
    public static LogSink Open(string path)
    {
        int inherited = path switch
        {
            "/dev/stdout" or "/dev/fd/1" or "/proc/self/fd/1" => 1,
            "/dev/stderr" or "/dev/fd/2" or "/proc/self/fd/2" => 2,
            _ => 0,
        };
        if (OperatingSystem.IsLinux())
        {
            return inherited != 0 ? DescriptorSink.Inherited(inherited) : DescriptorSink.OpenFile(path);
        }

        return inherited switch
        {
            1 => new StreamSink(Console.OpenStandardOutput(), path: null),
            2 => new StreamSink(Console.OpenStandardError(), path: null),
            _ => new StreamSink(StreamSink.OpenFile(path), path),
        };
    }
}
