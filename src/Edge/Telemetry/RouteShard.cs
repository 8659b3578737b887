namespace VoltageSoda.Edge.Telemetry;

/// <summary>One loop's part of a route's series. Written by that loop only.</summary>
internal sealed class RouteShard
{
    /// <summary>Histograms of a route, in the order of their rows.</summary>
    public const int KongLatency = 0;

    public const int UpstreamLatency = 1;

    public const int RequestLatency = 2;

    // A row is sixteen buckets and the sum; the rest and the edges keep rows of other objects off these cache lines.
    private const int Row = 24;

    private readonly long[] _latencies = new long[(3 * Row) + 16];

    public CounterTable Counts { get; } = new();

    public void Observe(int histogram, LatencyBuckets buckets, int milliseconds)
    {
        int row = 8 + (histogram * Row);
        _latencies[row + buckets.IndexOf(milliseconds)]++;
        _latencies[row + LatencyBuckets.Slots] += milliseconds;
    }

    /// <summary>Adds buckets (not cumulative) and sum. Any thread.</summary>
    public void AddTo(int histogram, Span<long> buckets, ref long sum)
    {
        int row = 8 + (histogram * Row);
        for (int i = 0; i < LatencyBuckets.Slots; i++)
        {
            buckets[i] += Volatile.Read(ref _latencies[row + i]);
        }

        sum += Volatile.Read(ref _latencies[row + LatencyBuckets.Slots]);
    }
}
