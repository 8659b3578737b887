using System.Globalization;
using System.Text;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Snapshot.Mesh;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Admin.Gateways;

/// <summary>Envoy's <c>/clusters</c> as text (<c>envoy: source/server/admin/clusters_handler.cc</c>): what this process knows of it. Stateless.</summary>
internal static class ClusterLines
{
    public static string Write(IGatewayState state)
    {
        StringBuilder text = new();
        foreach (MeshClusterPlan plan in state.Mesh.Clusters)
        {
            Write(text, plan, state.Guards.FirstOrDefault(guard => guard.Name == plan.Name));
        }

        return text.ToString();
    }

    private static void Write(StringBuilder text, MeshClusterPlan plan, ClusterGuard? guard)
    {
        Line(plan.Name, "observability_name", plan.Name);
        Line(plan.Name, "default_priority::max_connections", Limit(plan.Circuit.MaxConnections));
        Line(plan.Name, "default_priority::max_pending_requests", Limit(plan.Circuit.MaxPendingRequests));
        Line(plan.Name, "default_priority::max_requests", Limit(plan.Circuit.MaxRequests));
        Line(plan.Name, "default_priority::max_retries", Limit(guard?.Retries.Maximum ?? plan.Circuit.MaxRetries));
        Line(plan.Name, "added_via_api", "true");
        EndpointSet set = plan.Cluster.Endpoints;
        for (int i = 0; i < set.Endpoints.Length; i++)
        {
            Endpoint endpoint = set.Endpoints[i];
            string name = $"{plan.Name}::{endpoint.Address}";
            Line(name, "rq_active", endpoint.ActiveRequests.ToString(CultureInfo.InvariantCulture));
            Line(name, "rq_total", endpoint.TotalRequests.ToString(CultureInfo.InvariantCulture));
            Line(name, "hostname", endpoint.HostName);
            Line(name, "health_flags", Flags(endpoint));
            Line(name, "weight", set.Weights[i].ToString(CultureInfo.InvariantCulture));
            Line(name, "priority", (set.Layout?.PriorityOf(i) ?? 0).ToString(CultureInfo.InvariantCulture));
        }

        void Line(string name, string key, string value) => text.Append(name).Append("::").Append(key).Append("::").Append(value).Append('\n');
    }

    // Envoy's limits are unsigned: none is their largest.
    private static string Limit(int limit) => (limit == int.MaxValue ? uint.MaxValue : (long)limit).ToString(CultureInfo.InvariantCulture);

    private static string Flags(Endpoint endpoint)
    {
        string flags = (endpoint.Health.IsHealthy ? "" : "/failed_active_hc") + (endpoint.Outlier.IsEjected ? "/failed_outlier_check" : "");
        return flags.Length == 0 ? "healthy" : flags;
    }
}
