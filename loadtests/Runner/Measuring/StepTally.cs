using VoltageSoda.Edge.LoadTests.Wire;

namespace VoltageSoda.Edge.LoadTests.Measuring;

/// <summary>What one loop saw of one step. Written by its loop alone; summed after the run.</summary>
public sealed class StepTally
{
    private readonly long[] _faults = new long[Enum.GetValues<ResponseFault>().Length];

    /// <summary>Successful requests, from the moment they were meant to start until their last byte.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>The same requests from the moment they were really sent: what a tool without a schedule would have reported.</summary>
    public LatencyHistogram ServiceTime { get; } = new();

    /// <summary>Successful requests.</summary>
    public long Successes => _faults[(int)ResponseFault.None];

    /// <summary>All other requests.</summary>
    public long Errors => _faults.Sum() - Successes;

    /// <summary>Bytes received in successful answers, heads included.</summary>
    public long Bytes { get; private set; }

    /// <summary>How many requests ended with this fault.</summary>
    public long CountOf(ResponseFault fault) => _faults[(int)fault];

    /// <summary>Counts one success.</summary>
    public void Succeed(long latency, long serviceTime, long bytes)
    {
        _faults[(int)ResponseFault.None]++;
        Latency.Record(latency);
        ServiceTime.Record(serviceTime);
        Bytes += bytes;
    }

    /// <summary>Counts failures.</summary>
    public void Fail(ResponseFault fault, long count = 1) => _faults[(int)fault] += count;

    /// <summary>Adds another loop's numbers.</summary>
    public void Add(StepTally other)
    {
        Latency.Add(other.Latency);
        ServiceTime.Add(other.ServiceTime);
        Bytes += other.Bytes;
        for (int i = 0; i < _faults.Length; i++)
        {
            _faults[i] += other._faults[i];
        }
    }
}
