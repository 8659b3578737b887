using System.Net;
using Microsoft.AspNetCore.Connections;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Snapshot.Mesh;
using VoltageSoda.Edge.Telemetry.MeshLog;
using VoltageSoda.Edge.Telemetry.MeshMetrics;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Exchanges.Mesh;

/// <summary>Step 12 of a Gateway listener: counts and logs one finished exchange. Runs exactly once on every path; allocates nothing. Stateless.</summary>
internal static class MeshSettlement
{
    public static void Settle(Exchange exchange, MeshState mesh)
    {
        mesh.Stop();
        Settlement.CountRefusal(exchange);
        Judge(exchange, mesh);
        MeshSnapshot served = exchange.Snapshot.Mesh;
        MeshCounting.Count(exchange, mesh);
        MeshMetricsPlan? metrics = served.Metrics?.Of(mesh.Destination?.Cluster?.ServiceNamespace);
        if (served.AccessLog is null && metrics is not { ReadsExchange: true })
        {
            if (metrics is { IsOff: false })
            {
                MeshCounting.Record(exchange, mesh, metrics, default);
            }

            return;
        }

        MeshLogLine line = Describe(exchange, mesh);
        served.AccessLog?.Write(exchange.Worker.Loop.Id, in line);
        if (metrics is { IsOff: false })
        {
            MeshCounting.Record(exchange, mesh, metrics, in line);
        }
    }

    /// <summary>Logs a connection that no server takes (Envoy's access log of the listener).</summary>
    public static void WriteUnserved(EdgeWorker worker, EdgeSnapshot snapshot, ConnectionContext connection, byte[] serverName)
    {
        if (snapshot.Mesh.AccessLog is not { } log)
        {
            return;
        }

        IPEndPoint? remote = connection.RemoteEndPoint as IPEndPoint;
        ClientAddress peer = remote is null ? default : ClientAddress.From(remote.Address);
        MeshLogLine line = new()
        {
            StartUnixMilliseconds = worker.UnixMilliseconds,
            Flags = ResponseFlags.NoRoute,
            Details = MeshReplies.NoChain,
            Duration = 0,
            Local = connection.LocalEndPoint as IPEndPoint,
            Remote = peer,
            RemotePort = remote?.Port ?? 0,
            Peer = peer,
            PeerPort = remote?.Port ?? 0,
            Tls = new TlsSession { Version = default, Cipher = default, ServerName = serverName },
        };
        log.Write(worker.Loop.Id, in line);
    }

    // What ended an answer that had begun is not told by the answer.
    private static void Judge(Exchange exchange, MeshState mesh)
    {
        if (exchange.Failure == Failure.DownstreamGone)
        {
            mesh.Flags |= ResponseFlags.DownstreamTermination;
            mesh.Details = MeshReplies.DownstreamDisconnect;
        }
        else if (exchange.Failure == Failure.UpstreamTruncated && mesh.Details == MeshReplies.ViaUpstream)
        {
            mesh.Flags |= ResponseFlags.UpstreamTermination;
            mesh.Details = MeshReplies.LateReset;
        }
        else if (exchange.Failure == Failure.DownstreamSlow)
        {
            mesh.Flags |= ResponseFlags.StreamIdle;
            mesh.Details = MeshReplies.StreamIdle;
        }
    }

    private static MeshLogLine Describe(Exchange exchange, MeshState mesh)
    {
        RequestHead request = exchange.Request;
        UpstreamEndpoint? endpoint = exchange.Attempt.Endpoint;
        bool understood = request.HeadLength != 0;
        HeaderBlock headers = request.Headers;
        bool moved = exchange.TargetLength != 0 && mesh.Destination is not null;
        return new MeshLogLine
        {
            StartUnixMilliseconds = exchange.StartedUnixMilliseconds,
            Method = request.MethodBytes,
            Path = moved ? exchange.UpstreamTarget : mesh.PathAndQuery(request),
            Authority = headers.FirstValue(KnownHeader.Host) is { IsEmpty: false } host ? host : request.Authority,
            IsTls = mesh.IsHttps,
            RequestFields = headers,
            ResponseFields = exchange.Response.Headers,
            ResponseTrailers = exchange.FromUpstream ? exchange.Attempt.ResponseBody.Trailers : null,
            HttpVersion = !understood ? 0 : request.Version == Protocol.Http.HttpVersion.Http10 ? 10 : 11,
            Status = exchange.Status,
            Flags = mesh.Flags,
            Details = mesh.Details,
            BytesReceived = exchange.HasBody ? exchange.RequestBody.BytesRead : 0,
            BytesSent = (exchange.ResponseStarted ? exchange.ResponseBody.BytesWritten : 0) + exchange.TunnelBytes,
            RequestHeadBytes = request.HeadLength,
            ResponseHeadBytes = exchange.ResponseHeadBytes,
            Duration = exchange.Worker.Loop.NowMilliseconds - exchange.StartedAt,
            RequestDuration = mesh.ReceivedAt < 0 ? -1 : mesh.ReceivedAt - exchange.StartedAt,
            ResponseDuration = mesh.AnsweredAt < 0 ? -1 : mesh.AnsweredAt - exchange.StartedAt,
            UpstreamHost = endpoint is null ? default : endpoint.NameUtf8.Span,
            UpstreamCluster = mesh.Destination is { } destination ? destination.ClusterNameUtf8 : default,
            UpstreamLocal = mesh.UpstreamLocal,
            UpstreamFailure = exchange.Failure == Failure.ConnectFailed ? MeshReplies.ReasonUtf8(mesh.ConnectFailure) : default,
            Attempts = exchange.Attempt.Number,
            Local = exchange.Downstream.LocalEndPoint as IPEndPoint,
            Remote = exchange.Client.Address.HasValue ? exchange.Client.Address : exchange.Connection.PeerAddress,
            RemotePort = !exchange.Client.Address.HasValue || exchange.Client.Address == exchange.Connection.PeerAddress ? exchange.Connection.PeerPort : 0,
            Peer = exchange.Connection.PeerAddress,
            PeerPort = exchange.Connection.PeerPort,
            Tls = exchange.Connection.Tls,
            RouteName = mesh.Route is { } route ? route.NameUtf8 : default,
            VirtualHostName = mesh.VirtualHost is { } virtualHost ? virtualHost.NameUtf8 : default,
            ConnectionId = exchange.Downstream.Serial,
            Reason = exchange.WireError == WireError.None ? default : WireErrorReasons.Utf8(exchange.WireError),
        };
    }
}
