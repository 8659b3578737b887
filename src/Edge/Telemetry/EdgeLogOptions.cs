using Microsoft.Extensions.Logging;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>Shape of a diagnostic line (<c>EDGE_LOG_FORMAT</c>).</summary>
public enum EdgeLogFormat
{
    Text,
    Json,
}

/// <summary>Settings of the diagnostic log.</summary>
public sealed class EdgeLogOptions
{
    /// <summary>Path of the file; <c>/dev/stdout</c> and <c>/dev/stderr</c> are the inherited handles, <c>off</c> writes nothing.</summary>
    public string Path { get; init; } = "/dev/stderr";

    /// <summary>Shape of a line.</summary>
    public EdgeLogFormat Format { get; init; } = EdgeLogFormat.Text;

    /// <summary>Lowest level written; see <see cref="LogLevelNames"/> for Kong's names.</summary>
    public LogLevel Level { get; init; } = LogLevel.Information;

    /// <summary>Bytes that may wait before lines are dropped: at least 32 KiB.</summary>
    public int BufferBytes { get; init; } = 256 * 1024;
}
