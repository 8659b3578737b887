namespace VoltageSoda.Edge.Cli;

/// <summary>Exit codes of the commands (docs/commands.md).</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>Runtime failure.</summary>
    public const int Failure = 1;

    /// <summary>Wrong usage of the command line.</summary>
    public const int Usage = 2;

    /// <summary>The configuration is refused (EX_DATAERR).</summary>
    public const int Refused = 65;

    /// <summary>Loadable, with warnings or errors.</summary>
    public const int Findings = 79;
}
