using System.Runtime.CompilerServices;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Upstream;

/// <summary>Counters of a cluster that loops write; each has Envoy's name.</summary>
internal enum ClusterCounter
{
    /// <summary><c>upstream_cx_total</c>: connections begun, those included that were not made.</summary>
    Connections,

    /// <summary><c>upstream_cx_connect_fail</c>: connects that failed, in time or not.</summary>
    ConnectFailures,

    /// <summary><c>upstream_cx_connect_timeout</c></summary>
    ConnectTimeouts,

    /// <summary><c>upstream_cx_overflow</c>: connections not opened because of the limit.</summary>
    ConnectionOverflows,

    /// <summary><c>upstream_cx_max_requests</c>: connections closed because they had served as many requests as they may.</summary>
    MaxRequests,

    /// <summary><c>upstream_cx_idle_timeout</c></summary>
    IdleTimeouts,

    /// <summary><c>upstream_cx_max_duration_reached</c>: connections closed because of their age.</summary>
    AgeLimits,

    /// <summary><c>upstream_cx_destroy</c></summary>
    ConnectionsClosed,

    /// <summary><c>upstream_cx_destroy_local</c>: connections that this side closed.</summary>
    ClosedHere,

    /// <summary><c>upstream_cx_destroy_remote</c>: connections that the upstream closed.</summary>
    ClosedThere,

    /// <summary><c>upstream_cx_destroy_local_with_active_rq</c></summary>
    BusyClosedHere,

    /// <summary><c>upstream_cx_destroy_remote_with_active_rq</c></summary>
    BusyClosedThere,

    /// <summary><c>upstream_rq_total</c>: requests that got a connection.</summary>
    Requests,

    /// <summary><c>upstream_rq_pending_total</c>: requests that waited for a connection, also while it was opened for them.</summary>
    Pending,

    /// <summary><c>upstream_rq_pending_overflow</c>: requests refused by a limit.</summary>
    PendingOverflows,

    /// <summary><c>upstream_rq_pending_failure_eject</c>: requests that waited when a connect failed.</summary>
    PendingFailures,

    /// <summary><c>upstream_rq_cancelled</c>: requests that stopped waiting.</summary>
    Cancelled,

    /// <summary><c>upstream_rq_completed</c>: answers that went down, those for failed attempts included.</summary>
    Completed,

    /// <summary><c>upstream_rq_1xx</c></summary>
    Answers1xx,

    /// <summary><c>upstream_rq_2xx</c></summary>
    Answers2xx,

    /// <summary><c>upstream_rq_3xx</c></summary>
    Answers3xx,

    /// <summary><c>upstream_rq_4xx</c></summary>
    Answers4xx,

    /// <summary><c>upstream_rq_5xx</c></summary>
    Answers5xx,

    /// <summary><c>upstream_rq_timeout</c>: attempts that ended with the time of their exchange.</summary>
    Timeouts,

    /// <summary><c>upstream_rq_per_try_timeout</c>: attempts that were not answered in their own time.</summary>
    PerTryTimeouts,

    /// <summary><c>upstream_rq_rx_reset</c>: attempts the upstream broke off.</summary>
    ReceivedResets,

    /// <summary><c>upstream_rq_tx_reset</c>: attempts that this side broke off.</summary>
    SentResets,

    /// <summary><c>lb_healthy_panic</c>: choices made among all endpoints because too few are healthy.</summary>
    Panics,

    /// <summary><c>upstream_cx_none_healthy</c>: requests that found no endpoint.</summary>
    NoneHealthy,
}

/// <summary>
/// What Envoy counts of a cluster (<c>cluster.NAME.…</c>), by its names. Each row of counters is written by its loop's thread only; any
/// thread reads. Kept over reloads.
/// </summary>
internal sealed class ClusterStats(int loops)
{
    private const int Pad = 16;

    private static readonly string[] Names =
    [
        "upstream_cx_total",
        "upstream_cx_connect_fail",
        "upstream_cx_connect_timeout",
        "upstream_cx_overflow",
        "upstream_cx_max_requests",
        "upstream_cx_idle_timeout",
        "upstream_cx_max_duration_reached",
        "upstream_cx_destroy",
        "upstream_cx_destroy_local",
        "upstream_cx_destroy_remote",
        "upstream_cx_destroy_local_with_active_rq",
        "upstream_cx_destroy_remote_with_active_rq",
        "upstream_rq_total",
        "upstream_rq_pending_total",
        "upstream_rq_pending_overflow",
        "upstream_rq_pending_failure_eject",
        "upstream_rq_cancelled",
        "upstream_rq_completed",
        "upstream_rq_1xx",
        "upstream_rq_2xx",
        "upstream_rq_3xx",
        "upstream_rq_4xx",
        "upstream_rq_5xx",
        "upstream_rq_timeout",
        "upstream_rq_per_try_timeout",
        "upstream_rq_rx_reset",
        "upstream_rq_tx_reset",
        "lb_healthy_panic",
        "upstream_cx_none_healthy",
    ];

    // Added to the status of an answer that was tried again.
    private const int RetriedStatus = 1000;

    // Rows lie two cache lines apart, whatever the array's own alignment.
    private static readonly int Row = ((Names.Length + 15) / 16 * 16) + Pad;

    private readonly long[] _counts = new long[((loops + 1) * Row) + Pad];
    private readonly CounterTable?[] _statuses = new CounterTable?[loops];
    private readonly long[]?[] _times = new long[]?[loops];

    /// <summary>Envoy's name of a counter.</summary>
    public static string NameOf(ClusterCounter counter) => Names[(int)counter];

    /// <summary>Counts one; on the loop's own thread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Count(ClusterCounter counter, int loopId) => _counts[(loopId * Row) + Pad + (int)counter]++;

    /// <summary>Counts one where the thread is not known.</summary>
    public void CountAnywhere(ClusterCounter counter) => Interlocked.Increment(ref _counts[(loops * Row) + Pad + (int)counter]);

    /// <summary>A counter over all loops. Any thread.</summary>
    public long Total(ClusterCounter counter)
    {
        long sum = 0;
        for (int at = Pad + (int)counter; at < _counts.Length; at += Row)
        {
            sum += Volatile.Read(ref _counts[at]);
        }

        return sum;
    }

    /// <summary>Counts the status of an answer that goes down, whoever made it; on the loop's own thread.</summary>
    public void CountAnswer(int status, int loopId)
    {
        Count(ClusterCounter.Completed, loopId);
        if (status is >= 100 and <= 599)
        {
            Count(ClusterCounter.Answers1xx + ((status / 100) - 1), loopId);
            CountStatus(status, loopId);
        }
    }

    /// <summary>Counts the status of an answer that is tried again (<c>retry.upstream_rq_…</c>); on the loop's own thread.</summary>
    public void CountRetried(int status, int loopId) => CountStatus(RetriedStatus + status, loopId);

    /// <summary>Adds the time from the end of a request to the end of its answer (<c>upstream_rq_time</c>); on the loop's own thread.</summary>
    public void ObserveTime(long milliseconds, int loopId) =>
        EnvoyBuckets.Observe((_times[loopId] ?? MakeTimes(loopId)).AsSpan(Pad, EnvoyBuckets.Slots), milliseconds);

    /// <summary>Adds the times over all loops to slots of <see cref="EnvoyBuckets"/>. Any thread.</summary>
    public void ReadTimes(Span<long> slots)
    {
        foreach (long[]? times in _times)
        {
            for (int i = 0; times is not null && i < slots.Length; i++)
            {
                slots[i] += Volatile.Read(ref times[Pad + i]);
            }
        }
    }

    /// <summary>Answers by status, those that were tried again apart. Any thread.</summary>
    public IEnumerable<(int Status, bool Retried, long Count)> Statuses()
    {
        Dictionary<long, long> totals = [];
        foreach (CounterTable? table in _statuses)
        {
            table?.AddTo(totals);
        }

        return totals.Select(static pair => ((int)(pair.Key % RetriedStatus), pair.Key >= RetriedStatus, pair.Value));
    }

    private void CountStatus(int status, int loopId)
    {
        CounterTable table = _statuses[loopId] ?? MakeStatuses(loopId);
        ref long count = ref table.Find(status);
        if (Unsafe.IsNullRef(ref count))
        {
            count = ref table.Add(status);
        }

        count++;
    }

    // Once per loop: clusters without traffic hold neither.
    private CounterTable MakeStatuses(int loopId)
    {
        CounterTable table = new();
        Volatile.Write(ref _statuses[loopId], table);
        return table;
    }

    private long[] MakeTimes(int loopId)
    {
        long[] times = new long[Pad + EnvoyBuckets.Slots + Pad];
        Volatile.Write(ref _times[loopId], times);
        return times;
    }
}
