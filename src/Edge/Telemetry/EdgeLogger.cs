using Microsoft.Extensions.Logging;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// One area's logger: the level in force counts, and <paramref name="floor"/> where it is higher. Thread-safe; scopes are ignored, since every
/// message carries its own facts.
/// </summary>
internal sealed class EdgeLogger(EdgeLog log, string area, LogLevel floor) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= log.Levels.Current && logLevel >= floor && logLevel != LogLevel.None;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            log.Write(new DiagnosticLine(
                logLevel,
                area,
                eventId,
                formatter(state, exception),
                state as IReadOnlyList<KeyValuePair<string, object?>>,
                exception));
        }
    }
}

/// <summary>The parts of a diagnostic line before it is formatted.</summary>
internal readonly record struct DiagnosticLine(
    LogLevel Level,
    string Area,
    EventId Event,
    string Message,
    IReadOnlyList<KeyValuePair<string, object?>>? Fields,
    Exception? Exception);
