using System.Runtime.CompilerServices;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>Counters of a Gateway listener that loops write; each has Envoy's name below <c>http.PREFIX.</c></summary>
internal enum GatewayCounter
{
    /// <summary><c>downstream_cx_total</c></summary>
    Connections,

    /// <summary><c>downstream_cx_destroy</c></summary>
    ConnectionsClosed,

    /// <summary><c>downstream_cx_ssl_total</c></summary>
    TlsConnections,

    /// <summary><c>downstream_cx_idle_timeout</c></summary>
    IdleTimeouts,

    /// <summary><c>downstream_cx_protocol_error</c></summary>
    ProtocolErrors,

    /// <summary><c>downstream_cx_drain_close</c></summary>
    DrainCloses,

    /// <summary><c>downstream_cx_upgrades_total</c></summary>
    Upgrades,

    /// <summary><c>downstream_cx_rx_bytes_total</c>: heads and bodies.</summary>
    ReceivedBytes,

    /// <summary><c>downstream_cx_tx_bytes_total</c></summary>
    SentBytes,

    /// <summary><c>downstream_rq_total</c></summary>
    Requests,

    /// <summary><c>downstream_rq_completed</c></summary>
    Completed,

    /// <summary>Requests that are over, answered or not; not one of Envoy's.</summary>
    Settled,

    /// <summary><c>downstream_rq_1xx</c></summary>
    Answers1xx,

    /// <summary><c>downstream_rq_2xx</c></summary>
    Answers2xx,

    /// <summary><c>downstream_rq_3xx</c></summary>
    Answers3xx,

    /// <summary><c>downstream_rq_4xx</c></summary>
    Answers4xx,

    /// <summary><c>downstream_rq_5xx</c></summary>
    Answers5xx,

    /// <summary><c>downstream_rq_rx_reset</c>: clients that left before their answer was whole.</summary>
    ReceivedResets,

    /// <summary><c>downstream_rq_tx_reset</c>: answers that were cut.</summary>
    SentResets,

    /// <summary><c>downstream_rq_idle_timeout</c></summary>
    StreamTimeouts,

    /// <summary><c>downstream_rq_header_timeout</c></summary>
    HeadTimeouts,

    /// <summary><c>downstream_rq_too_large</c></summary>
    TooLarge,

    /// <summary><c>downstream_rq_overload_close</c></summary>
    Overloads,

    /// <summary><c>downstream_rq_redirected_with_normalized_path</c></summary>
    NormalisedPaths,

    /// <summary><c>no_route</c></summary>
    NoRoute,

    /// <summary><c>no_cluster</c></summary>
    NoCluster,

    /// <summary><c>rq_direct_response</c></summary>
    DirectResponses,

    /// <summary><c>rq_redirect</c></summary>
    Redirects,

    /// <summary><c>rq_total</c>: requests that reached the router.</summary>
    Routed,

    /// <summary><c>rq_reset_after_downstream_response_started</c></summary>
    LateResets,

    /// <summary><c>fault.aborts_injected</c></summary>
    Aborts,

    /// <summary><c>fault.delays_injected</c></summary>
    Delays,
}

/// <summary>
/// What Envoy counts of a listener's connections and requests (<c>source/common/http/conn_manager_config.h</c>). Each row is written by its loop's
/// thread only; any thread reads. Lives as long as its socket is bound.
/// </summary>
internal sealed class GatewayStats
{
    private const int Pad = 16;

    private static readonly string[] Names =
    [
        "downstream_cx_total",
        "downstream_cx_destroy",
        "downstream_cx_ssl_total",
        "downstream_cx_idle_timeout",
        "downstream_cx_protocol_error",
        "downstream_cx_drain_close",
        "downstream_cx_upgrades_total",
        "downstream_cx_rx_bytes_total",
        "downstream_cx_tx_bytes_total",
        "downstream_rq_total",
        "downstream_rq_completed",
        "",
        "downstream_rq_1xx",
        "downstream_rq_2xx",
        "downstream_rq_3xx",
        "downstream_rq_4xx",
        "downstream_rq_5xx",
        "downstream_rq_rx_reset",
        "downstream_rq_tx_reset",
        "downstream_rq_idle_timeout",
        "downstream_rq_header_timeout",
        "downstream_rq_too_large",
        "downstream_rq_overload_close",
        "downstream_rq_redirected_with_normalized_path",
        "no_route",
        "no_cluster",
        "rq_direct_response",
        "rq_redirect",
        "rq_total",
        "rq_reset_after_downstream_response_started",
        "fault.aborts_injected",
        "fault.delays_injected",
    ];

    // The counters, the histogram of times, and two cache lines apart whatever the array's own alignment.
    private static readonly int Row = ((Names.Length + EnvoyBuckets.Slots + 15) / 16 * 16) + Pad;

    private readonly long[] _counts;

    public GatewayStats(int loops) => _counts = new long[(loops * Row) + Pad];

    /// <summary>Envoy's name of a counter.</summary>
    public static string NameOf(GatewayCounter counter) => Names[(int)counter];

    /// <summary>Counts; on the loop's own thread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Count(GatewayCounter counter, int loopId, long amount = 1) => _counts[(loopId * Row) + Pad + (int)counter] += amount;

    /// <summary>Counts the status sent, and how long the exchange took (<c>downstream_rq_time</c>); on the loop's own thread.</summary>
    public void CountAnswer(int status, long milliseconds, int loopId)
    {
        Count(GatewayCounter.Completed, loopId);
        if (status is >= 100 and <= 599)
        {
            Count(GatewayCounter.Answers1xx + ((status / 100) - 1), loopId);
        }

        EnvoyBuckets.Observe(_counts.AsSpan((loopId * Row) + Pad + Names.Length, EnvoyBuckets.Slots), milliseconds);
    }

    /// <summary>A counter over all loops. Any thread.</summary>
    public long Total(GatewayCounter counter)
    {
        long sum = 0;
        for (int at = Pad + (int)counter; at < _counts.Length; at += Row)
        {
            sum += Volatile.Read(ref _counts[at]);
        }

        return sum;
    }

    /// <summary>Adds the times over all loops to slots of <see cref="EnvoyBuckets"/>. Any thread.</summary>
    public void ReadTimes(Span<long> slots)
    {
        for (int row = Pad + Names.Length; row < _counts.Length; row += Row)
        {
            for (int i = 0; i < slots.Length; i++)
            {
                slots[i] += Volatile.Read(ref _counts[row + i]);
            }
        }
    }
}
