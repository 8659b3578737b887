using System.Diagnostics;
using VoltageSoda.Edge.LoadTests.Measuring;

namespace VoltageSoda.Edge.LoadTests.Tests.Measuring;

public sealed class ProcessUsageTests
{
    [Fact]
    public void Parse_NameWithSpacesAndParentheses_FindsTheFields()
    {
        const string Text = "42 (a) b (c)) S 7 42 42 0 -1 4194304 1 2 3 4 100 20 3 4 20 0 9 0 5 6 7";

        ProcessUsage.Stat stat = ProcessUsage.Stat.Parse(Text)!;

        Assert.Equal((7, 103, 24), (stat.Parent, stat.User, stat.System));
        Assert.Null(ProcessUsage.Stat.Parse("42 (gone)"));
    }

    [Fact]
    public void Of_OwnProcess_CountsTheWorkOfAnEndedThread()
    {
        ProcessUsage before = ProcessUsage.Of(Environment.ProcessId)!;
        var worker = new Thread(() =>
        {
            TimeSpan start = Process.GetCurrentProcess().TotalProcessorTime;
            while (Process.GetCurrentProcess().TotalProcessorTime - start < TimeSpan.FromMilliseconds(60))
            {
            }
        });
        worker.Start();
        worker.Join();

        ProcessUsage used = ProcessUsage.Of(Environment.ProcessId)!.Since(before);

        Assert.InRange(used.CpuSeconds, 0.04, 60);
        Assert.True(used.RssKiB > 1024, $"RSS {used.RssKiB} KiB");
        Assert.InRange(used.PssKiB, 1, used.RssKiB);
    }

    [Fact]
    public void Of_ParentWithChild_CountsBoth()
    {
        // The shell itself does nothing; its child burns processor time, then says so and stays. (A background child's own standard input
        // is empty, hence the third descriptor.)
        using Process shell = Process.Start(new ProcessStartInfo("bash",
            ["-c", "exec 3<&0; bash -c 'for ((i = 0; i < 200000; i++)); do :; done; echo done; read -u 3' & wait"])
        { RedirectStandardOutput = true, RedirectStandardInput = true })!;
        try
        {
            Assert.Equal("done", shell.StandardOutput.ReadLine());
            ProcessUsage usage = ProcessUsage.Of(shell.Id)!;
            Assert.True(usage.CpuSeconds >= 0.05, $"{usage.CpuSeconds} s");
        }
        finally
        {
            shell.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public void Of_NoSuchProcess_IsNull() => Assert.Null(ProcessUsage.Of(int.MaxValue));
}
