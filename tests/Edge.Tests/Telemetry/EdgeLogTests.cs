using System.Text.Json;
using CsCheck;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Tests.Telemetry;

public sealed class EdgeLogTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 5, 5, 44, 7, TimeSpan.Zero));
    private readonly MemorySink _sink = new();

    [Fact]
    public void Text_Message_IsNginxsErrorLogLine()
    {
        using EdgeLog log = Open();
        Log.Listening(log.CreateLogger("listeners"), "0.0.0.0:8000");
        Assert.True(log.Flush(Patience));

        Assert.Equal(
            $"2026/11/23 05:05:44 [notice] {Environment.ProcessId}#{Environment.CurrentManagedThreadId}: "
            + "[listeners] listening on 0.0.0.0:8000\n",
            _sink.Text);
    }

    [Fact]
    public void Json_Message_HasLevelEventAndFields()
    {
        using EdgeLog log = Open(format: EdgeLogFormat.Json);
        Log.Starting(log.CreateLogger("hosting"), "0.1.0", "epoll", 2);
        Assert.True(log.Flush(Patience));

        JsonElement line = JsonDocument.Parse(_sink.Text).RootElement;
        Assert.Equal("2026-11-23T05:05:44.007Z", line.GetProperty("time").GetString());
        Assert.Equal("notice", line.GetProperty("level").GetString());
        Assert.Equal(Environment.ProcessId, line.GetProperty("pid").GetInt32());
        Assert.Equal("hosting", line.GetProperty("area").GetString());
        Assert.Equal(100, line.GetProperty("id").GetInt32());
        Assert.Equal("Starting", line.GetProperty("event").GetString());
        Assert.Equal("voltage-edge 0.1.0 starting: transport epoll, 2 loops", line.GetProperty("message").GetString());
        Assert.Equal("epoll", line.GetProperty("transport").GetString());
        Assert.Equal(2, line.GetProperty("loops").GetInt32());
        Assert.False(line.TryGetProperty("{OriginalFormat}", out _));
    }

    [Fact]
    public void Message_WithLineFeedsAndControls_CannotForgeALine()
    {
        const string Hostile = "x\n2026/11/23 05:05:44 [crit] forged\r\u001b[31m\u0000\u0085";
        using EdgeLog log = Open();
        Log.ListenFailed(log.CreateLogger("listeners"), Hostile, "why");
        Assert.True(log.Flush(Patience));
        Assert.Single(_sink.Lines);
        Assert.Contains(@"on x\x0A2026/11/23 05:05:44 [crit] forged\x0D\x1B[31m\x00\x85: why", _sink.Text);
    }

    [Fact]
    public void Json_AnyText_IsOneValidLine() =>
        Gen.String[Gen.Char, 0, 300].Sample(
            text =>
            {
                var sink = new MemorySink();
                using var log = new EdgeLog(new EdgeLogOptions { Format = EdgeLogFormat.Json }, _time, sink);
                Log.Listening(log.CreateLogger(text), text);
                Assert.True(log.Flush(Patience));
                JsonElement line = JsonDocument.Parse(Assert.Single(sink.Text.TrimEnd('\n').Split('\n'))).RootElement;

                // Unpaired surrogates cannot be written in UTF-8.
                string expected = string.Concat(text.EnumerateRunes());
                Assert.Equal(expected, line.GetProperty("address").GetString());
                Assert.Equal(expected, line.GetProperty("area").GetString());
            },
            iter: 200);

    [Fact]
    public void Exception_OfManyLines_IsOneLineInBothFormats()
    {
        foreach (EdgeLogFormat format in Enum.GetValues<EdgeLogFormat>())
        {
            var sink = new MemorySink();
            using var log = new EdgeLog(new EdgeLogOptions { Format = format }, _time, sink);
            Exception thrown = Assert.Throws<InvalidOperationException>(static void () => throw new InvalidOperationException("first\nsecond"));
            Log.ExchangeCrashed(log.CreateLogger("exchanges"), thrown, "abc");
            Assert.True(log.Flush(Patience));

            string line = Assert.Single(sink.Lines);
            Assert.Contains("exchange abc ended by an unexpected exception", line);
            Assert.Contains("InvalidOperationException: first | second |    at ", line);
        }
    }

    [Fact]
    public void Message_LongerThanALine_IsCutAndStaysValid()
    {
        foreach (EdgeLogFormat format in Enum.GetValues<EdgeLogFormat>())
        {
            var sink = new MemorySink();
            using var log = new EdgeLog(new EdgeLogOptions { Format = format }, _time, sink);
            Log.Listening(log.CreateLogger("listeners"), new string('\u0001', 100_000));
            Log.Listening(log.CreateLogger("listeners"), new string('€', 100_000));
            Assert.True(log.Flush(Patience));

            Assert.Equal(2, sink.Lines.Length);
            Assert.All(sink.Lines, static line => Assert.InRange(line.Length, 4000, LineRing.MaxLine));
            if (format == EdgeLogFormat.Json)
            {
                Assert.All(sink.Lines, static line => JsonDocument.Parse(line).Dispose());
            }
        }
    }

    [Theory]
    [InlineData("debug", "debug info notice warn error crit")]
    [InlineData("info", "info notice warn error crit")]
    [InlineData("notice", "notice warn error crit")]
    [InlineData("warn", "warn error crit")]
    [InlineData("error", "error crit")]
    [InlineData("crit", "crit")]
    [InlineData("alert", "crit")]
    [InlineData("emerg", "crit")]
    public void Level_OfKong_WritesItAndWorse(string name, string written)
    {
        Assert.True(LogLevelNames.TryParse(name, out LogLevel level));
        using EdgeLog log = Open(level);
        ILogger logger = log.CreateLogger("a");
        for (LogLevel each = LogLevel.Trace; each < LogLevel.None; each++)
        {
            logger.Log(each, "x");
        }

        Assert.True(log.Flush(Patience));
        Assert.Equal(written, string.Join(' ', _sink.Lines.Select(static line => line.Split('[', ']')[1])));
        Assert.False(logger.IsEnabled(LogLevel.None));
        Assert.False(LogLevelNames.TryParse("verbose", out _));
    }

    [Fact]
    public void CreateLogger_FrameworkCategory_StartsAtWarnings()
    {
        using EdgeLog log = Open(LogLevel.Trace);
        ILogger framework = log.CreateLogger("Microsoft.AspNetCore.Server.Kestrel");
        Assert.False(framework.IsEnabled(LogLevel.Information));
        Assert.True(framework.IsEnabled(LogLevel.Warning));
        Assert.False(Open(LogLevel.Error).CreateLogger("Microsoft.X").IsEnabled(LogLevel.Warning));
    }

    [Fact]
    public void Off_WritesNothing()
    {
        using var log = new EdgeLog(new EdgeLogOptions { Path = "off" }, _time);
        Assert.False(log.CreateLogger("a").IsEnabled(LogLevel.Critical));
        Assert.True(log.Flush(Patience));
        Assert.Equal(0, log.DroppedLines);
    }

    [Fact]
    public void Write_SinkBlocked_NeverWaitsAndCounts()
    {
        using var log = new EdgeLog(new EdgeLogOptions { BufferBytes = 64 * 1024 }, _time, _sink);
        ILogger logger = log.CreateLogger("listeners");
        _sink.Close();
        Log.Listening(logger, "first");
        Assert.True(_sink.Blocked.Wait(Patience));
        for (int i = 0; i < 5000; i++)
        {
            Log.Listening(logger, "0.0.0.0:8000");
        }

        long dropped = log.DroppedLines;
        Assert.InRange(dropped, 3000, 4999);
        _sink.Open();
        Assert.True(log.Flush(Patience));
        Assert.Equal(5001, _sink.Lines.Length + dropped);
    }

    [Fact]
    public void Reopen_ToAFolderThatIsGone_IsLoggedWhereTheLogStillIs()
    {
        using var folder = new TemporaryFolder();
        string logs = Path.Combine(folder.Path, "logs");
        Directory.CreateDirectory(logs);
        using var log = new EdgeLog(new EdgeLogOptions { Path = Path.Combine(logs, "error.log") }, _time);
        Directory.Move(logs, Path.Combine(folder.Path, "moved"));
        log.Reopen();
        Assert.True(log.Flush(Patience));
        Assert.True(log.Flush(Patience));

        Assert.Contains("[telemetry] log file stays as it is: cannot open", File.ReadAllText(Path.Combine(folder.Path, "moved", "error.log")));
    }

    private EdgeLog Open(LogLevel level = LogLevel.Information, EdgeLogFormat format = EdgeLogFormat.Text) =>
        new(new EdgeLogOptions { Level = level, Format = format }, _time, _sink);
}
