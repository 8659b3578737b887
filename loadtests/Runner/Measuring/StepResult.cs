namespace VoltageSoda.Edge.LoadTests.Measuring;

/// <summary>A step's name and its numbers over all loops.</summary>
public sealed record StepResult(string Name, StepTally Tally);
