using Microsoft.Extensions.Logging;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// The level of the diagnostic log, which an operator may change for a time (<c>kong/api/routes/debug.lua</c>). Reading is one volatile load;
/// thread-safe.
/// </summary>
public sealed class LogLevelSwitch : IDisposable
{
    /// <summary>Longest time a changed level may last, in seconds: ten days.</summary>
    public const double LongestSeconds = 864_000;

    private readonly LogLevel _configured;
    private readonly ITimer _back;
    private volatile int _current;

    /// <summary>Begins with the configured level.</summary>
    public LogLevelSwitch(LogLevel configured, TimeProvider time)
    {
        _configured = configured;
        _current = (int)configured;
        _back = time.CreateTimer(
            static self => ((LogLevelSwitch)self!).Restore(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The level in force.</summary>
    public LogLevel Current => (LogLevel)_current;

    /// <summary>Changes it; after <paramref name="time"/> the configured one is back.</summary>
    public void Set(LogLevel level, TimeSpan time)
    {
        _current = (int)level;
        _back.Change(time, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public void Dispose() => _back.Dispose();

    private void Restore() => _current = (int)_configured;
}
