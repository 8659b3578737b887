using VoltageSoda.Edge.Cli;

namespace VoltageSoda.Edge.Tests.Cli;

/// <summary>Runs a command line in this process with variables of its own and keeps what it prints.</summary>
internal sealed record CapturedTerminal(int ExitCode, string Output, string Error)
{
    public static Task<CapturedTerminal> RunAsync(params string[] args) => RunAsync([], args);

    public static async Task<CapturedTerminal> RunAsync((string Name, string Value)[] variables, params string[] args)
    {
        using StringWriter output = new() { NewLine = "\n" };
        using StringWriter error = new() { NewLine = "\n" };
        Terminal terminal = new(output, error, variables.ToDictionary(static pair => pair.Name, static pair => pair.Value));
        int exitCode = await EdgeCommandLine.RunAsync(args, terminal);
        return new CapturedTerminal(exitCode, output.ToString(), error.ToString());
    }
}
