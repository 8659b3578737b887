using System.Net;
using System.Text;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Transformation;
using VoltageSoda.Edge.Telemetry.MeshLog;

namespace VoltageSoda.Edge.Exchanges.Mesh;

/// <summary>The values of operators in header fields, out of the exchange. A plain wrapper.</summary>
internal readonly struct MeshValues(Exchange exchange) : IMeshOperatorValues
{
    private static readonly byte[] HostName = Encoding.ASCII.GetBytes(Dns.GetHostName());

    public int Format(MeshOperator @operator, scoped Span<byte> destination)
    {
        MeshState mesh = exchange.Mesh!;
        switch (@operator)
        {
            case MeshOperator.Protocol:
                return Copy("HTTP/1.1"u8, destination);
            case MeshOperator.DownstreamRemoteAddress:
                return Address(exchange.Client.Address, exchange.Client.Address == exchange.Connection.PeerAddress ? exchange.Connection.PeerPort : 0, destination);
            case MeshOperator.DownstreamRemoteAddressWithoutPort:
                return Address(exchange.Client.Address, -1, destination);
            case MeshOperator.DownstreamDirectRemoteAddress:
                return Address(exchange.Connection.PeerAddress, exchange.Connection.PeerPort, destination);
            case MeshOperator.DownstreamDirectRemoteAddressWithoutPort:
                return Address(exchange.Connection.PeerAddress, -1, destination);
            case MeshOperator.DownstreamLocalAddress:
                return Address(exchange.Downstream.LocalAddress, exchange.Connection.ListenerPort, destination);
            case MeshOperator.DownstreamLocalAddressWithoutPort:
                return Address(exchange.Downstream.LocalAddress, -1, destination);
            case MeshOperator.DownstreamLocalPort:
                return Number(exchange.Connection.ListenerPort, destination);
            case MeshOperator.RequestedServerName:
                return Copy(exchange.Connection.Tls is { } tls ? tls.ServerName.Span : default, destination);
            case MeshOperator.RouteName:
                return Copy(mesh.Route is { } route ? route.NameUtf8 : default, destination);
            case MeshOperator.UpstreamHost:
                return Copy(exchange.Attempt.Endpoint is { } endpoint ? endpoint.NameUtf8.Span : default, destination);
            case MeshOperator.UpstreamCluster:
                return Copy(mesh.Destination is { } target ? target.ClusterNameUtf8 : default, destination);
            case MeshOperator.ResponseCode:
                return Number(exchange.Status, destination);
            case MeshOperator.ResponseCodeDetails:
                return Copy(mesh.Details, destination);
            case MeshOperator.ResponseFlags:
                return Flags(mesh.Flags, destination);
            case MeshOperator.StartTime:
                return DateTime.UnixEpoch.AddMilliseconds(exchange.StartedUnixMilliseconds)
                    .TryFormat(destination, out int time, "yyyy-MM-ddTHH:mm:ss.fffZ", System.Globalization.CultureInfo.InvariantCulture) ? time : -1;
            case MeshOperator.HostName:
                return Copy(HostName, destination);
            default:
                return 0;
        }
    }

    private static int Copy(ReadOnlySpan<byte> value, scoped Span<byte> destination) => value.TryCopyTo(destination) ? value.Length : -1;

    private static int Number(long value, scoped Span<byte> destination) =>
        System.Buffers.Text.Utf8Formatter.TryFormat(value, destination, out int written) ? written : -1;

    private static int Flags(ResponseFlags flags, scoped Span<byte> destination)
    {
        if (destination.Length < ResponseFlagNames.MaxLength)
        {
            return -1;
        }

        return ResponseFlagNames.Write(flags, destination);
    }

    /// <summary>Writes an address, as Envoy does with a port that is not negative; gives its length, or -1 where there is no room.</summary>
    internal static int Address(ClientAddress address, int port, scoped Span<byte> destination)
    {
        if (!address.HasValue)
        {
            return 0;
        }

        if (destination.Length < ClientAddress.MaxTextLength + 8)
        {
            return -1;
        }

        bool brackets = port >= 0 && !address.IsIPv4;
        int at = 0;
        if (brackets)
        {
            destination[at++] = (byte)'[';
        }

        at += address.Format(destination[at..]);
        if (brackets)
        {
            destination[at++] = (byte)']';
        }

        if (port >= 0)
        {
            destination[at++] = (byte)':';
            at += Number(port, destination[at..]);
        }

        return at;
    }
}
