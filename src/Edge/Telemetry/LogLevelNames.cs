using Microsoft.Extensions.Logging;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// Kong's (nginx's) log levels and ours. One step apart by name: nginx has <c>notice</c> between info and warn, so Trace is
/// <c>debug</c>, Debug is <c>info</c> and Information is <c>notice</c>, Kong's default.
/// </summary>
public static class LogLevelNames
{
    /// <summary>The level a name of <c>KONG_LOG_LEVEL</c> stands for; false for an unknown name.</summary>
    public static bool TryParse(ReadOnlySpan<char> name, out LogLevel level)
    {
        (bool known, level) = name switch
        {
            "debug" => (true, LogLevel.Trace),
            "info" => (true, LogLevel.Debug),
            "notice" => (true, LogLevel.Information),
            "warn" => (true, LogLevel.Warning),
            "error" => (true, LogLevel.Error),
            "crit" or "alert" or "emerg" => (true, LogLevel.Critical),
            _ => (false, LogLevel.Information),
        };
        return known;
    }

    /// <summary>The nginx name of a level, as text.</summary>
    public static string Text(LogLevel level) => System.Text.Encoding.ASCII.GetString(Utf8(level));

    /// <summary>The nginx name printed for a level.</summary>
    public static ReadOnlySpan<byte> Utf8(LogLevel level) => level switch
    {
        LogLevel.Trace => "debug"u8,
        LogLevel.Debug => "info"u8,
        LogLevel.Information => "notice"u8,
        LogLevel.Warning => "warn"u8,
        LogLevel.Error => "error"u8,
        _ => "crit"u8,
    };
}
