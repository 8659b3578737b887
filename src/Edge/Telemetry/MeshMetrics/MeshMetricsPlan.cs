using VoltageSoda.Edge.Telemetry.MeshLog;

namespace VoltageSoda.Edge.Telemetry.MeshMetrics;

/// <summary>Istio's metrics of HTTP that this process counts.</summary>
internal enum MeshMetric
{
    /// <summary><c>istio_requests_total</c></summary>
    Requests,

    /// <summary><c>istio_request_duration_milliseconds</c></summary>
    Duration,

    /// <summary><c>istio_request_bytes</c></summary>
    RequestBytes,

    /// <summary><c>istio_response_bytes</c></summary>
    ResponseBytes,
}

/// <summary>What one exchange counts as.</summary>
internal readonly ref struct MeshMetricFacts
{
    public required long Key { get; init; }

    public required long Duration { get; init; }

    public required long RequestBytes { get; init; }

    public required long ResponseBytes { get; init; }
}

/// <summary>Which of Istio's metrics are counted and with which labels, after the Telemetry documents. Immutable, part of a snapshot.</summary>
internal sealed class MeshMetricsPlan
{
    private readonly MeshSeries _series;
    private readonly MetricShape?[] _shapes;

    /// <param name="series">Where the series live.</param>
    /// <param name="shapes">The labels of each <see cref="MeshMetric"/>; null for one that is switched off.</param>
    public MeshMetricsPlan(MeshSeries series, IReadOnlyList<MetricShape?> shapes)
    {
        _series = series;
        _shapes = [.. shapes];
        ReadsExchange = _shapes.Any(static shape => shape is { ReadCount: > 0 });
        IsOff = _shapes.All(static shape => shape is null);
    }

    /// <summary>Whether a line of the access log is needed to know the labels.</summary>
    public bool ReadsExchange { get; }

    /// <summary>Whether nothing is counted.</summary>
    public bool IsOff { get; }

    /// <summary>The labels of a metric; null when it is switched off.</summary>
    public MetricShape? Shape(MeshMetric metric) => _shapes[(int)metric];

    /// <summary>Counts one settled exchange; loop thread only. Allocates nothing once a label set has been seen.</summary>
    /// <param name="loopId">The calling loop.</param>
    /// <param name="facts">What is counted.</param>
    /// <param name="line">What labels are read from; only where <see cref="ReadsExchange"/>.</param>
    public void Record(int loopId, scoped in MeshMetricFacts facts, scoped in MeshLogLine line)
    {
        MeshShard shard = _series.Shard(loopId);
        MetricShape? last = null;
        long tags = 0;
        for (int i = 0; i < _shapes.Length; i++)
        {
            if (_shapes[i] is not { } shape)
            {
                continue;
            }

            if (!ReferenceEquals(shape, last))
            {
                tags = shape.ReadCount == 0 ? shape.Key : shard.Read(shape, in line);
                last = shape;
            }

            Span<long> row = _series.Row(shard.Tables[i], facts.Key, tags);
            switch ((MeshMetric)i)
            {
                case MeshMetric.Requests:
                    row[0]++;
                    break;
                case MeshMetric.Duration:
                    EnvoyBuckets.Observe(row, facts.Duration);
                    break;
                case MeshMetric.RequestBytes:
                    EnvoyBuckets.Observe(row, facts.RequestBytes);
                    break;
                default:
                    EnvoyBuckets.Observe(row, facts.ResponseBytes);
                    break;
            }
        }
    }
}
