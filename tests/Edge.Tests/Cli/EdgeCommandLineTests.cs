using VoltageSoda.Edge.Cli;

namespace VoltageSoda.Edge.Tests.Cli;

public sealed class EdgeCommandLineTests
{
    [Theory]
    [InlineData("", "Required command")]
    [InlineData("chek", "'chek'")]
    [InlineData("check --output yaml", "'yaml'")]
    [InlineData("check --no-such-option", "--no-such-option: there is no such option")]
    [InlineData("explain --heade x GET /", "--heade")]
    [InlineData("explain", "")]
    [InlineData("explain GET", "")]
    [InlineData("explain GET / --client-ip nobody", "nobody: no IP address")]
    [InlineData("explain GET / --output sarif", "'sarif'")]
    [InlineData("print --set EDGE_LOOPS", "NAME=VALUE is expected")]
    [InlineData("print --set EDGE_LOPS=1", "EDGE_LOOPS?")]
    [InlineData("run now", "'now'")]
    public async Task Run_WrongUsage_SaysWhatAndWhereHelpIs(string line, string expected)
    {
        CapturedTerminal run = await CapturedTerminal.RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(ExitCodes.Usage, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.Contains("--help' tells what is possible", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_MistypedVerb_SuggestsTheRightOne()
    {
        CapturedTerminal run = await CapturedTerminal.RunAsync("chek");

        Assert.Contains("check", run.Output + run.Error.Replace("chek", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("run --help")]
    [InlineData("explain -h")]
    [InlineData("--version")]
    public async Task Run_HelpAndVersion_EndWell(string line)
    {
        CapturedTerminal run = await CapturedTerminal.RunAsync(line.Split(' '));

        Assert.Equal(ExitCodes.Ok, run.ExitCode);
        Assert.NotEmpty(run.Output);
        Assert.Empty(run.Error);
    }

    [Fact]
    public async Task Run_Help_ListsEveryVerb()
    {
        CapturedTerminal run = await CapturedTerminal.RunAsync("--help");

        Assert.All(["run", "check", "explain", "print", "demo", "version"], verb => Assert.Contains($"\n  {verb} ", run.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_ArgumentThatBeginsWithAt_IsNoResponseFile()
    {
        CapturedTerminal run = await CapturedTerminal.RunAsync("check", "@nowhere.yml");

        Assert.Equal(ExitCodes.Refused, run.ExitCode);
        Assert.Contains("@nowhere.yml", run.Output, StringComparison.Ordinal);
    }
}
