using VoltageSoda.Edge.Cli;
using VoltageSoda.Edge.Tests.Configuration;

namespace VoltageSoda.Edge.Tests.Cli;

/// <summary>The page on the commands shows what they print.</summary>
public sealed class CommandsPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Loading.Root, "docs", "commands.md"));

    [Fact]
    public void Page_ExplainExample_IsTheRealOutput() =>
        Assert.Contains(File.ReadAllText(Path.Combine(Loading.Root, "tests/Edge.Tests/Cli/Golden/explain-refused.txt")), Page, StringComparison.Ordinal);

    [Fact]
    public void Page_CheckExample_IsTheRealOutput()
    {
        string example = Page.Split("$ voltage-edge check samples/voltage-soda/kong.yml\n")[1].Split("$ echo")[0];
        string golden = File.ReadAllText(Path.Combine(Loading.Root, "tests/Edge.Tests/Cli/Golden/check-sample.txt"));

        Assert.All(example.Split("...\n"), part => Assert.Contains(part, golden, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Page_EveryVerb_HasASection()
    {
        CapturedTerminal help = await CapturedTerminal.RunAsync("--help");
        string[] verbs = [.. help.Output.Split("Commands:")[1].Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => line.Trim().Split(' ')[0]).Where(static verb => verb.Length != 0)];

        Assert.Equal(ExitCodes.Ok, help.ExitCode);
        Assert.Equal(6, verbs.Length);
        Assert.All(verbs, verb => Assert.Contains($"\n## {verb}\n", Page, StringComparison.Ordinal));
    }
}
