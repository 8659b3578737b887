namespace VoltageSoda.Edge.LoadTests;

/// <summary>Entry point of <c>edge-load</c>.</summary>
public static class Program
{
    /// <summary>Runs the command line and returns its exit code.</summary>
    public static int Main(string[] args) => 0;
}
