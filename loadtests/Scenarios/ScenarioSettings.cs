using VoltageSoda.Edge.LoadTests.Model;

namespace VoltageSoda.Edge.LoadTests.Scenarios;

/// <summary>What the command line decides about a scenario; the rest is the scenario's own. Immutable.</summary>
public sealed record ScenarioSettings
{
    /// <summary>Requests per second, or null for the closed model.</summary>
    public double? Rate { get; init; }

    /// <summary>The measured time.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Load before the measurement.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Loop threads.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Fields every answer must carry, whatever the scenario asks itself.</summary>
    public IReadOnlyList<HeaderRule> ExpectHeaders { get; init; } = [];

    /// <summary>The bearer token for routes that want one.</summary>
    public string? Token { get; init; }

    /// <summary>What must hold; by default, that there is no error.</summary>
    public IReadOnlyList<Threshold> Thresholds { get; init; } = [Threshold.Parse("errors==0")];

    /// <summary>A scenario of one step with these settings.</summary>
    public Scenario Create(string name, string purpose, Step step) =>
        new(name, [step with { Expect = step.Expect with { Headers = [.. step.Expect.Headers, .. ExpectHeaders] } }],
            [Rate is { } rate ? new LoadSimulation.InjectConstantRate(rate, Duration) : new LoadSimulation.KeepConcurrent(Duration)])
        {
            Purpose = purpose,
            Threads = Threads,
            WarmUp = WarmUp,
            Thresholds = Thresholds,
        };
}
