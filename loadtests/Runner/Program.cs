using System.CommandLine;
using VoltageSoda.Edge.LoadTests.Cli;

namespace VoltageSoda.Edge.LoadTests;

/// <summary>Entry point of <c>edge-load</c>.</summary>
public static class Program
{
    /// <summary>Runs the command line and returns its exit code.</summary>
    public static int Main(string[] args)
    {
        ParseResult parsed = CommandLine.Build().Parse(args);
        int code = parsed.Invoke();
        return parsed.Errors.Count > 0 ? ExitCode.Usage : code;
    }
}
