using System.Globalization;
using System.Net;
using System.Text;

namespace VoltageSoda.Edge.Telemetry.MeshLog;

/// <summary>Reads one operator: <c>NAME</c>, <c>NAME(argument)</c>, each with <c>:length</c>. Pure but for the host's name and variables.</summary>
internal static class LogOperatorReader
{
    /// <summary>Where the operator that begins at <paramref name="start"/> ends; -1 when it does not.</summary>
    public static int EndOf(string format, int start)
    {
        int depth = 0;
        for (int i = start + 1; i < format.Length; i++)
        {
            depth += format[i] switch
            {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            if (format[i] == '%' && depth <= 0)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Compiles what stands between the per cent signs.</summary>
    public static LogSegment Read(string text, Action<string> unknown)
    {
        int cut = int.MaxValue;
        string name = text;
        string? argument = null;
        int open = text.IndexOf('(', StringComparison.Ordinal);
        int close = text.LastIndexOf(')');
        string tail = "";
        if (open >= 0 && close > open)
        {
            name = text[..open];
            argument = text[(open + 1)..close];
            tail = text[(close + 1)..];
        }
        else if (text.IndexOf(':', StringComparison.Ordinal) is >= 0 and int colon)
        {
            name = text[..colon];
            tail = text[colon..];
        }

        if (tail.Length > 1 && int.TryParse(tail.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int length))
        {
            cut = length;
        }
        else if (tail.Length != 0)
        {
            unknown($"%{text}%");
        }

        // What does not change while the process runs is text.
        if (name == "HOSTNAME")
        {
            return Constant(Dns.GetHostName(), cut);
        }

        if (name == "ACCESS_LOG_TYPE")
        {
            return Constant("DownstreamEnd", cut);
        }

        if (name == "ENVIRONMENT" && argument is not null)
        {
            return Constant(Environment.GetEnvironmentVariable(argument) ?? "-", cut);
        }

        if (LogOperators.Find(name, argument is not null) is not { } found)
        {
            unknown($"%{text}%");
            return new LogSegment { Operator = LogOperator.Absent };
        }

        string[] names = found is LogOperator.RequestField or LogOperator.RequestFieldWithoutQuery or LogOperator.ResponseField or LogOperator.ResponseTrailer
            ? (argument ?? "").Split('?', 2)
            : [argument ?? ""];
        return new LogSegment
        {
            Operator = found,
            Text = Encoding.ASCII.GetBytes(names[0].ToLowerInvariant()),
            Alternative = names.Length > 1 ? Encoding.ASCII.GetBytes(names[1].ToLowerInvariant()) : [],
            Cut = cut,
            Time = found == LogOperator.StartTime && !string.IsNullOrEmpty(argument) ? new LogTimeFormat(argument) : null,
        };
    }

    private static LogSegment Constant(string text, int cut) => new()
    {
        Operator = LogOperator.Literal,
        Text = Encoding.UTF8.GetBytes(text.Length > cut ? text[..cut] : text),
    };
}
