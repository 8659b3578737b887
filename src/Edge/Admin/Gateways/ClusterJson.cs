using System.Globalization;
using System.Net;
using System.Text.Json;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Admin.Gateways;

/// <summary><c>/clusters?format=json</c>, as <c>envoy.admin.v3.Clusters</c> in protobuf's JSON. Stateless.</summary>
internal static class ClusterJson
{
    public static void Write(Utf8JsonWriter writer, IGatewayState state)
    {
        writer.WriteStartArray("cluster_statuses"u8);
        foreach (Cluster cluster in state.Clusters)
        {
            Status(writer, cluster, cluster.Guard!);
        }

        writer.WriteEndArray();
    }

    /// <summary>A socket address in an object of the given name.</summary>
    public static void Address(Utf8JsonWriter writer, string name, string address, int port)
    {
        writer.WriteStartObject(name);
        writer.WriteStartObject("socket_address"u8);
        writer.WriteString("address"u8, address);
        writer.WriteNumber("port_value"u8, port);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void Status(Utf8JsonWriter writer, Cluster cluster, ClusterGuard guard)
    {
        writer.WriteStartObject();
        writer.WriteString("name"u8, cluster.Name);
        writer.WriteBoolean("added_via_api"u8, true);
        if (guard.Detector is { SuccessRateThreshold: > 0 and double threshold })
        {
            writer.WriteStartObject("success_rate_ejection_threshold"u8);
            writer.WriteNumber("value"u8, threshold);
            writer.WriteEndObject();
        }

        EndpointSet set = cluster.Endpoints;
        if (set.Endpoints.Length != 0)
        {
            writer.WriteStartArray("host_statuses"u8);
            for (int i = 0; i < set.Endpoints.Length; i++)
            {
                Host(writer, set, i);
            }

            writer.WriteEndArray();
        }

        writer.WriteStartObject("circuit_breakers"u8);
        writer.WriteStartArray("thresholds"u8);
        Thresholds(writer, null, ClusterLines.Limit(guard.Ledger.MaxConnections), ClusterLines.Limit(guard.Ledger.MaxPending),
            ClusterLines.Limit(guard.Ledger.MaxRequests), ClusterLines.Limit(guard.Retries.Maximum));
        Thresholds(writer, "HIGH", 1024, 1024, 1024, 3);
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteString("observability_name"u8, cluster.Name);
        writer.WriteEndObject();
    }

    private static void Host(Utf8JsonWriter writer, EndpointSet set, int index)
    {
        Endpoint endpoint = set.Endpoints[index];
        UpstreamEndpoint? known = endpoint.Tag as UpstreamEndpoint;
        writer.WriteStartObject();
        if (known?.Address is IPEndPoint at)
        {
            Address(writer, "address", at.Address.ToString(), at.Port);
        }

        writer.WriteStartArray("stats"u8);
        foreach ((string name, long value, bool isGauge) in ClusterLines.Numbers(endpoint))
        {
            writer.WriteStartObject();
            if (isGauge)
            {
                writer.WriteString("type"u8, "GAUGE");
            }

            // Protobuf writes 64 bits as text, and leaves out what is 0.
            if (value != 0)
            {
                writer.WriteString("value"u8, value.ToString(CultureInfo.InvariantCulture));
            }

            writer.WriteString("name"u8, name);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartObject("health_status"u8);
        if (!endpoint.Health.IsHealthy)
        {
            writer.WriteBoolean("failed_active_health_check"u8, true);
        }

        if (endpoint.Outlier.IsEjected)
        {
            writer.WriteBoolean("failed_outlier_check"u8, true);
        }

        writer.WriteString("eds_health_status"u8, "HEALTHY");
        writer.WriteEndObject();
        if (endpoint.Outlier.SuccessRate >= 0)
        {
            writer.WriteStartObject("success_rate"u8);
            writer.WriteNumber("value"u8, endpoint.Outlier.SuccessRate);
            writer.WriteEndObject();
        }

        writer.WriteNumber("weight"u8, set.Weights[index]);
        if (set.Layout?.PriorityOf(index) is > 0 and int priority)
        {
            writer.WriteNumber("priority"u8, priority);
        }

        writer.WriteString("hostname"u8, endpoint.HostName);
        Locality(writer, known?.Place ?? EndpointPlace.Nowhere);
        writer.WriteEndObject();
    }

    private static void Locality(Utf8JsonWriter writer, EndpointPlace place)
    {
        writer.WriteStartObject("locality"u8);
        foreach ((string name, string value) in (ReadOnlySpan<(string, string)>)[("region", place.Region), ("zone", place.Zone), ("sub_zone", place.Subzone)])
        {
            if (value.Length != 0)
            {
                writer.WriteString(name, value);
            }
        }

        writer.WriteEndObject();
    }

    private static void Thresholds(Utf8JsonWriter writer, string? priority, long connections, long pending, long requests, long retries)
    {
        writer.WriteStartObject();
        if (priority is not null)
        {
            writer.WriteString("priority"u8, priority);
        }

        writer.WriteNumber("max_connections"u8, connections);
        writer.WriteNumber("max_pending_requests"u8, pending);
        writer.WriteNumber("max_requests"u8, requests);
        writer.WriteNumber("max_retries"u8, retries);
        writer.WriteEndObject();
    }
}
