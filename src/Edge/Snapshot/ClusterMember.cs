using System.Net;
using System.Net.Sockets;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Upstream;
using VoltageSoda.Edge.Upstream.Dns;
using VoltageSoda.Edge.Upstream.Health;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>One configured member of a cluster and what is known of it. Guarded by its builder's lock.</summary>
/// <param name="Id">Id of the target; empty for the host of a service.</param>
/// <param name="Label">As configured, <c>host:port</c>.</param>
/// <param name="Host">Name or address, IPv6 without brackets.</param>
/// <param name="Port">Port where no SRV record gives one.</param>
/// <param name="Weight">Weight where no SRV record gives one.</param>
internal sealed record ClusterMember(Guid Id, string Label, string Host, int Port, int Weight)
{
    /// <summary>The latest answer for its name; null before the first.</summary>
    public NameAnswer? Answer { get; set; }

    /// <summary>Its endpoints with their weights, one per address of the answer, in the answer's order.</summary>
    public IReadOnlyList<MemberAddress> Addresses { get; set; } = [];

    /// <summary>The endpoint of the mesh it stands for; null for one of Kong's.</summary>
    public Mesh.MeshMember? Mesh { get; init; }

    /// <summary>Whether the host is an address and needs no answer.</summary>
    public bool IsAddress => IPAddress.TryParse(Host, out _);

    /// <summary>What status shows of it.</summary>
    public TargetHealthView View(bool isChecked)
    {
        List<AddressHealthView> addresses = [];
        WeightTotals totals = default;
        bool anyHealthy = false;
        foreach (MemberAddress address in Addresses)
        {
            bool healthy = !isChecked || address.Endpoint.Policy.Health.IsHealthy;
            anyHealthy |= healthy;
            totals += new WeightTotals(address.Weight, healthy ? address.Weight : 0, healthy ? 0 : address.Weight);
            addresses.Add(new AddressHealthView(
                address.IpText, address.EndPoint.Port, address.Weight, !isChecked ? TargetHealth.HealthchecksOff : StateOf(healthy)));
        }

        TargetHealth health = addresses.Count == 0 ? TargetHealth.DnsError
            : !isChecked ? TargetHealth.HealthchecksOff
            : StateOf(anyHealthy);
        return new TargetHealthView(Id, Label, Host, Port, DnsKind, Weight, health, totals, addresses);
    }

    private string DnsKind => Answer?.Addresses is not { Count: > 0 } addresses ? "unknown"
        : addresses[0].ServiceHost is not null ? "SRV"
        : addresses[0].Address.AddressFamily == AddressFamily.InterNetworkV6 ? "AAAA"
        : "A";

    private static TargetHealth StateOf(bool healthy) => healthy ? TargetHealth.Healthy : TargetHealth.Unhealthy;
}

/// <summary>One address of a member.</summary>
/// <param name="Endpoint">How this process connects to it.</param>
/// <param name="EndPoint">Address and port.</param>
/// <param name="Weight">Its weight.</param>
/// <param name="ServiceHost">Host of its SRV record, if there is one.</param>
internal sealed record MemberAddress(UpstreamEndpoint Endpoint, IPEndPoint EndPoint, int Weight, string? ServiceHost)
{
    /// <summary>Address without port, IPv6 in brackets.</summary>
    public string IpText => EndPoint.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{EndPoint.Address}]" : EndPoint.Address.ToString();
}
