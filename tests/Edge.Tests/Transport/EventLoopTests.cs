using System.Diagnostics;
using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Tests.Transport;

/// <summary>The executor itself, over both back ends.</summary>
public sealed class EventLoopTests
{
    public static TheoryData<TransportKind> Kinds => [.. TransportKinds.All];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Post_FromManyThreads_RunsAllInEachThreadsOrder(TransportKind kind)
    {
        const int Threads = 8;
        const int PerThread = 20_000;
        await using var bench = new TransportBench(kind);
        int[] last = new int[Threads];
        int outOfOrder = 0;
        int offLoop = 0;
        var all = new CountdownEvent(Threads * PerThread);
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(() =>
        {
            for (int i = 1; i <= PerThread; i++)
            {
                int value = i;
                bench.Loop.Post(
                    _ =>
                    {
                        outOfOrder += last[thread] == value - 1 ? 0 : 1;
                        offLoop += bench.Loop.IsCurrent ? 0 : 1;
                        last[thread] = value;
                        all.Signal();
                    },
                    null);
            }
        })));
        Assert.True(await Task.Run(() => all.Wait(LoopRunner.Limit)));
        Assert.Equal((0, 0), (outOfOrder, offLoop));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Post_WhileTheLoopGoesToSleep_IsNeverMissed(TransportKind kind)
    {
        // Each round trip lets the loop block anew; a lost wake-up would hang.
        await using var bench = new TransportBench(kind);
        using var ran = new SemaphoreSlim(0);
        for (int i = 0; i < 5_000; i++)
        {
            bench.Loop.Post(static state => ((SemaphoreSlim)state!).Release(), ran);
            Assert.True(await ran.WaitAsync(LoopRunner.Limit));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Callback_Throws_IsReportedAndTheLoopGoesOn(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        var reported = new List<Exception>();
        bench.Loop.UnhandledException = reported.Add;
        for (int i = 0; i < 3; i++)
        {
            bench.Loop.Post(static _ => throw new InvalidDataException(), null);
        }

        await bench.Loop.RunAsync(() => Task.CompletedTask);
        await bench.Loop.RunAsync(() => Task.CompletedTask);
        await Eventually.TrueAsync(() => reported.Count == 3, "every exception is reported");
        Assert.All(reported, exception => Assert.IsType<InvalidDataException>(exception));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task SwitchTo_FromAnotherThread_ContinuesOnTheLoop(TransportKind kind)
    {
        await using var bench = new TransportBench(kind, new TransportOptions { LoopCount = 2 });
        // On a task of its own: the test itself must not end on a loop that it then disposes.
        await Task.Run(async () =>
        {
            Assert.Null(EventLoop.Current);
            await bench.Loop.SwitchTo();
            Assert.Same(bench.Loop, EventLoop.Current);
            Assert.True(bench.Loop.SwitchTo().IsCompleted);
            await bench.Transport.Loops[1].SwitchTo();
            Assert.Same(bench.Transport.Loops[1], EventLoop.Current);
            await Task.Delay(1);
            Assert.Same(bench.Transport.Loops[1], EventLoop.Current);
        });
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Timers_FireNotBeforeTheirTime(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        long start = Stopwatch.GetTimestamp();
        TimeSpan elapsed = await bench.Loop.RunAsync(async () =>
        {
            var fired = new TaskCompletionSource();
            bench.Loop.Timers.Schedule(new Callback(fired.SetResult), bench.Loop.NowMilliseconds + 30);
            await fired.Task;
            return Stopwatch.GetElapsedTime(start);
        });

        // The clock is read once per turn and in whole milliseconds: up to two may be missing.
        Assert.True(elapsed >= TimeSpan.FromMilliseconds(28), $"It fired after {elapsed.TotalMilliseconds} ms.");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Dispose_EndsTheThreads(TransportKind kind)
    {
        var bench = new TransportBench(kind, new TransportOptions { LoopCount = 3 });
        Thread[] threads = await Task.WhenAll(bench.Transport.Loops.Select(loop => loop.RunAsync(() => Task.FromResult(Thread.CurrentThread))));
        Assert.Equal(["edge-loop-0", "edge-loop-1", "edge-loop-2"], threads.Select(thread => thread.Name));
        await bench.DisposeAsync();
        Assert.All(threads, thread => Assert.True(thread.Join(LoopRunner.Limit)));
    }

    [Theory]
    [InlineData("auto", true)]
    [InlineData("epoll", true)]
    [InlineData("sockets", true)]
    [InlineData("kqueue", false)]
    [InlineData("", false)]
    public void Select_Setting_ChoosesOrSaysWhyNot(string setting, bool expected)
    {
        bool selected = TransportProbe.TrySelect(setting, out TransportKind kind, out string reason);
        Assert.NotEmpty(reason);
        Assert.Equal(expected && (setting != "epoll" || OperatingSystem.IsLinux()), selected);
        if (selected && OperatingSystem.IsLinux())
        {
            Assert.Equal(
                setting switch { "sockets" => TransportKind.Sockets, "auto" => TransportKinds.Loops[^1], _ => TransportKind.Epoll }, kind);
        }
    }

    [Fact]
    public void Select_Uring_SaysWhatItFound()
    {
        bool selected = TransportProbe.TrySelect("uring", out TransportKind kind, out string reason);
        Assert.Contains("io_uring", reason, StringComparison.Ordinal);
        Assert.True(!selected || kind == TransportKind.Uring);
    }

    private sealed class Callback(Action action) : TimerEntry
    {
        protected internal override void OnExpired(long nowMs) => action();
    }
}
