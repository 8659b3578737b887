using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Relay;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Transport.Async;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>
/// Steps 8 to 10: tries endpoints until one answers with a response head or no further try is allowed (Kong's <c>retries</c> with nginx's
/// rules: never after a response began, never a request of a non-idempotent method that may have been received). Stateless.
/// </summary>
internal static class AttemptRunner
{
    /// <summary>On success the response head is in the exchange, and the attempt holds the lease and the body behind it.</summary>
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    public static async ValueTask<Failure> RunAsync(Exchange exchange)
    {
        ServicePlan service = exchange.Route!.Service!;
        Attempt attempt = exchange.Attempt;
        EdgeWorker worker = exchange.Worker;
        ServingOptions options = exchange.Options;
        exchange.Cluster = service.Cluster;
        exchange.ConnectTimeout = service.ConnectTimeout;
        exchange.ProxiedAt = worker.Loop.NowMilliseconds;
        exchange.UpstreamRead.Reset(service.ReadTimeout);
        exchange.UpstreamWrite.Reset(service.WriteTimeout);
        bool idempotent = IsIdempotent(exchange.Method);
        exchange.Replay.Begin(exchange.HasBody && idempotent && service.Retries != 0 ? options.ReplayBytes : 0);
        if (service.Cluster.HashInputs is { } inputs)
        {
            attempt.Hash = HashKey.Compute(exchange, inputs);
        }
        else if (service.Cluster.Key is { } key)
        {
            attempt.HasKey = HashKey.TryCompute(exchange, key, out ulong hash);
            attempt.Hash = hash;
        }

        int policyRetries = 0;
        bool fresh = false;
        bool stale = false;
        while (true)
        {
            long choosing = worker.Loop.NowMilliseconds;
            Failure failure = fresh ? Failure.None : await AttemptSteps.ChooseAsync(exchange, service.Cluster);
            if (failure == Failure.None)
            {
                attempt.BeginCounting(worker.Loop.NowMilliseconds);
                TraceStep.BeginTry(exchange, attempt.Endpoint!);
                attempt.Record(worker.UnixMilliseconds, (int)(attempt.ChosenAt - choosing));
                failure = await AttemptSteps.AcquireAsync(exchange, fresh);
                if (failure == Failure.None)
                {
                    failure = await AttemptSteps.SendAsync(exchange);
                    if (failure == Failure.None)
                    {
                        AttemptReport.Answered(exchange);
                        TraceStep.EndTry(exchange, Failure.None);
                        return Failure.None;
                    }

                    await AttemptSteps.EndSendingAsync(exchange);
                    AttemptSteps.Abandon(exchange, failure);
                }

                TraceStep.EndTry(exchange, failure);

                // A pooled connection that the upstream closed while it was idle says nothing about the endpoint: one more on a new
                // connection, which counts as no retry.
                fresh = !stale && failure == Failure.UpstreamClosed && attempt.WasReused && !attempt.SawResponse;
                stale |= fresh;
                if (!fresh)
                {
                    AttemptReport.Failed(exchange, failure);
                }

                if (FailureTable.For(failure).BlamesEndpoint)
                {
                    attempt.RecordFailure(FailureTable.For(failure).Status);
                }

                attempt.EndCounting();
            }

            if (exchange.Interrupted is Failure.DownstreamGone or Failure.DownstreamTimeout or Failure.DownstreamInvalid or Failure.DownstreamSlow)
            {
                return exchange.Interrupted;
            }

            RetryRule rule = FailureTable.For(failure).Retry;
            bool repeatable = rule == RetryRule.Always
                || (rule == RetryRule.IfIdempotent && (!attempt.SentRequest || (idempotent && CanReplay(exchange))));
            if (!repeatable)
            {
                return failure;
            }

            if (!fresh)
            {
                if (policyRetries++ >= service.Retries)
                {
                    return failure;
                }

                attempt.MarkTried(attempt.Endpoint!.Policy);
            }

            exchange.Interrupted = Failure.None;
            exchange.StopsSending = false;
            service.Cluster.Metrics.Retried(worker.Loop.Id);
            worker.Metrics.Retried();
        }
    }

    // Kong retries everything but what nginx calls non-idempotent: POST, LOCK and PATCH.
    private static bool IsIdempotent(ReadOnlySpan<byte> method) =>
        !(method.SequenceEqual("POST"u8) || method.SequenceEqual("PATCH"u8) || method.SequenceEqual("LOCK"u8));

    private static bool CanReplay(Exchange exchange) =>
        !exchange.HasBody || exchange.Collected is not null || exchange.Replay.IsComplete;
}
