using System.Runtime.CompilerServices;
using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Snapshot.Mesh;
using VoltageSoda.Edge.Telemetry.MeshLog;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Exchanges.Mesh;

/// <summary>
/// Steps 8 to 10 by Envoy's rules (<c>envoy: source/common/router/router.cc</c>, <c>retry_state_impl.cc</c>): <c>retryOn</c> alone decides, within the
/// route's time, the number of retries, the cluster's limit of concurrent ones and the room for the body's replay; nothing is tried again once a
/// byte of an answer went down. Stateless.
/// </summary>
internal static class MeshAttempts
{
    private static readonly RetryConcurrency Unlimited = new(int.MaxValue, static () => 0);

    /// <summary>On success the response head is in the exchange, and the attempt holds the lease and the body behind it.</summary>
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    public static async ValueTask<Failure> RunAsync(Exchange exchange, MeshState mesh)
    {
        MeshRoutePlan route = mesh.Route!;
        Attempt attempt = exchange.Attempt;
        EventLoop loop = exchange.Worker.Loop;
        Begin(exchange, mesh, route);
        while (true)
        {
            ValueTask<Failure> choosing = AttemptSteps.ChooseAsync(exchange, exchange.Cluster!);
            Failure failure = choosing.IsCompleted ? choosing.Result : await MeshWaiting.ForAsync(exchange, mesh, choosing);
            if (failure == Failure.None)
            {
                bool connected = false;
                attempt.BeginCounting(loop.NowMilliseconds);
                if (attempt.Number > 1)
                {
                    MeshPreparation.WriteRetry(exchange, mesh);
                }

                ValueTask<Failure> acquiring = AttemptSteps.AcquireAsync(exchange, fresh: false);
                failure = acquiring.IsCompleted ? acquiring.Result : await MeshWaiting.ForAsync(exchange, mesh, acquiring);
                if (failure == Failure.None)
                {
                    connected = true;
                    mesh.Connected(attempt.Connection!);
                    failure = await AttemptSteps.SendAsync(exchange);
                    mesh.TryDeadline.Stop();
                    mesh.IsOnConnection = false;
                    if (failure == Failure.None)
                    {
                        mesh.AnsweredAt = loop.NowMilliseconds;
                        AttemptReport.Answered(exchange);
                        if (!ShouldRetryAnswer(exchange, mesh, route))
                        {
                            exchange.Cluster!.CountAnswer(attempt.Endpoint, exchange.Response.Status, loop.Id);
                            return Failure.None;
                        }

                        await AttemptSteps.EndSendingAsync(exchange);
                        int answered = exchange.Response.Status;
                        GiveUpAnswer(exchange);
                        if (await PauseAsync(exchange, mesh, route, answered) is not Failure.None and var over)
                        {
                            return over;
                        }

                        continue;
                    }

                    await AttemptSteps.EndSendingAsync(exchange);
                    AttemptSteps.Abandon(exchange, failure);
                }

                // An exchange whose time ends while it waits for a connection has seen nothing of the endpoint.
                AttemptReport.Failed(exchange, failure == Failure.RouteTimeout && !connected ? Failure.None : failure);
                attempt.EndCounting();
            }

            if (IsFinal(exchange.Interrupted))
            {
                return exchange.Interrupted;
            }

            if (failure is Failure.NoHealthyEndpoint or Failure.NameResolution || !ShouldRetryReset(exchange, mesh, route, failure))
            {
                return failure;
            }

            if (await PauseAsync(exchange, mesh, route, answered: 0) is not Failure.None and var interrupted)
            {
                return interrupted;
            }
        }
    }

    /// <summary>The answer when no attempt brought one.</summary>
    public static MeshReply ReplyTo(Exchange exchange, MeshState mesh, Failure failure)
    {
        // Nothing of a head that an upstream sent belongs to our own answer.
        exchange.Response.Reset();
        if (failure == Failure.DownstreamInvalid)
        {
            return MeshReplies.For(exchange.WireError);
        }

        if (failure == Failure.PoolOverflow && exchange.Snapshot.Mesh.OwnFields.Debug)
        {
            exchange.Response.Headers.Add("x-envoy-overloaded"u8, "true"u8);
        }

        MeshReply reply = MeshReplies.For(failure, mesh.Retry.Count != 0, mesh.ConnectFailure);
        if (reply.Status >= 500)
        {
            // Envoy counts what stands for the upstream's answer as one.
            bool hadEndpoint = failure is not (Failure.NoHealthyEndpoint or Failure.NameResolution);
            exchange.Cluster!.CountAnswer(hadEndpoint ? exchange.Attempt.Endpoint : null, reply.Status, exchange.Worker.Loop.Id);
        }

        return reply;
    }

    private static void Begin(Exchange exchange, MeshState mesh, MeshRoutePlan route)
    {
        exchange.ProxiedAt = exchange.Worker.Loop.NowMilliseconds;
        exchange.UpstreamRead.Reset(exchange.Options.StreamIdleTimeout);
        exchange.UpstreamWrite.Reset(exchange.Options.StreamIdleTimeout);
        exchange.Replay.Begin(exchange.HasBody && (route.RetryPolicy.Retries != 0 || !route.Mirrors.IsEmpty) ? exchange.Options.ReplayBytes : 0);
        if (!exchange.HasBody)
        {
            // What a tunnel will carry is part of its request: it has no last byte, and the route's time does not begin.
            if (!exchange.Request.IsWebSocketUpgrade)
            {
                mesh.Relayed(exchange);
            }
        }
        else if (exchange.RequestBody.IsReceived)
        {
            mesh.Received(exchange.ProxiedAt);
        }
    }

    // The client or the exchange's own time ended it; only an attempt's time leaves room for another.
    private static bool IsFinal(Failure interrupted) => interrupted is not (Failure.None or Failure.AttemptTimeout);

    private static bool MayRetry(Exchange exchange, MeshState mesh) => !mesh.SentInterim && (!exchange.HasBody || exchange.Replay.IsComplete);

    private static bool ShouldRetryAnswer(Exchange exchange, MeshState mesh, MeshRoutePlan route)
    {
        ResponseHead response = exchange.Response;
        RetryConditions conditions = route.RetryPolicy.Conditions;
        bool matches = exchange.Interrupted == Failure.None && response.Status != 101
            && conditions.Matches(response.Status, GrpcReply.StatusIn(response.Headers), response.Headers.IndexOf("x-envoy-ratelimited"u8) >= 0);
        return Decide(exchange, mesh, matches && MayRetry(exchange, mesh));
    }

    private static bool ShouldRetryReset(Exchange exchange, MeshState mesh, MeshRoutePlan route, Failure failure)
    {
        ResetKind? kind = failure switch
        {
            Failure.ConnectFailed or Failure.ConnectTimeout => ResetKind.ConnectFailed,
            Failure.AttemptTimeout => ResetKind.PerTryTimeout,
            Failure.UpstreamClosed or Failure.UpstreamInvalid => ResetKind.Broken,
            _ => null,
        };
        bool sent = kind != ResetKind.ConnectFailed && exchange.Attempt.SentRequest;
        return Decide(exchange, mesh, kind is { } reset && route.RetryPolicy.Conditions.Matches(reset, sent) && MayRetry(exchange, mesh));
    }

    private static bool Decide(Exchange exchange, MeshState mesh, bool isRetriable)
    {
        switch (mesh.Retry.Decide(isRetriable, RetriesOf(exchange)))
        {
            case RetryDecision.Retry:
                return true;
            case RetryDecision.Exhausted when mesh.Route!.RetryPolicy.Retries != 0:
                mesh.Flags |= ResponseFlags.RetryLimitExceeded;
                return false;
            case RetryDecision.Overflow:
                mesh.Flags |= ResponseFlags.UpstreamOverflow;
                return false;
            default:
                return false;
        }
    }

    private static RetryConcurrency RetriesOf(Exchange exchange) => exchange.Cluster!.Guard?.Retries ?? Unlimited;

    // An answer that is tried again goes no further; its connection is good only when nothing of it is missing.
    private static void GiveUpAnswer(Exchange exchange)
    {
        Attempt attempt = exchange.Attempt;
        bool whole = exchange.Response.KeepAlive && attempt.ResponseBody.IsComplete && !attempt.ResponseBody.HasLeftOver
            && exchange.SendOutcome == Relay.RelayOutcome.Done && !exchange.StopsSending;
        AttemptSteps.ReturnLease(exchange, whole);
        exchange.FromUpstream = false;
        exchange.Response.Reset();
    }

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    private static async ValueTask<Failure> PauseAsync(Exchange exchange, MeshState mesh, MeshRoutePlan route, int answered)
    {
        Attempt attempt = exchange.Attempt;
        MeshClusterPlan cluster = mesh.Destination!.Cluster!;
        exchange.Cluster!.CountRetried(attempt.Endpoint!, answered, exchange.Worker.Loop.Id);
        if (route.RetryPolicy.AvoidsTried(cluster.Key is not null, route.Destinations.Length))
        {
            attempt.MarkTried(attempt.Endpoint!.Policy);
        }

        if (route.RetryPolicy.UsesRemoteLocalities)
        {
            attempt.MarkPriority(exchange.Cluster!.Endpoints);
        }

        exchange.StopsSending = false;
        exchange.SendOutcome = Relay.RelayOutcome.Done;
        exchange.Cluster!.Metrics.Retried(exchange.Worker.Loop.Id);
        exchange.Worker.Metrics.Retried();
        if (exchange.Interrupted == Failure.AttemptTimeout)
        {
            exchange.Interrupted = Failure.None;
        }

        double random = (exchange.Worker.RequestIds.Next() >> 11) * (1.0 / (1UL << 53));
        long pause = route.RetryPolicy.Backoff.Before(mesh.Retry.Count, random);
        return await MeshWaiting.PauseAsync(exchange, mesh, pause);
    }
}
