using System.Runtime.InteropServices;
using VoltageSoda.Edge.Policies.Resilience;

namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// One upstream address with its live counters. Lives as long as anything refers to it: sets built by later reloads share it, so
/// counts survive. Thread-safe; the counters sit on their own cache lines.
/// </summary>
public sealed class Endpoint
{
    /// <summary>A <see cref="JoinedAt"/> without anything to warm up.</summary>
    public const long Settled = long.MinValue;

    private Counters _counters;
    private long _joinedAt = Settled;

    /// <param name="address">Identity: <c>ip:port</c>, <c>[ip]:port</c> or a socket path.</param>
    /// <param name="hostName">The configured name behind the address (Host header, TLS name), or the address itself.</param>
    /// <param name="tag">What the owner of connections wants to find again from a pick (an IPEndPoint, a pool key); not used here.</param>
    public Endpoint(string address, string hostName, object? tag = null)
    {
        Address = address;
        HostName = hostName;
        Tag = tag;
    }

    public string Address { get; }

    public string HostName { get; }

    public object? Tag { get; }

    /// <summary>Its health, which survives reloads with it.</summary>
    public HealthRecord Health { get; } = new();

    /// <summary>What outlier detection knows of it, which survives reloads too.</summary>
    public OutlierRecord Outlier { get; } = new();

    /// <summary>Whether neither checks nor outlier detection keep it out of rotation.</summary>
    public bool IsUsable => Health.IsHealthy && !Outlier.IsEjected;

    /// <summary>Requests in flight to this endpoint, over all loops.</summary>
    public int ActiveRequests => Volatile.Read(ref _counters.Active);

    /// <summary>Requests ever sent to this endpoint.</summary>
    public long TotalRequests => Volatile.Read(ref _counters.Total);

    /// <summary>Whether a latency was ever observed or seeded.</summary>
    public bool HasLatency => _counters.Latency.IsKnown;

    public void RequestStarted()
    {
        Interlocked.Increment(ref _counters.Active);
        Interlocked.Increment(ref _counters.Total);
    }

    public void RequestEnded() => Interlocked.Decrement(ref _counters.Active);

    /// <summary>Adds an observation to the latency average. Times are milliseconds of one monotonic clock.</summary>
    public void LatencyObserved(float milliseconds, long now) => _counters.Latency.Observe(milliseconds, now);

    /// <summary>The latency average decayed to now, in milliseconds; 0 when nothing is known.</summary>
    public float LatencyAt(long now) => _counters.Latency.ScoreAt(now);

    /// <summary>Gives an endpoint without observation a first average.</summary>
    public void SeedLatency(float milliseconds, long now) => _counters.Latency.Seed(milliseconds, now);

    /// <summary>When it joined its cluster, milliseconds of the clock of picks; <see cref="Settled"/> unless it has to warm up.</summary>
    public long JoinedAt
    {
        get => Volatile.Read(ref _joinedAt);
        set => Volatile.Write(ref _joinedAt, value);
    }

    public override string ToString() => Address;

    // Written by every loop: a line of their own keeps them away from the fields above, which every pick reads.
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Counters
    {
        [FieldOffset(64)]
        public int Active;

        [FieldOffset(72)]
        public long Total;

        [FieldOffset(80)]
        public LatencyAverage Latency;
    }
}
