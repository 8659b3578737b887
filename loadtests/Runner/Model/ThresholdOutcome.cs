namespace VoltageSoda.Edge.LoadTests.Model;

/// <summary>A threshold after the run: what it asked, what was measured, whether it held.</summary>
public sealed record ThresholdOutcome(string Threshold, string Actual, bool Passed);
