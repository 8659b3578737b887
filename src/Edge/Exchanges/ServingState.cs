namespace VoltageSoda.Edge.Exchanges;

/// <summary>What of the process's state every exchange looks at: draining and memory pressure. Thread-safe; plain volatile reads.</summary>
internal sealed class ServingState
{
    private volatile bool _draining;
    private volatile bool _closesGateways;
    private volatile MemoryPressure _pressure;

    /// <summary>Answers carry Connection: close and idle connections end.</summary>
    public bool IsDraining
    {
        get => _draining;
        set => _draining = value;
    }

    /// <summary>Answers of Gateway listeners carry Connection: close, because they were told to fail health checks or drain.</summary>
    public bool ClosesGateways
    {
        get => _closesGateways;
        set => _closesGateways = value;
    }

    public MemoryPressure Pressure
    {
        get => _pressure;
        set => _pressure = value;
    }
}
