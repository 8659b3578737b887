namespace VoltageSoda.Edge.LoadTests.Model;

/// <summary>
/// A named load: the steps of one virtual user, how users arrive, over how many connections, and what must hold afterwards. Several
/// scenarios can run side by side; each has its own connections and threads. Immutable.
/// </summary>
public sealed record Scenario(string Name, IReadOnlyList<Step> Steps, IReadOnlyList<LoadSimulation> Load)
{
    /// <summary>What it is for, in one line.</summary>
    public string Purpose { get; init; } = "";

    /// <summary>Connections, and so the most requests in flight. Arrivals that find all of them busy wait, and their wait is measured.</summary>
    public int Connections { get; init; } = 64;

    /// <summary>Loop threads that share the connections.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>A connection per request, announced with <c>Connection: close</c>; latency then includes connecting.</summary>
    public bool CloseEach { get; init; }

    /// <summary>Load before the measurement, at its rate, thrown away.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A request that takes longer, counted from its real start, is an error.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What must hold for the run to succeed.</summary>
    public IReadOnlyList<Threshold> Thresholds { get; init; } = [];

    /// <summary>Whether requests start one after another instead of on a schedule.</summary>
    public bool IsClosed => Load is [LoadSimulation.KeepConcurrent, ..];

    /// <summary>Fails with a plain sentence when the scenario cannot be run.</summary>
    public void Validate()
    {
        bool mixed = Load.Any(part => part is LoadSimulation.KeepConcurrent) && Load.Any(part => part is not LoadSimulation.KeepConcurrent);
        string? wrong =
            Steps.Count == 0 ? "has no step" :
            Load.Count == 0 ? "has no load" :
            mixed ? "mixes the open and the closed model" :
            Connections < 1 || Threads < 1 || Threads > Connections ? "needs 1 <= threads <= connections" :
            Load.Any(part => part.During <= TimeSpan.Zero) ? "has a stretch without length" :
            Load.Any(part => part is LoadSimulation.InjectConstantRate { Rate: <= 0 } or LoadSimulation.Ramp { From: < 0 }
                or LoadSimulation.Ramp { To: < 0 }) ? "has a rate below zero" :
            Steps.Any(step => step.Expect.Headers.Count > 64) ? "requires more than 64 header fields" :
            CloseEach && Steps.Count > 1 ? "closes each connection, which allows one step only" :
            null;
        if (wrong is not null)
        {
            throw new ArgumentException($"scenario '{Name}' {wrong}.");
        }
    }
}
