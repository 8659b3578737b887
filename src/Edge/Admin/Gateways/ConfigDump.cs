using System.Text.Json;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Snapshot.Mesh;

namespace VoltageSoda.Edge.Admin.Gateways;

/// <summary>
/// <c>/config_dump</c>: what is served, compiled, with the place of each part in the files. Keys never appear; of secrets only the name is told.
/// Stateless.
/// </summary>
internal static class ConfigDump
{
    private const string Redacted = "[redacted]";

    public static void Write(Utf8JsonWriter writer, IGatewayState state)
    {
        writer.WriteStartArray("configs"u8);
        Part(writer, "listeners", () =>
        {
            foreach (GatewayBinding bound in state.Listeners)
            {
                Listener(writer, bound.Plan, bound.Address.ToString());
            }
        });
        Part(writer, "routes", () =>
        {
            foreach (GatewayServerPlan server in state.Mesh.Listeners.SelectMany(static listener => listener.Servers))
            {
                Routes(writer, server);
            }
        });
        Part(writer, "clusters", () =>
        {
            foreach (MeshClusterPlan cluster in state.Mesh.Clusters)
            {
                Cluster(writer, cluster);
            }
        });
        Part(writer, "secrets", () =>
        {
            foreach (GatewayTlsPlan tls in state.Mesh.Listeners.SelectMany(static listener => listener.Servers).Select(static server => server.Tls).OfType<GatewayTlsPlan>())
            {
                writer.WriteStartObject();
                writer.WriteString("name"u8, tls.CredentialName is { } name ? $"{tls.Namespace}/{name}" : tls.Settings.ServerCertificate);
                writer.WriteString("private_key"u8, Redacted);
                writer.WriteEndObject();
            }
        });
        Part(writer, "network_policies", () =>
        {
            foreach (InertDocument policy in state.Mesh.NetworkPolicies)
            {
                writer.WriteStartObject();
                writer.WriteString("name"u8, policy.Name);
                writer.WriteString("namespace"u8, policy.Namespace);
                writer.WriteString("place"u8, policy.Span.ToString());
                writer.WriteString("enforcement"u8, "by the platform, not here");
                writer.WriteEndObject();
            }
        });
        writer.WriteEndArray();
    }

    private static void Part(Utf8JsonWriter writer, string kind, Action items)
    {
        writer.WriteStartObject();
        writer.WriteString("kind"u8, kind);
        writer.WriteStartArray("items"u8);
        items();
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Listener(Utf8JsonWriter writer, GatewayListenerPlan plan, string address)
    {
        writer.WriteStartObject();
        writer.WriteString("name"u8, plan.Name);
        writer.WriteString("address"u8, address);
        writer.WriteNumber("server_port"u8, plan.ServerPort);
        writer.WriteBoolean("tls"u8, plan.IsTls);
        writer.WriteStartArray("filter_chains"u8);
        foreach (GatewayServerPlan server in plan.Servers)
        {
            writer.WriteStartObject();
            writer.WriteString("route_config_name"u8, server.Name);
            Strings(writer, "server_names"u8, server.ServerNames);
            Strings(writer, "gateways"u8, server.Gateways);
            writer.WriteString("place"u8, server.Span.ToString());
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Routes(Utf8JsonWriter writer, GatewayServerPlan server)
    {
        writer.WriteStartObject();
        writer.WriteString("name"u8, server.Name);
        writer.WriteStartArray("virtual_hosts"u8);
        foreach (VirtualHostPlan host in server.AllVirtualHosts)
        {
            writer.WriteStartObject();
            writer.WriteString("name"u8, host.Name);
            Strings(writer, "domains"u8, [host.Domain]);
            writer.WriteBoolean("require_tls"u8, host.RequiresTls);
            writer.WriteStartArray("routes"u8);
            foreach (MeshRoutePlan route in host.Routes.Routes)
            {
                Route(writer, route);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Route(Utf8JsonWriter writer, MeshRoutePlan route)
    {
        writer.WriteStartObject();
        writer.WriteString("name"u8, route.Name);
        writer.WriteString("virtual_service"u8, route.VirtualService);
        writer.WriteString("place"u8, route.Span.ToString());
        writer.WriteString("path"u8, $"{route.Conditions.Path.Kind.ToString().ToLowerInvariant()} {route.Conditions.Path.Text}");
        writer.WriteString("action"u8, route.Action.ToString().ToLowerInvariant());
        writer.WriteNumber("timeout_ms"u8, route.Timeout);
        writer.WriteNumber("retries"u8, route.RetryPolicy.Retries);
        writer.WriteStartArray("clusters"u8);
        foreach (MeshDestinationPlan destination in route.Destinations)
        {
            writer.WriteStartObject();
            writer.WriteString("name"u8, destination.ClusterName);
            writer.WriteNumber("weight"u8, destination.Weight);
            writer.WriteBoolean("found"u8, destination.Cluster is not null);
            writer.WriteBoolean("denied"u8, destination.Denied is not null);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Cluster(Utf8JsonWriter writer, MeshClusterPlan cluster)
    {
        writer.WriteStartObject();
        writer.WriteString("name"u8, cluster.Name);
        writer.WriteString("lb_policy"u8, cluster.Cluster.Algorithm);
        writer.WriteNumber("connect_timeout_ms"u8, cluster.ConnectTimeout);
        writer.WriteBoolean("outlier_detection"u8, cluster.Outlier is not null);
        writer.WriteBoolean("tls"u8, cluster.Tls is not null);
        Strings(writer, "endpoints"u8, cluster.Cluster.Endpoints.Endpoints.Select(static endpoint => endpoint.Address));
        Strings(writer, "places"u8, cluster.Rules.Select(static span => span.ToString()));
        writer.WriteEndObject();
    }

    private static void Strings(Utf8JsonWriter writer, ReadOnlySpan<byte> name, IEnumerable<string> values)
    {
        writer.WriteStartArray(name);
        foreach (string value in values)
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }
}
