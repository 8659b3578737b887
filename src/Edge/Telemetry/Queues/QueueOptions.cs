namespace VoltageSoda.Edge.Telemetry.Queues;

/// <summary>Bounds and pauses of a <see cref="BatchQueue"/>, with Kong's defaults (<c>kong/tools/queue_schema.lua</c>). Immutable, compared by value.</summary>
public sealed record QueueOptions
{
    /// <summary>Most entries of one batch, at least 1.</summary>
    public int MaxBatchSize { get; init; } = 1;

    /// <summary>How long the first entry of a batch waits for company; without effect for batches of one.</summary>
    public TimeSpan MaxCoalescingDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Entries that may wait, the batch being sent included; at least 1. One more drops the oldest.</summary>
    public int MaxEntries { get; init; } = 10_000;

    /// <summary>Bytes that may wait, the batch being sent included; null is no limit.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>Pause after the first failure; doubled after each further one.</summary>
    public TimeSpan InitialRetryDelay { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Longest pause.</summary>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A batch that fails when this much time has passed since its first attempt is given up.</summary>
    public TimeSpan MaxRetryTime { get; init; } = TimeSpan.FromSeconds(60);
}
