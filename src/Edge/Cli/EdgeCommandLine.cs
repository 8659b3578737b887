using System.CommandLine;

namespace VoltageSoda.Edge.Cli;

/// <summary>The verbs of <c>voltage-edge</c>, one file each.</summary>
internal static class EdgeCommandLine
{
    public static async Task<int> RunAsync(string[] args)
    {
        RootCommand root = new("VoltageSoda.Edge: an edge proxy that reads Kong's configuration.")
        {
            RunCommand.Create(),
        };
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count != 0)
        {
            foreach (System.CommandLine.Parsing.ParseError error in parsed.Errors)
            {
                await Console.Error.WriteLineAsync(error.Message);
            }

            return ExitCodes.Usage;
        }

        return await parsed.InvokeAsync();
    }
}
