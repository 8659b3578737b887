namespace VoltageSoda.Edge.Transport;

/// <summary>Settings of a transport; immutable.</summary>
public sealed record TransportOptions
{
    /// <summary>Number of loops; 0 means one per processor.</summary>
    public int LoopCount { get; init; }

    /// <summary>
    /// Microseconds a loop polls before it blocks; 0 (default) never polls. Polling shortens the latency of a nearly idle loop at
    /// the price of CPU; it is adaptive, so that a loop which polls in vain stops.
    /// </summary>
    public int SpinMicroseconds { get; init; }

    /// <summary>
    /// Bytes one connection may receive or send in one turn before it must wait for the loop's others. Bytes, at least 4096.
    /// </summary>
    public int TurnBytes { get; init; } = 1024 * 1024;

    /// <summary>Reads and flushes one connection may complete at once in one turn before it must wait for the others.</summary>
    public int TurnOperations { get; init; } = 64;

    /// <summary>Bytes each loop keeps in its buffer pool for reuse; what is returned beyond it is left to the GC.</summary>
    public long PoolBytesPerLoop { get; init; } = 16 * 1024 * 1024;

    /// <summary>How long a disposed connection may go on sending what was already written, milliseconds.</summary>
    public int LingerMilliseconds { get; init; } = 5_000;
}
