using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Admin.Gateways;

/// <summary>Collects Envoy's statistics of this process; remembers where counters stood when they were reset. Thread-safe.</summary>
internal sealed class EnvoyStats(IGatewayState state, EdgeMetrics metrics)
{
    private volatile Dictionary<string, long> _resets = [];

    /// <summary>Every number.</summary>
    public IEnumerable<EnvoyStat> All()
    {
        Dictionary<string, long> resets = _resets;
        foreach (EnvoyStat stat in Read())
        {
            yield return resets.Count != 0 && !stat.IsGauge && resets.TryGetValue(stat.FullName, out long before)
                ? stat with { Value = stat.Value - before }
                : stat;
        }
    }

    /// <summary>Every histogram.</summary>
    public IEnumerable<EnvoyHistogram> Histograms()
    {
        foreach (ClusterGuard guard in state.Guards)
        {
            long[] slots = new long[EnvoyBuckets.Slots];
            guard.Stats.ReadTimes(slots);
            yield return new EnvoyHistogram(StatScope.Cluster, guard.Name, "upstream_rq_time", slots);
        }

        foreach (GatewayBinding bound in state.Listeners)
        {
            long[] slots = new long[EnvoyBuckets.Slots];
            bound.Stats.ReadTimes(slots);
            yield return new EnvoyHistogram(StatScope.Http, PrefixOf(bound), "downstream_rq_time", slots);
        }
    }

    /// <summary>Counters begin at 0 again (<c>/reset_counters</c>), for who reads Envoy's names.</summary>
    public void Reset()
    {
        Dictionary<string, long> now = [];
        foreach (EnvoyStat stat in Read().Where(static stat => !stat.IsGauge))
        {
            now[stat.FullName] = stat.Value;
        }

        _resets = now;
    }

    private static string AddressOf(GatewayBinding bound) => $"{bound.Address.Address}_{bound.Address.Port}";

    private static string PrefixOf(GatewayBinding bound) => "outbound_" + AddressOf(bound);

    private IEnumerable<EnvoyStat> Read()
    {
        IReadOnlyList<ClusterGuard> guards = state.Guards;
        foreach (ClusterGuard guard in guards)
        {
            foreach (ClusterStatistic statistic in ClusterStatistics.Of(guard))
            {
                yield return new EnvoyStat(StatScope.Cluster, guard.Name, statistic.Name, statistic.Value, statistic.IsGauge);
            }
        }

        foreach (GatewayBinding bound in state.Listeners)
        {
            foreach (EnvoyStat stat in Of(bound))
            {
                yield return stat;
            }
        }

        foreach (EnvoyStat stat in Process(guards.Count))
        {
            yield return stat;
        }
    }

    private static IEnumerable<EnvoyStat> Of(GatewayBinding bound)
    {
        GatewayStats stats = bound.Stats;
        string http = PrefixOf(bound);
        foreach (GatewayCounter counter in Enum.GetValues<GatewayCounter>().Where(static counter => counter != GatewayCounter.Settled))
        {
            yield return new EnvoyStat(StatScope.Http, http, GatewayStats.NameOf(counter), stats.Total(counter), false);
        }

        long opened = stats.Total(GatewayCounter.Connections);
        long closed = stats.Total(GatewayCounter.ConnectionsClosed);
        long requests = stats.Total(GatewayCounter.Requests);
        yield return new EnvoyStat(StatScope.Http, http, "downstream_cx_active", Math.Max(0, opened - closed), true);
        yield return new EnvoyStat(StatScope.Http, http, "downstream_cx_http1_total", opened, false);
        yield return new EnvoyStat(StatScope.Http, http, "downstream_cx_http1_active", Math.Max(0, opened - closed), true);
        yield return new EnvoyStat(StatScope.Http, http, "downstream_cx_http2_total", 0, false);
        yield return new EnvoyStat(StatScope.Http, http, "downstream_rq_http1_total", requests, false);
        yield return new EnvoyStat(StatScope.Http, http, "downstream_rq_active", Math.Max(0, requests - stats.Total(GatewayCounter.Settled)), true);
        yield return new EnvoyStat(StatScope.Listener, AddressOf(bound), "downstream_cx_total", opened, false);
        yield return new EnvoyStat(StatScope.Listener, AddressOf(bound), "downstream_cx_destroy", closed, false);
        yield return new EnvoyStat(StatScope.Listener, AddressOf(bound), "downstream_cx_active", Math.Max(0, opened - closed), true);
    }

    private IEnumerable<EnvoyStat> Process(int clusters)
    {
        GCMemoryInfo memory = GC.GetGCMemoryInfo();
        yield return Gauge("cluster_manager.active_clusters", clusters);
        yield return Gauge("cluster_manager.warming_clusters", 0);
        yield return Gauge("listener_manager.total_listeners_active", state.Listeners.Count);
        yield return Gauge("listener_manager.total_listeners_draining", 0);
        yield return Gauge("listener_manager.total_listeners_warming", 0);
        yield return Gauge("listener_manager.workers_started", state.State == ServerState.Initializing ? 0 : 1);
        yield return Gauge("server.concurrency", metrics.Options.Loops);
        if (state.Certificates is { Count: > 0 } certificates)
        {
            TimeSpan left = certificates.Min(static certificate => certificate.NotAfter) - state.Now;
            yield return Gauge("server.days_until_first_cert_expiring", Math.Max(0, (long)left.TotalDays));
            yield return Gauge("server.seconds_until_first_cert_expiring", Math.Max(0, (long)left.TotalSeconds));
        }

        yield return Gauge("server.hot_restart_epoch", 0);
        yield return Gauge("server.live", state.State == ServerState.Live ? 1 : 0);
        yield return Gauge("server.memory_allocated", GC.GetTotalMemory(forceFullCollection: false));
        yield return Gauge("server.memory_heap_size", memory.TotalCommittedBytes);
        yield return Gauge("server.memory_physical_size", Environment.WorkingSet);
        yield return Gauge("server.parent_connections", 0);
        yield return Gauge("server.state", (long)state.State);
        yield return Gauge("server.total_connections", state.Listeners.Sum(
            static bound => bound.Stats.Total(GatewayCounter.Connections) - bound.Stats.Total(GatewayCounter.ConnectionsClosed)));
        yield return Gauge("server.uptime", (long)state.Uptime.TotalSeconds);
    }

    private static EnvoyStat Gauge(string name, long value) => new(StatScope.Server, "", name, value, true);
}
