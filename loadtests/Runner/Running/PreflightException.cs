namespace VoltageSoda.Edge.LoadTests.Running;

/// <summary>The first answer was not what the scenario expects; the message says how.</summary>
public sealed class PreflightException(string message) : Exception(message);
