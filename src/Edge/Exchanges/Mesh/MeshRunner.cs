using System.Runtime.CompilerServices;
using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Telemetry.MeshLog;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Exchanges.Mesh;

/// <summary>
/// Takes one exchange of a Gateway listener through its steps, in the order of Envoy's filters (mesh.md section 12). The order is written here and
/// nowhere else. Stateless; everything runs on the exchange's loop, and Settle runs exactly once on every path.
/// </summary>
internal static class MeshRunner
{
    /// <summary>Serves a request whose head is complete. The exchange's <see cref="Exchange.KeepAlive"/> says whether its connection lives on.</summary>
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder))]
    public static async ValueTask RunAsync(Exchange exchange)
    {
        MeshState mesh = exchange.Mesh!;
        try
        {
            Pin(exchange, mesh);
            MeshReply reply = MeshMatch.Match(exchange, mesh);
            if (reply.IsNone && mesh.Route!.Fault is { } fault)
            {
                reply = await InjectAsync(exchange, mesh, fault);
            }

            if (reply.IsNone)
            {
                reply = MeshMatch.Act(exchange, mesh);
            }

            if (reply.IsNone)
            {
                MeshPreparation.Prepare(exchange, mesh);
                Failure failure = await MeshAttempts.RunAsync(exchange, mesh);
                if (failure == Failure.None)
                {
                    await MeshResponder.RespondAsync(exchange, mesh);
                    return;
                }

                exchange.Failure = failure;
                reply = MeshAttempts.ReplyTo(exchange, mesh, failure);
            }

            await MeshResponder.ReplyAsync(exchange, mesh, reply);
        }
        catch (Exception exception)
        {
            // The outermost frame of an exchange: what no branch foresaw ends this exchange only.
            exchange.Failure = Failure.Internal;
            exchange.Interrupted = Failure.Internal;
            exchange.KeepAlive = false;
            exchange.Worker.Crashed(exchange, exception);
            await MeshResponder.GiveUpAsync(exchange, mesh);
        }
        finally
        {
            // The relay still writes to the leased connection: it ends before the lease does.
            await AttemptSteps.EndSendingAsync(exchange);
            AttemptSteps.ReturnLease(exchange, reusable: false);
            MeshSettlement.Settle(exchange, mesh);
        }
    }

    /// <summary>Answers a request whose head was refused; the connection closes afterwards unless the error keeps it.</summary>
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder))]
    public static async ValueTask RefuseAsync(Exchange exchange, WireError error)
    {
        MeshState mesh = exchange.Mesh!;
        exchange.WireError = error;
        exchange.Failure = Failure.DownstreamInvalid;
        Pin(exchange, mesh);
        try
        {
            await MeshResponder.ReplyAsync(exchange, mesh, MeshReplies.For(error));
        }
        finally
        {
            MeshSettlement.Settle(exchange, mesh);
        }
    }

    /// <summary>Step 4.</summary>
    public static void Pin(Exchange exchange, MeshState mesh)
    {
        EdgeWorker worker = exchange.Worker;
        exchange.Snapshot = worker.Snapshots.Current;
        exchange.Options = worker.GatewayOptions;
        exchange.UnixMilliseconds = worker.UnixMilliseconds;
        exchange.StartedUnixMilliseconds = exchange.UnixMilliseconds - (worker.Loop.NowMilliseconds - exchange.StartedAt);
        worker.RequestIds.Write(exchange.RequestId);
        worker.Metrics.RequestStarted();
        mesh.Server = mesh.Entry.Server(exchange.Snapshot);
        mesh.Entry.Stats?.Count(GatewayCounter.Requests, worker.Loop.Id);
    }

    // Envoy's fault filter: the delay first, then the draw for the abort.
    private static ValueTask<MeshReply> InjectAsync(Exchange exchange, MeshState mesh, FaultPolicy fault)
    {
        if (!fault.DrawDelay(exchange.Worker.RequestIds.Next()))
        {
            return new ValueTask<MeshReply>(Abort(exchange, fault));
        }

        mesh.Flags |= ResponseFlags.DelayInjected;
        return DelayAsync(exchange, mesh, fault);
    }

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    private static async ValueTask<MeshReply> DelayAsync(Exchange exchange, MeshState mesh, FaultPolicy fault)
    {
        if (await MeshWaiting.PauseAsync(exchange, mesh, (long)fault.Delay.TotalMilliseconds) is not Failure.None and var failure)
        {
            exchange.Failure = failure;
            return MeshReplies.For(failure);
        }

        return Abort(exchange, fault);
    }

    /// <summary>Draws whether a request is answered by a fault; the reply is none when it goes on.</summary>
    public static MeshReply Abort(Exchange exchange, FaultPolicy fault)
    {
        if (!fault.DrawAbort(exchange.Worker.RequestIds.Next()))
        {
            return MeshReply.None;
        }

        int status = fault.AbortGrpcStatus is { } grpc ? GrpcReply.HttpStatusOf(grpc) : fault.AbortStatus;
        return new MeshReply(status, MeshReplies.FaultAbort, ResponseFlags.FaultInjected, FaultBody, fault.AbortGrpcStatus ?? -1);
    }

    private static readonly byte[] FaultBody = FaultPolicy.AbortBody.ToArray();
}
