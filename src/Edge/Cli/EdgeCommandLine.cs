using System.CommandLine;
using System.CommandLine.Invocation;
using VoltageSoda.Edge.Cli.Demo;
using VoltageSoda.Edge.Cli.Explain;

namespace VoltageSoda.Edge.Cli;

/// <summary>The verbs of <c>voltage-edge</c>, one file each.</summary>
internal static class EdgeCommandLine
{
    // A file named with @ is no list of arguments: paths and header values may begin with it.
    private static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null };

    public static Task<int> RunAsync(string[] args) => RunAsync(args, Terminal.OfProcess());

    /// <summary>Runs one command; the result is its exit code.</summary>
    public static async Task<int> RunAsync(string[] args, Terminal terminal)
    {
        RootCommand root = new("VoltageSoda.Edge: an edge proxy that reads Kong's configuration. docs/commands.md describes each verb.")
        {
            RunCommand.Create(terminal),
            CheckCommand.Create(terminal),
            ExplainCommand.Create(terminal),
            PrintCommand.Create(terminal),
            DemoCommand.Create(terminal),
            VersionCommand.Create(terminal),
            SettingOverrides.Option,
        };
        InvocationConfiguration invocation = new()
        {
            Output = terminal.Output,
            Error = terminal.Error,

            // The verbs that serve handle signals themselves: a drain may take longer than the parser would wait.
            ProcessTerminationTimeout = null,
        };
        ParseResult parsed = root.Parse(args, Parsing);
        if (parsed.Errors.Count == 0)
        {
            return await parsed.InvokeAsync(invocation);
        }

        if (parsed.Action is ParseErrorAction complaint)
        {
            complaint.ShowHelp = false;
        }

        await parsed.InvokeAsync(invocation);
        string verb = parsed.CommandResult.Command is RootCommand ? "" : parsed.CommandResult.Command.Name + " ";
        await terminal.Error.WriteLineAsync($"'voltage-edge {verb}--help' tells what is possible.");
        return ExitCodes.Usage;
    }
}
