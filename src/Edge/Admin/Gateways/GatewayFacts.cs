using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Admin.Gateways;

/// <summary>Small answers of Envoy's administration in JSON, as protobuf writes it: what is 0 is left out, 64 bits are text. Thread-safe.</summary>
internal sealed class GatewayFacts(IGatewayState state, NodeIdentity node)
{
    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ssZ";

    /// <summary>Envoy's name of a state.</summary>
    public static string NameOf(ServerState state) => state switch
    {
        ServerState.Live => "LIVE",
        ServerState.Draining => "DRAINING",
        ServerState.PreInitializing => "PRE_INITIALIZING",
        _ => "INITIALIZING",
    };

    /// <summary><c>/server_info</c></summary>
    public void Server(Utf8JsonWriter writer)
    {
        string uptime = ((long)state.Uptime.TotalSeconds).ToString(CultureInfo.InvariantCulture) + "s";
        writer.WriteString("version"u8, node.Version);
        writer.WriteString("state"u8, NameOf(state.State));
        writer.WriteString("uptime_current_epoch"u8, uptime);
        writer.WriteString("uptime_all_epochs"u8, uptime);
        writer.WriteString("hot_restart_version"u8, "disabled");
        writer.WriteStartObject("command_line_options"u8);
        writer.WriteEndObject();
        writer.WriteStartObject("node"u8);
        writer.WriteString("id"u8, node.NodeId);
        writer.WriteEndObject();
    }

    /// <summary><c>/memory</c></summary>
    public static void Memory(Utf8JsonWriter writer)
    {
        GCMemoryInfo memory = GC.GetGCMemoryInfo();
        Number("allocated", GC.GetTotalMemory(forceFullCollection: false));
        Number("heap_size", memory.TotalCommittedBytes);
        Number("pageheap_unmapped", 0);
        Number("pageheap_free", memory.FragmentedBytes);
        Number("total_thread_cache", 0);
        Number("total_physical_bytes", Environment.WorkingSet);

        void Number(string name, long value) => writer.WriteString(name, value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary><c>/runtime</c>: nothing is set at run time.</summary>
    public static void Runtime(Utf8JsonWriter writer)
    {
        writer.WriteStartArray("layers"u8);
        writer.WriteEndArray();
        writer.WriteStartObject("entries"u8);
        writer.WriteEndObject();
    }

    /// <summary><c>/listeners?format=json</c></summary>
    public void Listeners(Utf8JsonWriter writer)
    {
        writer.WriteStartArray("listener_statuses"u8);
        foreach (GatewayBinding bound in state.Listeners)
        {
            writer.WriteStartObject();
            writer.WriteString("name"u8, bound.Plan.Name);
            ClusterJson.Address(writer, "local_address", bound.Address.Address.ToString(), bound.Address.Port);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    /// <summary><c>/certs</c></summary>
    public void Certificates(Utf8JsonWriter writer)
    {
        DateTimeOffset now = state.Now;
        writer.WriteStartArray("certificates"u8);
        foreach (GatewayCertificate certificate in state.Certificates)
        {
            writer.WriteStartObject();
            writer.WriteStartArray("ca_cert"u8);
            writer.WriteEndArray();
            writer.WriteStartArray("cert_chain"u8);
            writer.WriteStartObject();
            writer.WriteString("path"u8, certificate.Path);
            if (certificate.Leaf is { } leaf)
            {
                writer.WriteString("serial_number"u8, leaf.SerialNumber.ToLowerInvariant());
                Names(writer, leaf);
            }

            writer.WriteString("days_until_expiration"u8, Math.Max(0, (long)(certificate.NotAfter - now).TotalDays).ToString(CultureInfo.InvariantCulture));
            if (certificate.Leaf is { } dated)
            {
                writer.WriteString("valid_from"u8, dated.NotBefore.ToUniversalTime().ToString(TimeFormat, CultureInfo.InvariantCulture));
            }

            writer.WriteString("expiration_time"u8, certificate.NotAfter.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));
            writer.WriteEndObject();
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void Names(Utf8JsonWriter writer, X509Certificate2 leaf)
    {
        writer.WriteStartArray("subject_alt_names"u8);
        foreach (X509SubjectAlternativeNameExtension names in leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>())
        {
            foreach (string name in names.EnumerateDnsNames())
            {
                writer.WriteStartObject();
                writer.WriteString("dns"u8, name);
                writer.WriteEndObject();
            }

            foreach (System.Net.IPAddress address in names.EnumerateIPAddresses())
            {
                writer.WriteStartObject();
                writer.WriteString("ip_address"u8, address.ToString());
                writer.WriteEndObject();
            }
        }

        writer.WriteEndArray();
    }
}
