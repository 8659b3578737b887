using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Policies.Resilience;

namespace VoltageSoda.Edge.Upstream;

/// <summary>One number of a cluster.</summary>
/// <param name="Name">Envoy's name after <c>cluster.NAME.</c></param>
/// <param name="Value">The number now.</param>
/// <param name="IsGauge">Whether it may fall.</param>
internal readonly record struct ClusterStatistic(string Name, long Value, bool IsGauge);

/// <summary>Everything Envoy's <c>/stats</c> says of a cluster that this process counts. Stateless; any thread.</summary>
internal static class ClusterStatistics
{
    private static readonly EjectionCause[] EnvoyCauses =
    [
        EjectionCause.Consecutive5xx,
        EjectionCause.ConsecutiveGatewayFailure,
        EjectionCause.ConsecutiveLocalOriginFailure,
        EjectionCause.SuccessRate,
        EjectionCause.FailurePercentage,
        EjectionCause.LocalOriginSuccessRate,
        EjectionCause.LocalOriginFailurePercentage,
    ];

    /// <summary>The numbers, sorted by name as Envoy prints them.</summary>
    public static IReadOnlyList<ClusterStatistic> Of(ClusterGuard guard)
    {
        List<ClusterStatistic> all = [];
        foreach (ClusterCounter counter in Enum.GetValues<ClusterCounter>())
        {
            all.Add(new ClusterStatistic(ClusterStats.NameOf(counter), guard.Stats.Total(counter), false));
        }

        AddSums(all, guard.Stats);
        PermitLedger ledger = guard.Ledger;
        RetryConcurrency retries = guard.Retries;
        all.Add(new ClusterStatistic("upstream_cx_active", ledger.Connections, true));
        all.Add(new ClusterStatistic("upstream_rq_active", ledger.Requests, true));
        all.Add(new ClusterStatistic("upstream_rq_pending_active", ledger.Pending, true));
        all.Add(new ClusterStatistic("upstream_rq_retry", retries.Stats.Total, false));
        all.Add(new ClusterStatistic("upstream_rq_retry_backoff_exponential", retries.Stats.Total, false));
        all.Add(new ClusterStatistic("upstream_rq_retry_success", retries.Stats.Successes, false));
        all.Add(new ClusterStatistic("upstream_rq_retry_overflow", retries.Stats.Overflows, false));
        all.Add(new ClusterStatistic("upstream_rq_retry_limit_exceeded", retries.Stats.LimitsExceeded, false));
        AddBreakers(all, ledger, retries);
        AddIdle(all);
        AddMembers(all, guard);
        if (guard.Detector is { } detector)
        {
            AddOutliers(all, detector);
        }

        all.Sort(static (one, other) => string.CompareOrdinal(one.Name, other.Name));
        return all;
    }

    private static void AddSums(List<ClusterStatistic> all, ClusterStats stats)
    {
        foreach ((int status, bool retried, long count) in stats.Statuses())
        {
            all.Add(new ClusterStatistic($"{(retried ? "retry." : "")}upstream_rq_{status}", count, false));
        }

        foreach (IGrouping<int, (int Status, bool Retried, long Count)> group in stats.Statuses().Where(static one => one.Retried).GroupBy(static one => one.Status / 100))
        {
            all.Add(new ClusterStatistic($"retry.upstream_rq_{group.Key}xx", group.Sum(static one => one.Count), false));
        }

        if (stats.Statuses().Where(static one => one.Retried).Sum(static one => one.Count) is > 0 and long retries)
        {
            all.Add(new ClusterStatistic("retry.upstream_rq_completed", retries, false));
        }

        // Every connection speaks HTTP/1.1.
        all.Add(new ClusterStatistic("upstream_cx_http1_total", stats.Total(ClusterCounter.Connections), false));
        all.Add(new ClusterStatistic("upstream_cx_http2_total", 0, false));
        all.Add(new ClusterStatistic(
            "upstream_cx_destroy_with_active_rq", stats.Total(ClusterCounter.BusyClosedHere) + stats.Total(ClusterCounter.BusyClosedThere), false));
    }

    // What Envoy has of every cluster and this process does not do: priorities of requests, and one limit of pools.
    private static void AddIdle(List<ClusterStatistic> all)
    {
        all.Add(new ClusterStatistic("circuit_breakers.default.cx_pool_open", 0, true));
        foreach (string name in (ReadOnlySpan<string>)["cx_open", "cx_pool_open", "rq_open", "rq_pending_open", "rq_retry_open"])
        {
            all.Add(new ClusterStatistic($"circuit_breakers.high.{name}", 0, true));
        }

        all.Add(new ClusterStatistic("upstream_rq_retry_backoff_ratelimited", 0, false));
        all.Add(new ClusterStatistic("upstream_rq_maintenance_mode", 0, false));
    }

    private static void AddBreakers(List<ClusterStatistic> all, PermitLedger ledger, RetryConcurrency retries)
    {
        Breaker("cx_open", "remaining_cx", ledger.Connections, ledger.MaxConnections);
        Breaker("rq_pending_open", "remaining_pending", ledger.Pending, ledger.MaxPending);
        Breaker("rq_open", "remaining_rq", ledger.Requests, ledger.MaxRequests);
        Breaker("rq_retry_open", "remaining_retries", retries.Active, retries.Maximum);

        void Breaker(string open, string remaining, int used, int limit)
        {
            all.Add(new ClusterStatistic($"circuit_breakers.default.{open}", used >= limit ? 1 : 0, true));

            // Envoy's limits are unsigned: without one 2^32 - 1 remain.
            long left = limit == int.MaxValue ? uint.MaxValue - (long)used : Math.Max(0, limit - used);
            all.Add(new ClusterStatistic($"circuit_breakers.default.{remaining}", left, true));
        }
    }

    private static void AddMembers(List<ClusterStatistic> all, ClusterGuard guard)
    {
        EndpointSet endpoints = guard.Owner?.Endpoints ?? EndpointSet.Empty;
        int healthy = 0;
        for (int i = 0; i < endpoints.Endpoints.Length; i++)
        {
            healthy += endpoints.IsHealthy(i) ? 1 : 0;
        }

        all.Add(new ClusterStatistic("membership_total", endpoints.Endpoints.Length, true));
        all.Add(new ClusterStatistic("membership_healthy", healthy, true));
        all.Add(new ClusterStatistic("membership_degraded", 0, true));
        all.Add(new ClusterStatistic("membership_excluded", 0, true));
        all.Add(new ClusterStatistic("membership_change", guard.MembershipChanges, false));
    }

    private static void AddOutliers(List<ClusterStatistic> all, OutlierDetector detector)
    {
        long enforced = 0;
        foreach (EjectionCause cause in Enum.GetValues<EjectionCause>())
        {
            enforced += detector.Enforced(cause);
        }

        all.Add(new ClusterStatistic("outlier_detection.ejections_active", detector.Active, true));
        all.Add(new ClusterStatistic("outlier_detection.ejections_total", enforced, false));
        all.Add(new ClusterStatistic("outlier_detection.ejections_consecutive_5xx", detector.Enforced(EjectionCause.Consecutive5xx), false));
        all.Add(new ClusterStatistic("outlier_detection.ejections_success_rate", detector.Enforced(EjectionCause.SuccessRate), false));
        all.Add(new ClusterStatistic("outlier_detection.ejections_enforced_total", enforced, false));
        all.Add(new ClusterStatistic("outlier_detection.ejections_overflow", detector.Overflows, false));
        IEnumerable<EjectionCause> shown = detector.Rule.HalfOpenProbes > 0 ? EnvoyCauses.Append(EjectionCause.FailedProbe) : EnvoyCauses;
        foreach (EjectionCause cause in shown)
        {
            string name = ClusterGuard.NameOf(cause);
            all.Add(new ClusterStatistic($"outlier_detection.ejections_detected_{name}", detector.Detected(cause), false));
            all.Add(new ClusterStatistic($"outlier_detection.ejections_enforced_{name}", detector.Enforced(cause), false));
        }
    }
}
