using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using VoltageSoda.Edge.Exchanges.Mesh;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Relay;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Transport.Async;
using VoltageSoda.Edge.Upstream;
using VoltageSoda.Edge.Upstream.Tls;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>
/// Steps 8 and 9 of one attempt, and the end of its lease, as every dialect takes them; who tries again and when is the business of the
/// runners. Stateless.
/// </summary>
internal static partial class AttemptSteps
{
    /// <summary>Step 8: an endpoint for the attempt.</summary>
    public static ValueTask<Failure> ChooseAsync(Exchange exchange, Cluster cluster)
    {
        if (cluster.Resolution == ClusterResolution.Pending)
        {
            return exchange.Mesh is { } mesh ? WaitForNamesAsync(exchange, mesh, cluster) : WaitForNamesAsync(exchange, cluster);
        }

        return new ValueTask<Failure>(Choose(exchange, cluster));
    }

    private static Failure Choose(Exchange exchange, Cluster cluster)
    {
        EventLoop loop = exchange.Worker.Loop;
        PickQuery query = new()
        {
            Tried = exchange.Attempt.Tried,
            Hash = exchange.Attempt.Hash,
            HasKey = exchange.Attempt.HasKey,
            ExcludedPriorities = exchange.Attempt.ExcludedPriorities,
            Now = loop.NowMilliseconds,
            Random = cluster.MeasuresLatency || cluster.Guard is not null || exchange.Mesh is not null ? exchange.Worker.RequestIds.Next() : 0,
        };
        UpstreamPick pick = cluster.Choose(loop.Id, in query);
        if (pick.Endpoint is not { } endpoint)
        {
            // Targets whose names have no address leave an upstream empty; only the host of a service is told by its name.
            return cluster.Resolution == ClusterResolution.Failed && !cluster.IsUpstream
                ? Failure.NameResolution
                : Failure.NoHealthyEndpoint;
        }

        exchange.Attempt.Endpoint = endpoint;
        exchange.Attempt.Ticket = pick.Ticket;
        return Failure.None;
    }

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    private static async ValueTask<Failure> WaitForNamesAsync(Exchange exchange, Cluster cluster)
    {
        try
        {
            await cluster.FirstAnswer.WaitAsync(TimeSpan.FromMilliseconds(exchange.ConnectTimeout));
        }
        catch (TimeoutException)
        {
            return Failure.NameResolution;
        }

        return exchange.Interrupted != Failure.None ? exchange.Interrupted : Choose(exchange, cluster);
    }

    // Ends with the exchange's time, or its client.
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    private static async ValueTask<Failure> WaitForNamesAsync(Exchange exchange, MeshState mesh, Cluster cluster)
    {
        Failure failure = await MeshWaiting.ForNamesAsync(exchange, mesh, cluster);
        return failure != Failure.None ? failure : Choose(exchange, cluster);
    }

    /// <summary>Step 9: a connection to it; <paramref name="fresh"/> passes idle ones by.</summary>
    public static ValueTask<Failure> AcquireAsync(Exchange exchange, bool fresh)
    {
        Attempt attempt = exchange.Attempt;
        ConnectionPool pool = attempt.Endpoint!.PoolOf(exchange.Worker.Upstream);
        if (exchange.KeepsHost && attempt.Endpoint.Tls is { } tls)
        {
            pool = PoolForHost(exchange, pool, tls);
        }

        if (!fresh && !pool.IsCircuit && pool.TryTakeIdle(out UpstreamConnection connection))
        {
            attempt.Lease(pool.Lease(connection));
            return new ValueTask<Failure>(Failure.None);
        }

        return AcquireSlowAsync(exchange, pool, fresh);
    }

    // Who is asked for and verified is the Host that is sent, as with Kong's proxy_ssl_name and Envoy's auto_sni; a DestinationRule may name another.
    private static ConnectionPool PoolForHost(Exchange exchange, ConnectionPool pool, UpstreamTls tls) =>
        tls.FollowsHost || (exchange.Mesh is null && exchange.Route?.Service?.Source.Protocol == "https")
            ? pool.For(exchange.Request.Headers.FirstValue(KnownHeader.Host))
            : pool;

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    private static async ValueTask<Failure> AcquireSlowAsync(Exchange exchange, ConnectionPool pool, bool fresh)
    {
        AcquireResult result = await exchange.Attempt.AcquireAsync(pool, exchange.ConnectTimeout, fresh);
        if (result.Connection is { } connection)
        {
            exchange.Attempt.Lease(connection);
            if (exchange.Interrupted != Failure.None)
            {
                // The client left while we waited: nothing was sent, so the connection is as good as new.
                exchange.Attempt.Connection = null;
                pool.Return(connection, reusable: true);
                return exchange.Interrupted;
            }

            return Failure.None;
        }

        if (exchange.Interrupted != Failure.None)
        {
            return exchange.Interrupted;
        }

        if (exchange.Mesh is { } mesh)
        {
            mesh.ConnectFailure = result.Reason;
        }

        if (result.Failure == AcquireFailure.Overflow)
        {
            return Failure.PoolOverflow;
        }

        exchange.Cluster!.RefreshNames?.Invoke();
        return result.Failure == AcquireFailure.ConnectTimeout ? Failure.ConnectTimeout : Failure.ConnectFailed;
    }

    /// <summary>Gives the lease back, once; safe to call when there is none.</summary>
    public static void ReturnLease(Exchange exchange, bool reusable)
    {
        Attempt attempt = exchange.Attempt;
        if (attempt.Connection is not { } connection)
        {
            return;
        }

        attempt.Connection = null;
        bool isBusy = !exchange.FromUpstream || !attempt.ResponseBody.IsComplete;
        attempt.ResponseBody.End();
        attempt.EndCounting();
        if (reusable)
        {
            connection.Pool.Return(connection, reusable: true);
        }
        else
        {
            connection.Pool.Abort(connection, isBusy);
        }
    }

    /// <summary>Waits for a request body relay that is still running; the caller has cancelled what it waits for, if need be.</summary>
    public static ValueTask<RelayOutcome> EndSendingAsync(Exchange exchange)
    {
        if (!exchange.HasSending)
        {
            return new ValueTask<RelayOutcome>(RelayOutcome.Done);
        }

        exchange.HasSending = false;
        if (exchange.IsSendingBody)
        {
            exchange.StopsSending = true;
            exchange.RequestBody.CancelWait();
            exchange.Attempt.Connection?.Output.CancelPendingFlush();
        }

        ValueTask<RelayOutcome> sending = exchange.Sending;
        exchange.Sending = default;
        return sending;
    }

    /// <summary>Gives up the connection of an attempt that failed; called exactly once for each that got one.</summary>
    public static void Abandon(Exchange exchange, Failure failure)
    {
        Attempt attempt = exchange.Attempt;
        if (attempt.Connection is not null)
        {
            Telemetry.UpstreamResetStage stage = attempt.WasReused && !attempt.SawResponse
                ? Telemetry.UpstreamResetStage.Reused
                : Telemetry.UpstreamResetStage.Head;
            if (FailureTable.For(failure).BlamesEndpoint)
            {
                exchange.Cluster!.Metrics.ConnectionReset(exchange.Worker.Loop.Id, stage);
            }

            ReturnLease(exchange, reusable: false);
        }

        System.Diagnostics.Debug.Assert(failure != Failure.None);
    }

    /// <summary>Gives back a connection on which nothing was sent.</summary>
    public static void ReturnUnused(Exchange exchange)
    {
        Attempt attempt = exchange.Attempt;
        UpstreamConnection connection = attempt.Connection!;
        attempt.Connection = null;
        connection.Pool.Return(connection, reusable: true);
    }
}
