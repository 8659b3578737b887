using Microsoft.Extensions.Logging;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>Messages about remote stores: 9xx.</summary>
public static partial class Log
{
    [LoggerMessage(900, LogLevel.Warning, "redis {target}: {kind}: {message}")]
    public static partial void RedisFault(ILogger logger, string target, string kind, string message);

    [LoggerMessage(901, LogLevel.Error, "redis {target} refuses this user: {message}")]
    public static partial void RedisLogin(ILogger logger, string target, string message);

    [LoggerMessage(902, LogLevel.Warning, "redis {target} is left alone for {milliseconds} ms")]
    public static partial void RedisLeftAlone(ILogger logger, string target, long milliseconds);

    [LoggerMessage(903, LogLevel.Information, "redis {target} answers again")]
    public static partial void RedisRecovered(ILogger logger, string target);

    [LoggerMessage(904, LogLevel.Information, "redis {target}: {keys} counts of its absence were added")]
    public static partial void RedisCountsAdded(ILogger logger, string target, int keys);
}
