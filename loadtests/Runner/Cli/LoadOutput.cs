namespace VoltageSoda.Edge.LoadTests.Cli;

/// <summary>How a run is shown, and which process is watched meanwhile. Immutable.</summary>
internal sealed record LoadOutput(string? ReportFolder, bool Quiet, int? WatchedProcess);
