namespace VoltageSoda.Edge.LoadTests.Cli;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCode
{
    /// <summary>Ran, and every threshold held.</summary>
    public const int Passed = 0;

    /// <summary>A threshold was missed, the first answer was wrong, or the run broke.</summary>
    public const int Failed = 1;

    /// <summary>Wrong usage.</summary>
    public const int Usage = 2;
}
