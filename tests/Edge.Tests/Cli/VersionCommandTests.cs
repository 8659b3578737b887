using VoltageSoda.Edge.Cli;

namespace VoltageSoda.Edge.Tests.Cli;

public sealed class VersionCommandTests
{
    [Fact]
    public async Task Version_Here_NamesWhatRuns()
    {
        CapturedTerminal run = await CapturedTerminal.RunAsync("version");

        Assert.Equal(ExitCodes.Ok, run.ExitCode);
        Assert.Matches(@"\Avoltage-edge \d+\.\d+\.\d+\nrevision   \S+\nruntime    \.NET 10\.[^\n]+\ntransport  (uring|epoll|sockets) \([^\n]+\)\n\z", run.Output);
    }

    [Fact]
    public async Task Version_ChosenTransport_IsProbed()
    {
        CapturedTerminal run = await CapturedTerminal.RunAsync([("EDGE_TRANSPORT", "sockets")], "version");

        Assert.Contains("transport  sockets (chosen by the setting)", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_BadSetting_IsTold()
    {
        CapturedTerminal run = await CapturedTerminal.RunAsync([("EDGE_TRANSPORT", "carrier-pigeon")], "version");

        Assert.Equal(ExitCodes.Ok, run.ExitCode);
        Assert.Contains("EDGE_TRANSPORT", run.Error, StringComparison.Ordinal);
        Assert.Contains("\ntransport  ", run.Output, StringComparison.Ordinal);
    }
}
