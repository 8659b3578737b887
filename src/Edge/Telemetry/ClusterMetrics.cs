namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// Counters of one cluster, sharded by loop. The snapshot compiler resolves it once by name (<see cref="EdgeMetrics.Cluster"/>) and it
/// survives reloads. Each shard is written by its loop's thread only; any thread reads.
/// </summary>
public sealed class ClusterMetrics
{
    private const int Opened = 0;
    private const int Reused = 1;
    private const int Poisoned = 2;
    private const int Retries = 3;
    private const int Resets = 4;

    // One padded row per loop: two cache lines apart whatever the array's own alignment.
    private const int Row = 32;

    private readonly long[] _counts;
    private readonly long[] _probes = new long[Enum.GetValues<ProbeResult>().Length];
    private long _becameHealthy;
    private long _becameUnhealthy;

    internal ClusterMetrics(string name, int loops)
    {
        Name = name;
        _counts = new long[(loops + 1) * Row];
    }

    /// <summary>Cluster name: the <c>cluster</c> label.</summary>
    public string Name { get; }

    /// <summary>A connection to an endpoint was established.</summary>
    public void ConnectionOpened(int loopId) => _counts[At(loopId, Opened)]++;

    /// <summary>A pooled connection was taken for another request.</summary>
    public void ConnectionReused(int loopId) => _counts[At(loopId, Reused)]++;

    /// <summary>A connection carried bytes nobody asked for and was thrown away.</summary>
    public void ConnectionPoisoned(int loopId) => _counts[At(loopId, Poisoned)]++;

    /// <summary>A connection broke or could not be established.</summary>
    public void ConnectionReset(int loopId, UpstreamResetStage stage) => _counts[At(loopId, Resets + (int)stage)]++;

    /// <summary>A further attempt was made for an exchange.</summary>
    public void Retried(int loopId) => _counts[At(loopId, Retries)]++;

    /// <summary>An endpoint came back into rotation or left it. Any thread.</summary>
    public void HealthChanged(bool healthy) => Interlocked.Increment(ref healthy ? ref _becameHealthy : ref _becameUnhealthy);

    /// <summary>An active check ended. Any thread.</summary>
    public void Probed(ProbeResult result) => Interlocked.Increment(ref _probes[(int)result]);

    internal long HealthChanges(bool healthy) => Interlocked.Read(ref healthy ? ref _becameHealthy : ref _becameUnhealthy);

    internal long Probes(ProbeResult result) => Interlocked.Read(ref _probes[(int)result]);

    internal long TotalOpened => Sum(Opened);

    internal long TotalReused => Sum(Reused);

    internal long TotalPoisoned => Sum(Poisoned);

    internal long TotalRetries => Sum(Retries);

    internal long TotalResets(UpstreamResetStage stage) => Sum(Resets + (int)stage);

    private static int At(int loopId, int column) => (loopId * Row) + (Row / 2) + column;

    private long Sum(int column)
    {
        long sum = 0;
        for (int at = At(0, column); at < _counts.Length; at += Row)
        {
            sum += Volatile.Read(ref _counts[at]);
        }

        return sum;
    }
}
