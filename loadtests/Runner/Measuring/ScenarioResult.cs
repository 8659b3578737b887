using VoltageSoda.Edge.LoadTests.Model;

namespace VoltageSoda.Edge.LoadTests.Measuring;

/// <summary>What a scenario's run came to. Built once, after all its loops have ended.</summary>
public sealed class ScenarioResult
{
    /// <summary>Sums the loops' numbers.</summary>
    public ScenarioResult(Scenario scenario, IReadOnlyList<StepResult> steps, IReadOnlyList<Window> timeline, TimeSpan duration)
    {
        Scenario = scenario;
        Steps = steps;
        Timeline = timeline;
        Duration = duration;
        foreach (StepResult step in steps)
        {
            Latency.Add(step.Tally.Latency);
            ServiceTime.Add(step.Tally.ServiceTime);
        }

        Outcomes = [.. scenario.Thresholds.Select(threshold => threshold.Check(this))];
    }

    /// <summary>What was run.</summary>
    public Scenario Scenario { get; }

    /// <summary>Numbers per step.</summary>
    public IReadOnlyList<StepResult> Steps { get; }

    /// <summary>Second by second, warm-up excluded.</summary>
    public IReadOnlyList<Window> Timeline { get; }

    /// <summary>From the first intended start after the warm-up to the planned end, or to the last answer if that came later.</summary>
    public TimeSpan Duration { get; }

    /// <summary>Latency from the intended start, all steps together.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>Latency from the real start, all steps together.</summary>
    public LatencyHistogram ServiceTime { get; } = new();

    /// <summary>How far requests were sent behind their schedule.</summary>
    public LatencyHistogram StartDelay { get; } = new();

    /// <summary>Connections that had to be opened again after the run began.</summary>
    public long Reconnects { get; init; }

    /// <summary>Requests sent in all, warm-up and the check before the load included: what the other side has counted when none failed.</summary>
    public long Sent { get; init; }

    /// <summary>Successful requests.</summary>
    public long Successes => Steps.Sum(step => step.Tally.Successes);

    /// <summary>All other requests.</summary>
    public long Errors => Steps.Sum(step => step.Tally.Errors);

    /// <summary>Successful requests per second.</summary>
    public double RequestsPerSecond => Duration > TimeSpan.Zero ? Successes / Duration.TotalSeconds : 0;

    /// <summary>The thresholds, compared.</summary>
    public IReadOnlyList<ThresholdOutcome> Outcomes { get; }

    /// <summary>Whether all thresholds held.</summary>
    public bool Passed => Outcomes.All(outcome => outcome.Passed);
}
