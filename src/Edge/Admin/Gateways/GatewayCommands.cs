using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Admin.Gateways;

/// <summary>The parts of Envoy's administration that change something. Each answers a status and a text. Thread-safe.</summary>
internal sealed class GatewayCommands(IGatewayState state, EnvoyStats stats, LogLevelSwitch levels)
{
    // Envoy's names of levels with what each stands for here.
    private static readonly (string Name, LogLevel Level)[] Levels =
    [
        ("trace", LogLevel.Trace), ("debug", LogLevel.Debug), ("info", LogLevel.Information), ("warning", LogLevel.Warning),
        ("error", LogLevel.Error), ("critical", LogLevel.Critical), ("off", LogLevel.None),
    ];

    // The one logger whose level can be changed.
    private const string Logger = "edge";

    /// <summary><c>/healthcheck/fail</c> and <c>/healthcheck/ok</c>.</summary>
    public (int Status, string Text) FailHealth(bool fails)
    {
        state.FailHealth(fails);
        return Ok;
    }

    /// <summary><c>/drain_listeners</c>. Gateway listeners are outbound ones: <c>inboundonly</c> leaves them alone.</summary>
    public async Task<(int Status, string Text)> DrainAsync(IQueryCollection query)
    {
        bool graceful = query.ContainsKey("graceful");
        bool skipsExit = query.ContainsKey("skip_exit");
        if (skipsExit && !graceful)
        {
            return (StatusCodes.Status400BadRequest, "skip_exit requires graceful\n");
        }

        if (!query.ContainsKey("inboundonly"))
        {
            await state.DrainListenersAsync(graceful, skipsExit);
        }

        return Ok;
    }

    /// <summary><c>/quitquitquit</c>.</summary>
    public (int Status, string Text) Quit()
    {
        state.Quit();
        return Ok;
    }

    /// <summary><c>/reset_counters</c>.</summary>
    public (int Status, string Text) ResetCounters()
    {
        stats.Reset();
        return Ok;
    }

    /// <summary><c>/reopen_logs</c>.</summary>
    public (int Status, string Text) ReopenLogs()
    {
        state.ReopenLogs();
        return Ok;
    }

    /// <summary><c>/logging</c>: shows the level, and changes it until the process ends.</summary>
    public (int Status, string Text) Logging(IQueryCollection query)
    {
        StringBuilder text = new();
        int status = StatusCodes.Status200OK;
        if (query.Count != 0 && Change(query) is { } error)
        {
            status = StatusCodes.Status400BadRequest;
            text.Append("error: ").Append(error).Append("\n\n")
                .Append("usage: /logging?<name>=<level> (change single level)\n")
                .Append("usage: /logging?paths=name1:level1,name2:level2,... (change multiple levels)\n")
                .Append("usage: /logging?level=<level> (change all levels)\nlevels: ")
                .AppendJoin(' ', Levels.Select(static level => level.Name)).Append(" \n");
        }

        text.Append("active loggers:\n  ").Append(Logger).Append(": ")
            .Append(Array.Find(Levels, level => level.Level == levels.Current).Name ?? "info").Append("\n\n");
        return (status, text.ToString());
    }

    private static (int Status, string Text) Ok => (StatusCodes.Status200OK, "OK\n");

    private string? Change(IQueryCollection query)
    {
        if (query.Count != 1)
        {
            return "invalid number of parameters";
        }

        (string key, Microsoft.Extensions.Primitives.StringValues values) = query.First();
        string[] pairs = key == "paths" ? values.ToString().Split(',', StringSplitOptions.RemoveEmptyEntries) : [$"{(key == "level" ? Logger : key)}:{values}"];
        LogLevel? wanted = null;
        foreach (string pair in pairs)
        {
            string[] parts = pair.Split(':', 2);
            if (parts.Length != 2 || parts[0].Length == 0 || parts[1].Length == 0)
            {
                return "empty logger name or empty logger level";
            }

            if (Array.FindIndex(Levels, level => level.Name == parts[1]) is not (>= 0 and int found))
            {
                return "unknown logger level";
            }

            if (parts[0] != Logger)
            {
                return "unknown logger name";
            }

            wanted = Levels[found].Level;
        }

        if (wanted is { } chosen)
        {
            levels.Set(chosen, Timeout.InfiniteTimeSpan);
        }

        return null;
    }
}
