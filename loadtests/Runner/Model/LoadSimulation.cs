namespace VoltageSoda.Edge.LoadTests.Model;

/// <summary>
/// How load is made during one stretch of a scenario. The open models start requests when the schedule says so, whatever the system does;
/// the closed model starts one when another has ended, so a slow system slows the load down with it.
/// </summary>
public abstract record LoadSimulation(TimeSpan During)
{
    /// <summary>Open model: <paramref name="Rate"/> requests start each second, evenly spaced.</summary>
    public sealed record InjectConstantRate(double Rate, TimeSpan During) : LoadSimulation(During);

    /// <summary>Open model: the rate goes in a straight line from one value to another.</summary>
    public sealed record Ramp(double From, double To, TimeSpan During) : LoadSimulation(During);

    /// <summary>Closed model: each connection of the scenario always has one request in flight.</summary>
    public sealed record KeepConcurrent(TimeSpan During) : LoadSimulation(During);
}
