using System.Runtime.CompilerServices;

namespace VoltageSoda.Edge.Upstream;

/// <summary>Counters of an endpoint that loops write; each has Envoy's name in <c>/clusters</c>.</summary>
internal enum EndpointCounter
{
    /// <summary><c>cx_total</c>: connections begun.</summary>
    Connections,

    /// <summary><c>cx_connect_fail</c></summary>
    ConnectFailures,

    /// <summary><c>rq_total</c>: requests that got a connection.</summary>
    Requests,

    /// <summary><c>rq_success</c>: requests answered below 500.</summary>
    Successes,

    /// <summary><c>rq_error</c>: requests answered from 500 on, not answered, or tried again.</summary>
    Errors,

    /// <summary><c>rq_timeout</c>: requests whose time, or whose exchange's, ended.</summary>
    Timeouts,
}

/// <summary>
/// What Envoy counts of an endpoint (<c>envoy/upstream/host_description.h</c>). Each row is written by its loop's thread only; any thread reads.
/// Kept with the endpoint over reloads.
/// </summary>
internal sealed class EndpointStats(int loops)
{
    // Two cache lines per loop, whatever the array's own alignment.
    private const int Row = 16;
    private const int Pad = 8;

    private readonly long[] _counts = new long[(loops * Row) + Pad];

    /// <summary>Counts one; on the loop's own thread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Count(EndpointCounter counter, int loopId) => _counts[(loopId * Row) + Pad + (int)counter]++;

    /// <summary>A counter over all loops. Any thread.</summary>
    public long Total(EndpointCounter counter)
    {
        long sum = 0;
        for (int at = Pad + (int)counter; at < _counts.Length; at += Row)
        {
            sum += Volatile.Read(ref _counts[at]);
        }

        return sum;
    }
}
