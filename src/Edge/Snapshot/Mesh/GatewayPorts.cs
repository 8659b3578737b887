using System.Globalization;
using System.Net;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>
/// Which port a Gateway server's number stands for: <c>EDGE_GATEWAY_PORT_MAP</c>, else the targetPort of the ingress Service, else itself
/// (<c>istio: pilot/pkg/model/gateway.go resolvePorts</c>). Immutable.
/// </summary>
internal sealed class GatewayPorts(MeshModel model, MeshOptions options)
{
    /// <summary>The port to bind and what says so; the second is null when nothing does.</summary>
    public (int Port, string? Mapping) Resolve(int serverPort)
    {
        if (options.PortMap.TryGetValue(serverPort, out int mapped))
        {
            return (mapped, $"EDGE_GATEWAY_PORT_MAP {Text(serverPort)}={Text(mapped)}");
        }

        foreach (IngressGateway ingress in model.MeshConfig.IngressGateways)
        {
            if (ingress.Ports.FirstOrDefault(port => port.Port == serverPort) is { } port)
            {
                return (port.TargetPort, $"targetPort of the service of {ingress.Name}, {port.Span}");
            }
        }

        return (serverPort, null);
    }

    /// <summary>What other listeners of the process would take the port of a Gateway.</summary>
    public static IEnumerable<MeshIssue> Clashes(IEnumerable<GatewayListenerPlan> listeners, IReadOnlyList<(string Owner, ListenAddress Address)> others)
    {
        foreach (GatewayListenerPlan listener in listeners)
        {
            foreach ((string owner, ListenAddress other) in others)
            {
                if (other.Ip is { } address && listener.Port != 0 && other.Port == listener.Port && Overlap(address, listener.Address))
                {
                    yield return new MeshIssue(
                        MeshIssueKind.PortTaken,
                        listener.Servers[0].Span,
                        $"port {Text(listener.ServerPort)} of Gateway {listener.Servers[0].Gateways[0]} would be bound as {listener.Address}:{Text(listener.Port)}, "
                            + $"which {owner} has ({other.Text})",
                        $"map it to a free port, for example EDGE_GATEWAY_PORT_MAP={Text(listener.ServerPort)}={Text(Free(listener.Port, others))}");
                }
            }
        }
    }

    private static bool Overlap(IPAddress left, IPAddress right) => left.Equals(right) || IsAny(left) || IsAny(right);

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static int Free(int taken, IReadOnlyList<(string Owner, ListenAddress Address)> others) =>
        Enumerable.Range(1, 1_000).Select(step => taken + step <= 65_535 ? taken + step : taken - step)
            .First(port => others.All(other => other.Address.Port != port));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
