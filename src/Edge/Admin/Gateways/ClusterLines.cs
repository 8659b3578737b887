using System.Globalization;
using System.Text;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Admin.Gateways;

/// <summary>Envoy's <c>/clusters</c> as text (<c>envoy: source/server/admin/clusters_handler.cc</c>). Stateless.</summary>
internal static class ClusterLines
{
    // Envoy's limits of requests with high priority, which Istio leaves as they are; none is sent here.
    private const int HighLimit = 1024;
    private const int HighRetries = 3;

    public static string Write(IGatewayState state)
    {
        StringBuilder text = new();
        foreach (Cluster cluster in state.Clusters)
        {
            Write(text, cluster, cluster.Guard!);
        }

        return text.ToString();
    }

    /// <summary>Envoy's limits are unsigned: none is their largest.</summary>
    public static long Limit(int limit) => limit == int.MaxValue ? uint.MaxValue : limit;

    /// <summary>The flags of an endpoint, <c>healthy</c> for none.</summary>
    public static string Flags(Endpoint endpoint)
    {
        string flags = (endpoint.Health.IsHealthy ? "" : "/failed_active_hc") + (endpoint.Outlier.IsEjected ? "/failed_outlier_check" : "");
        return flags.Length == 0 ? "healthy" : flags;
    }

    /// <summary>Counters and gauges of an endpoint in the order of their names.</summary>
    public static IEnumerable<(string Name, long Value, bool IsGauge)> Numbers(Endpoint endpoint)
    {
        UpstreamEndpoint? known = endpoint.Tag as UpstreamEndpoint;
        EndpointStats? stats = known?.Traffic;
        yield return ("cx_active", known?.ActiveConnections ?? 0, true);
        yield return ("cx_connect_fail", stats?.Total(EndpointCounter.ConnectFailures) ?? 0, false);
        yield return ("cx_total", stats?.Total(EndpointCounter.Connections) ?? 0, false);
        yield return ("rq_active", endpoint.ActiveRequests, true);
        yield return ("rq_error", stats?.Total(EndpointCounter.Errors) ?? 0, false);
        yield return ("rq_success", stats?.Total(EndpointCounter.Successes) ?? 0, false);
        yield return ("rq_timeout", stats?.Total(EndpointCounter.Timeouts) ?? 0, false);
        yield return ("rq_total", stats?.Total(EndpointCounter.Requests) ?? 0, false);
    }

    private static void Write(StringBuilder text, Cluster of, ClusterGuard guard)
    {
        string cluster = of.Name;
        Line(cluster, "observability_name", cluster);
        if (guard.Detector is { } detector)
        {
            Line(cluster, "outlier::success_rate_average", General(detector.SuccessRateAverage));
            Line(cluster, "outlier::success_rate_ejection_threshold", General(detector.SuccessRateThreshold));
            Line(cluster, "outlier::local_origin_success_rate_average", "-1");
            Line(cluster, "outlier::local_origin_success_rate_ejection_threshold", "-1");
        }

        Limits("default", Limit(guard.Ledger.MaxConnections), Limit(guard.Ledger.MaxPending), Limit(guard.Ledger.MaxRequests), Limit(guard.Retries.Maximum));
        Limits("high", HighLimit, HighLimit, HighLimit, HighRetries);
        Line(cluster, "added_via_api", "true");
        EndpointSet set = of.Endpoints;
        for (int i = 0; i < set.Endpoints.Length; i++)
        {
            Endpoint endpoint = set.Endpoints[i];
            EndpointPlace place = (endpoint.Tag as UpstreamEndpoint)?.Place ?? EndpointPlace.Nowhere;
            string name = $"{cluster}::{endpoint.Address}";
            foreach ((string key, long value, _) in Numbers(endpoint))
            {
                Number(name, key, value);
            }

            Line(name, "hostname", endpoint.HostName);
            Line(name, "health_flags", Flags(endpoint));
            Number(name, "weight", set.Weights[i]);
            Line(name, "region", place.Region);
            Line(name, "zone", place.Zone);
            Line(name, "sub_zone", place.Subzone);
            Line(name, "canary", "false");
            Number(name, "priority", set.Layout?.PriorityOf(i) ?? 0);
            Line(name, "success_rate", General(endpoint.Outlier.SuccessRate));
            Line(name, "local_origin_success_rate", "-1");
        }

        return;

        void Limits(string priority, long connections, long pending, long requests, long retries)
        {
            Number(cluster, $"{priority}_priority::max_connections", connections);
            Number(cluster, $"{priority}_priority::max_pending_requests", pending);
            Number(cluster, $"{priority}_priority::max_requests", requests);
            Number(cluster, $"{priority}_priority::max_retries", retries);
        }

        void Number(string name, string key, long value) => Line(name, key, value.ToString(CultureInfo.InvariantCulture));

        void Line(string name, string key, string value) => text.Append(name).Append("::").Append(key).Append("::").Append(value).Append('\n');
    }

    private static string General(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
