using System.Buffers.Text;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Snapshot.Mesh;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Telemetry.MeshLog;
using VoltageSoda.Edge.Telemetry.MeshMetrics;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Exchanges.Mesh;

/// <summary>What one finished exchange adds to Envoy's counters of its listener and cluster and to Istio's metrics. Stateless, allocates nothing.</summary>
internal static class MeshCounting
{
    /// <summary>Counts it at its listener, and its time at its cluster.</summary>
    public static void Count(Exchange exchange, MeshState mesh)
    {
        int loop = exchange.Worker.Loop.Id;
        long now = exchange.Worker.Loop.NowMilliseconds;
        if (exchange.FromUpstream && mesh.ReceivedAt >= 0)
        {
            exchange.Cluster?.Guard?.Stats.ObserveTime(now - mesh.ReceivedAt, loop);
        }

        if (mesh.Entry.Stats is not { } stats)
        {
            return;
        }

        stats.Count(GatewayCounter.Settled, loop);
        if (exchange.Status != 0)
        {
            stats.CountAnswer(exchange.Status, now - exchange.StartedAt, loop);
        }

        stats.Count(GatewayCounter.ReceivedBytes, loop, Received(exchange));
        stats.Count(GatewayCounter.SentBytes, loop, Sent(exchange));
        CountEnd(exchange, mesh, stats, loop);
        CountFlags(exchange, mesh, stats, loop);
    }

    /// <summary>Counts it in Istio's metrics.</summary>
    /// <param name="exchange">The exchange.</param>
    /// <param name="mesh">Its state.</param>
    /// <param name="plan">What is counted.</param>
    /// <param name="line">What labels are read from; not used unless the plan reads.</param>
    public static void Record(Exchange exchange, MeshState mesh, MeshMetricsPlan plan, scoped in MeshLogLine line)
    {
        UpstreamEndpoint? endpoint = exchange.Attempt.Endpoint;
        int destination = endpoint?.Place.MetricDestination is > 0 and int known ? known : mesh.Destination?.Cluster?.MetricDestination ?? MeshSeries.NoDestination;
        MeshMetricFacts facts = new()
        {
            Key = MeshSeriesKey.Of(destination, exchange.Status, mesh.Flags, mesh.IsGrpc, mesh.IsGrpc ? GrpcStatus(exchange) : -1),
            Duration = exchange.Worker.Loop.NowMilliseconds - exchange.StartedAt,
            RequestBytes = Received(exchange),
            ResponseBytes = Sent(exchange),
        };
        plan.Record(exchange.Worker.Loop.Id, in facts, in line);
    }

    private static void CountEnd(Exchange exchange, MeshState mesh, GatewayStats stats, int loop)
    {
        switch (exchange.Failure)
        {
            case Failure.DownstreamGone:
                stats.Count(GatewayCounter.ReceivedResets, loop);
                break;
            case Failure.UpstreamTruncated:
                stats.Count(GatewayCounter.SentResets, loop);
                stats.Count(GatewayCounter.LateResets, loop);
                break;
            case Failure.StreamIdle or Failure.DownstreamSlow or Failure.DownstreamTimeout:
                stats.Count(GatewayCounter.StreamTimeouts, loop);
                break;
            case Failure.OverMemory:
                stats.Count(GatewayCounter.Overloads, loop);
                break;
            case Failure.NoRoute:
                stats.Count(GatewayCounter.NoRoute, loop);
                break;
            case Failure.NoCluster:
                stats.Count(GatewayCounter.NoCluster, loop);
                break;
            default:
                break;
        }

        switch (exchange.WireError)
        {
            case WireError.HeadTimeout:
                stats.Count(GatewayCounter.HeadTimeouts, loop);
                break;
            case WireError.BodyTooLarge:
                stats.Count(GatewayCounter.TooLarge, loop);
                break;
            default:
                break;
        }

        if (exchange.Status == 101)
        {
            stats.Count(GatewayCounter.Upgrades, loop);
        }

        if (mesh.ReachedRouter)
        {
            stats.Count(GatewayCounter.Routed, loop);
        }
    }

    private static void CountFlags(Exchange exchange, MeshState mesh, GatewayStats stats, int loop)
    {
        if ((mesh.Flags & (ResponseFlags.FaultInjected | ResponseFlags.DelayInjected)) != 0)
        {
            stats.Count(GatewayCounter.Aborts, loop, (mesh.Flags & ResponseFlags.FaultInjected) != 0 ? 1 : 0);
            stats.Count(GatewayCounter.Delays, loop, (mesh.Flags & ResponseFlags.DelayInjected) != 0 ? 1 : 0);
        }

        if (ReferenceEquals(mesh.Details, MeshReplies.DirectResponse))
        {
            bool isRedirect = mesh.Route?.Action is null or MeshRouteAction.Redirect;
            stats.Count(isRedirect ? GatewayCounter.Redirects : GatewayCounter.DirectResponses, loop);
        }
        else if (ReferenceEquals(mesh.Details, MeshReplies.PathNormalised.Details) && exchange.Status == 307)
        {
            stats.Count(GatewayCounter.NormalisedPaths, loop);
        }
    }

    private static long Received(Exchange exchange) => exchange.Request.HeadLength + (exchange.HasBody ? exchange.RequestBody.BytesRead : 0);

    private static long Sent(Exchange exchange) =>
        exchange.ResponseHeadBytes + (exchange.ResponseStarted ? exchange.ResponseBody.BytesWritten : 0) + exchange.TunnelBytes;

    private static int GrpcStatus(Exchange exchange)
    {
        ReadOnlySpan<byte> value = exchange.FromUpstream ? exchange.Attempt.ResponseBody.Trailers.FirstValue(KnownHeader.GrpcStatus) : default;
        value = value.IsEmpty ? exchange.Response.Headers.FirstValue(KnownHeader.GrpcStatus) : value;
        return !value.IsEmpty && Utf8Parser.TryParse(value, out int status, out int used) && used == value.Length ? status : -1;
    }
}
