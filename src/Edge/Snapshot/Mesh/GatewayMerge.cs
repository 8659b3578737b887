using System.Net;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>Servers of all Gateways that share an address and port.</summary>
internal sealed class MergedListener
{
    public required IPAddress Address { get; init; }

    public required int Port { get; init; }

    /// <summary>Number of the first server.</summary>
    public required int ServerPort { get; init; }

    public required string? Mapping { get; init; }

    public required bool IsTls { get; init; }

    /// <summary>Chains: one for plain HTTP, one per HTTPS server.</summary>
    public List<MergedChain> Chains { get; } = [];
}

/// <summary>Servers that share a route table.</summary>
internal sealed class MergedChain
{
    /// <summary>Envoy's name of the route table.</summary>
    public required string Name { get; init; }

    /// <summary>The servers with their Gateways, in order.</summary>
    public List<(Gateway Gateway, GatewayServer Server)> Servers { get; } = [];
}

/// <summary>
/// Merges the Gateways that select this proxy, as Istio does (<c>pilot/pkg/model/gateway.go</c>, mesh.md 2.1): plain HTTP servers of one port share
/// a route table, each HTTPS server has its own, and what clashes with an earlier server is skipped. Stateless.
/// </summary>
internal static class GatewayMerge
{
    public static IReadOnlyList<MergedListener> Merge(MeshModel model, MeshOptions options, ICollection<MeshIssue> issues)
    {
        GatewayPorts ports = new(model, options);
        List<MergedListener> listeners = [];
        HashSet<(MergedListener Listener, string Host)> tlsHosts = [];
        foreach (Gateway gateway in model.Gateways.Where(gateway => options.IsSelectedBy(gateway.Selector)))
        {
            foreach (GatewayServer server in gateway.Servers)
            {
                if (Refusal(server) is { } refusal)
                {
                    issues.Add(new MeshIssue(MeshIssueKind.ServerNotServed, server.Span, $"{Subject(gateway, server)} {refusal}; it is skipped"));
                    continue;
                }

                Add(gateway, server, ports, options, listeners, tlsHosts, issues);
            }
        }

        return [.. listeners.Where(static listener => listener.Chains.Count != 0).OrderBy(static listener => listener.Port).ThenBy(static listener => listener.ServerPort)];
    }

    private static void Add(
        Gateway gateway,
        GatewayServer server,
        GatewayPorts ports,
        MeshOptions options,
        List<MergedListener> listeners,
        HashSet<(MergedListener Listener, string Host)> tlsHosts,
        ICollection<MeshIssue> issues)
    {
        (int port, string? mapping) = ports.Resolve(server.Port);
        // 0 lets the system choose, for each server port anew.
        if (port != 0 && port < options.LowestPort)
        {
            issues.Add(new MeshIssue(
                MeshIssueKind.PrivilegedPort,
                server.PortSpan,
                $"{Subject(gateway, server)} would bind port {port}, which this process may not (below {options.LowestPort}); it is skipped, as in Istio",
                $"map it to a free port, for example EDGE_GATEWAY_PORT_MAP={server.Port}={8000 + server.Port}"));
            return;
        }

        if (!IPAddress.TryParse(server.Bind ?? "", out IPAddress? address))
        {
            if (server.Bind is not null)
            {
                issues.Add(new MeshIssue(
                    MeshIssueKind.BadBind, server.Span, $"{Subject(gateway, server)} binds {server.Bind}, which is no IP address; it is skipped"));
                return;
            }

            address = options.Bind;
        }

        bool isTls = server.Protocol == GatewayProtocol.Https;
        MergedListener? listener = listeners.Find(
            known => known.Port == port && known.Address.Equals(address) && (port != 0 || known.ServerPort == server.Port));
        if (listener is null)
        {
            listener = new MergedListener { Address = address, Port = port, ServerPort = server.Port, Mapping = mapping, IsTls = isTls };
            listeners.Add(listener);
        }
        else if (listener.IsTls != isTls)
        {
            Conflict(
                gateway, server, $"{(isTls ? "uses TLS" : "is plain HTTP")}, other than {First(listener)} on the same port", issues);
            return;
        }

        if (!isTls)
        {
            if (listener.Chains.Count == 0)
            {
                listener.Chains.Add(new MergedChain { Name = $"http.{(port == 0 ? server.Port : port)}" });
            }

            listener.Chains[0].Servers.Add((gateway, server));
            return;
        }

        string name = $"https.{server.Port}.{server.PortName}.{gateway.Name}.{gateway.Namespace}";
        if (server.Hosts.FirstOrDefault(host => tlsHosts.Contains((listener, host.Host))) is { } claimed)
        {
            Conflict(gateway, server, $"claims {claimed.Host}, which {Owner(listener, claimed.Host)} has on the same port", issues);
        }
        else if (listener.Chains.Exists(chain => chain.Name == name))
        {
            Conflict(gateway, server, $"has the port name {server.PortName} of {First(listener)} on the same port", issues);
        }
        else
        {
            foreach (GatewayHost host in server.Hosts)
            {
                tlsHosts.Add((listener, host.Host));
            }

            MergedChain chain = new() { Name = name };
            chain.Servers.Add((gateway, server));
            listener.Chains.Add(chain);
        }
    }

    private static string? Refusal(GatewayServer server) => server switch
    {
        { Protocol: GatewayProtocol.Tcp } => "is TCP, which is not served yet",
        { Protocol: GatewayProtocol.Tls } => "is TLS of any content, which is not served yet",
        { Protocol: GatewayProtocol.Https, Tls: null } => "is HTTPS without tls",
        { Protocol: GatewayProtocol.Https, Tls.Mode: GatewayTlsMode.Passthrough or GatewayTlsMode.AutoPassthrough } =>
            "passes TLS through, which is not served yet",
        _ => null,
    };

    private static void Conflict(Gateway gateway, GatewayServer server, string why, ICollection<MeshIssue> issues) =>
        issues.Add(new MeshIssue(MeshIssueKind.ServerConflict, server.Span, $"{Subject(gateway, server)} {why}; it is skipped, as in Istio"));

    private static string Subject(Gateway gateway, GatewayServer server) => $"server {server.PortName} ({server.Port}) of Gateway {gateway.FullName}";

    private static string First(MergedListener listener)
    {
        (Gateway gateway, GatewayServer server) = listener.Chains[0].Servers[0];
        return $"{Subject(gateway, server)}, {server.Span}";
    }

    private static string Owner(MergedListener listener, string host)
    {
        (Gateway gateway, GatewayServer server) = listener.Chains.SelectMany(static chain => chain.Servers)
            .First(entry => entry.Server.Hosts.Any(own => own.Host == host));
        return $"{Subject(gateway, server)}, {server.Span},";
    }
}
