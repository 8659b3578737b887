using VoltageSoda.Edge.Cli;

namespace VoltageSoda.Edge;

/// <summary>Entry point of <c>voltage-edge</c>.</summary>
public static class Program
{
    /// <summary>Runs the command line and returns its exit code.</summary>
    public static Task<int> Main(string[] args) => EdgeCommandLine.RunAsync(args);
}
