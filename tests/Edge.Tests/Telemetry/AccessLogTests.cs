using System.Diagnostics;
using System.IO.Pipes;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Tests.Telemetry;

public sealed class AccessLogTests
{
    private const long Now = 1795410344007;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeMilliseconds(Now));

    [Fact]
    public void Write_ManyLoops_EveryLineArrivesWholeAndInOrderPerLoop()
    {
        var sink = new MemorySink();
        using var log = new AccessLog(Options(loops: 3), _time, sink);
        Thread[] threads = [.. Enumerable.Range(0, 3).Select(loop => new Thread(() =>
        {
            for (int i = 0; i < 500; i++)
            {
                Write(log.Loop(loop), status: (loop * 1000) + i);
            }
        }))];
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());

        Assert.True(log.Flush(Patience));

        int[] statuses = [.. sink.Lines.Select(static line => int.Parse(line.Split(' ')[8]))];
        Assert.Equal(1500, statuses.Length);
        for (int loop = 0; loop < 3; loop++)
        {
            Assert.Equal(Enumerable.Range(loop * 1000, 500), statuses.Where(status => status / 1000 == loop));
        }

        Assert.Equal(0, log.DroppedLines);
    }

    [Fact]
    public void Write_WithoutFlush_ReachesTheSinkByItself()
    {
        var sink = new MemorySink();
        using var log = new AccessLog(Options(), _time, sink);
        for (int i = 1; i <= 20; i++)
        {
            // One at a time, so that each line finds the writer asleep or about to be.
            Write(log.Loop(0), status: 200);
            Assert.True(sink.WaitForWrites(i, Patience));
        }
    }

    [Fact]
    public void Write_Warm_AllocatesNothing()
    {
        var sink = new MemorySink();
        foreach (AccessLogFormat format in Enum.GetValues<AccessLogFormat>())
        {
            using var log = new AccessLog(Options(format: format), _time, sink);
            LoopAccessLog loop = log.Loop(0);
            Send(loop, Now);
            // What lines allocate, each round allocates; what the runtime does once on this thread, one of them.
            long least = long.MaxValue;
            for (int round = 1; round <= 3; round++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                Send(loop, Now + (round * 60_000));
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            Assert.Equal(0, least);
        }
    }

    // Served, refused and folded requests.
    private static void Send(LoopAccessLog loop, long start)
    {
        for (int i = 0; i < 5000; i++)
        {
            Write(loop, 200);
            Refuse(loop, start + (i * 5));
        }
    }

    [Fact]
    public void Write_PipeNobodyReads_NeverBlocksAndCountsWhatIsLost()
    {
        using var server = new AnonymousPipeServerStream(PipeDirection.In);
        using var log = new AccessLog(
            Options(buffer: 64 * 1024), _time, DescriptorSink.Borrowed((int)server.ClientSafePipeHandle.DangerousGetHandle()));
        LoopAccessLog loop = log.Loop(0);
        int lines = 0;
        do
        {
            for (int i = 0; i < 100; i++, lines++)
            {
                Write(loop, 200);
            }
        }
        while (log.Flush(TimeSpan.FromSeconds(1)));

        // The writer is stuck in the pipe. The ring takes what it holds, the rest is dropped, in the time of formatting alone.
        var clock = Stopwatch.StartNew();
        for (int i = 0; i < 20_000; i++, lines++)
        {
            Write(loop, 200);
        }

        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        long dropped = log.DroppedLines;
        Assert.InRange(dropped, 19_000, 20_000);

        // A reader that comes back gets the rest: every line is either read or counted.
        long read = 0;
        var reading = new Thread(() =>
        {
            using var reader = new StreamReader(server, leaveOpen: true);
            while (reader.ReadLine() is { } line && line.Contains(" 200 ", StringComparison.Ordinal))
            {
                read++;
            }
        });
        reading.Start();
        Assert.True(log.Flush(Patience));
        Write(loop, 599);
        Assert.True(log.Flush(Patience));
        Assert.True(reading.Join(Patience));
        Assert.Equal(lines, read + dropped);
        Assert.Equal(dropped, log.DroppedLines);
    }

    [Fact]
    public void Write_SinkFails_CountsAndGoesOn()
    {
        var sink = new MemorySink { Failing = true };
        using var log = new AccessLog(Options(), _time, sink);
        for (int i = 0; i < 10; i++)
        {
            Write(log.Loop(0), 200);
        }

        Assert.True(log.Flush(Patience));
        Assert.Equal(10, log.DroppedLines);
        sink.Failing = false;
        Write(log.Loop(0), 201);
        Assert.True(log.Flush(Patience));
        Assert.Single(sink.Lines);
        Assert.Equal(10, log.DroppedLines);
    }

    [Fact]
    public void Write_ManyLinesWhileTheWriterIsBusy_LeaveInFewWrites()
    {
        var sink = new MemorySink();
        using var log = new AccessLog(Options(), _time, sink);
        sink.Close();
        Write(log.Loop(0), 200);
        Assert.True(sink.Blocked.Wait(Patience));
        for (int i = 0; i < 1000; i++)
        {
            Write(log.Loop(0), 201);
        }

        sink.Open();
        Assert.True(log.Flush(Patience));
        Assert.Equal(1001, sink.Lines.Length);
        Assert.InRange(sink.Writes, 2, 3);
    }

    [Fact]
    public void Write_RefusalFlood_IsFoldedIntoOneLineWithTheCount()
    {
        var sink = new MemorySink();
        using var log = new AccessLog(Options(), _time, sink);
        for (int i = 0; i < 450; i++)
        {
            Refuse(log.Loop(0), Now);
        }

        Assert.True(log.Flush(Patience));
        Assert.Equal(100, sink.Lines.Length);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(log.Flush(Patience));

        Assert.Equal(101, sink.Lines.Length);
        Assert.Equal(
            "192.0.2.9 - - [23/Nov/2026:05:05:44 +0000] \"-\" 0 0 \"-\" \"-\" reason=bad_method repeated=350", sink.Lines[^1]);
        Assert.Equal(0, log.DroppedLines);
    }

    [Fact]
    public void Write_ServedRequests_AreNeverFolded()
    {
        var sink = new MemorySink();
        using var log = new AccessLog(Options(), _time, sink);
        for (int i = 0; i < 450; i++)
        {
            Write(log.Loop(0), 200);
        }

        Assert.True(log.Flush(Patience));
        Assert.Equal(450, sink.Lines.Length);
    }

    [Fact]
    public void Dispose_LinesAndFoldsWaiting_WritesThem()
    {
        var sink = new MemorySink();
        var log = new AccessLog(Options(), _time, sink);
        for (int i = 0; i < 101; i++)
        {
            Refuse(log.Loop(0), Now);
        }

        log.Dispose();

        Assert.Equal(101, sink.Lines.Length);
        Assert.EndsWith("repeated=1", sink.Lines[^1]);
    }

    [Fact]
    public void Dispose_SinkBlocked_ReturnsAllTheSame()
    {
        var sink = new MemorySink();
        var log = new AccessLog(Options(), _time, sink);
        sink.Close();
        Write(log.Loop(0), 200);
        Assert.True(sink.Blocked.Wait(Patience));

        var clock = Stopwatch.StartNew();
        log.Dispose();
        Assert.InRange(clock.Elapsed, TimeSpan.FromMilliseconds(900), TimeSpan.FromSeconds(10));
        sink.Open();
    }

    [Fact]
    public void Reopen_FileWasRenamed_GoesOnInANewFile()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "access.log");
        File.WriteAllText(path, "older line\n");
        using var log = new AccessLog(new AccessLogOptions { Path = path, Loops = 1 }, _time);
        Write(log.Loop(0), 200);
        Assert.True(log.Flush(Patience));
        File.Move(path, path + ".1");
        Write(log.Loop(0), 201);
        Assert.True(log.Flush(Patience));
        log.Reopen();
        Assert.True(log.Flush(Patience));
        Write(log.Loop(0), 202);
        Assert.True(log.Flush(Patience));

        Assert.Equal(["older line", "200", "201"], Statuses(path + ".1"));
        Assert.Equal(["202"], Statuses(path));
    }

    [Fact]
    public void Reopen_PathCannotBeOpened_KeepsTheOldFileAndSaysSo()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "logs", "access.log");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string? complaint = null;
        using var log = new AccessLog(new AccessLogOptions { Path = path, Loops = 1 }, _time, message => complaint = message);
        string moved = Path.Combine(folder.Path, "moved");
        Directory.Move(Path.GetDirectoryName(path)!, moved);
        log.Reopen();
        Assert.True(log.Flush(Patience));
        Write(log.Loop(0), 200);
        Assert.True(log.Flush(Patience));

        Assert.Contains(path, complaint);
        Assert.Equal(["200"], Statuses(Path.Combine(moved, "access.log")));
    }

    [Fact]
    public void Write_FileTruncatedByRotation_LeavesNoHole()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "access.log");
        using var log = new AccessLog(new AccessLogOptions { Path = path, Loops = 1 }, _time);
        Write(log.Loop(0), 200);
        Assert.True(log.Flush(Patience));
        File.WriteAllText(path, "");
        Write(log.Loop(0), 201);
        Assert.True(log.Flush(Patience));

        Assert.Equal(["201"], Statuses(path));
    }

    [Fact]
    public void StreamSink_AppendsReopensAndSurvivesTruncation()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "a.log");
        using var sink = new StreamSink(StreamSink.OpenFile(path), path);
        sink.Write("one\n"u8);
        File.WriteAllText(path, "");
        sink.Write("two\n"u8);
        File.Move(path, path + ".1");
        sink.Reopen();
        sink.Write("three\n"u8);

        Assert.Equal("two\n", File.ReadAllText(path + ".1"));
        Assert.Equal("three\n", File.ReadAllText(path));
    }

    [Fact]
    public void Constructor_PathCannotBeOpened_Throws()
    {
        var options = new AccessLogOptions { Path = "/nonexistent/folder/access.log", Loops = 1 };
        Assert.Contains("/nonexistent/folder/access.log", Assert.Throws<IOException>(() => new AccessLog(options, _time)).Message);
    }

    private static IEnumerable<string> Statuses(string path) =>
        File.ReadAllLines(path).Select(static line => line.Split(' ') is { Length: > 8 } parts ? parts[8] : line);

    private static AccessLogOptions Options(int loops = 1, int buffer = 4 * 1024 * 1024, AccessLogFormat format = AccessLogFormat.Combined) =>
        new() { Path = "unused", Loops = loops, BufferBytes = buffer, Format = format };

    private static void Write(LoopAccessLog loop, int status) => loop.Write(new AccessLogLine
    {
        UnixMilliseconds = Now,
        RemoteAddress = "192.0.2.7"u8,
        Method = "GET"u8,
        Target = "/api/v1/flavors?page=2&jwt=secret"u8,
        HttpVersion = 11,
        Status = status,
        BodyBytesSent = 1234,
        UserAgent = "curl \"x\""u8,
    });

    private static void Refuse(LoopAccessLog loop, long now) => loop.Write(new AccessLogLine
    {
        UnixMilliseconds = now,
        RemoteAddress = "192.0.2.9"u8,
        Status = 400,
        Reason = "bad_method"u8,
    });
}
