using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>
/// Tells those who keep count how an attempt went, exactly once per attempt: health by the upstream's own status, by refused or broken
/// connections and by timeouts; the latency average by the time to its answer. Stateless, allocates nothing.
/// </summary>
internal static class AttemptReport
{
    /// <summary>The upstream sent a response head.</summary>
    public static void Answered(Exchange exchange)
    {
        Cluster cluster = exchange.Cluster!;
        UpstreamEndpoint endpoint = exchange.Attempt.Endpoint!;
        cluster.ReportStatus(endpoint, exchange.Response.Status);
        Judge(exchange, cluster, endpoint, UpstreamOutcome.Answered(JudgedStatus(exchange)));
        if (exchange.Mesh is null || exchange.IsShadow)
        {
            // A Gateway's exchange may yet try again.
            cluster.CountAnswer(endpoint, exchange.Response.Status, exchange.Worker.Loop.Id);
        }

        ObserveLatency(exchange, cluster, endpoint);
    }

    /// <summary>The attempt failed; failures that are not the endpoint's say nothing of it.</summary>
    public static void Failed(Exchange exchange, Failure failure)
    {
        Cluster cluster = exchange.Cluster!;
        UpstreamEndpoint endpoint = exchange.Attempt.Endpoint!;
        Judge(exchange, cluster, endpoint, OutcomeOf(failure));
        if (cluster.Guard is { } guard)
        {
            Count(guard.Stats, endpoint, failure, exchange);
        }

        if (!FailureTable.For(failure).BlamesEndpoint)
        {
            return;
        }

        bool timeout = failure == Failure.ConnectTimeout || OutcomeOf(failure).Kind == OutcomeKind.TimedOut;
        cluster.ReportFailure(endpoint, timeout ? HealthSignal.Timeout : HealthSignal.TcpFailure);
        if (timeout)
        {
            // A refusal is quick and would make the endpoint look fast; silence is as slow as it was long.
            ObserveLatency(exchange, cluster, endpoint);
        }
    }

    /// <summary>What a failed attempt says of its endpoint to outlier detection.</summary>
    public static UpstreamOutcome OutcomeOf(Failure failure) => failure switch
    {
        Failure.ConnectFailed or Failure.ConnectTimeout => UpstreamOutcome.ConnectFailed,
        Failure.UpstreamTimeout or Failure.UpstreamWriteTimeout or Failure.AttemptTimeout or Failure.RouteTimeout or Failure.StreamIdle =>
            UpstreamOutcome.TimedOut,
        Failure.UpstreamClosed or Failure.UpstreamInvalid or Failure.UpstreamTruncated => UpstreamOutcome.Reset,
        _ => UpstreamOutcome.Silent,
    };

    // A gRPC status in the head says more than the 200 above it (envoy: router.cc, onUpstreamHeaders).
    private static int JudgedStatus(Exchange exchange) =>
        exchange.Mesh is { IsGrpc: true } && Mesh.GrpcReply.StatusIn(exchange.Response.Headers) is >= 0 and var grpc
            ? Mesh.GrpcReply.HttpStatusOf(grpc)
            : exchange.Response.Status;

    private static void Count(ClusterStats stats, UpstreamEndpoint endpoint, Failure failure, Exchange exchange)
    {
        int loop = exchange.Worker.Loop.Id;
        bool timeout = OutcomeOf(failure).Kind == OutcomeKind.TimedOut;
        if (timeout)
        {
            stats.Count(failure == Failure.AttemptTimeout ? ClusterCounter.PerTryTimeouts : ClusterCounter.Timeouts, loop);
            endpoint.Traffic?.Count(EndpointCounter.Timeouts, loop);
        }

        if (exchange.Attempt.SentRequest && (timeout || failure is Failure.DownstreamGone or Failure.DownstreamTimeout or Failure.DownstreamInvalid))
        {
            stats.Count(ClusterCounter.SentResets, loop);
        }
    }

    private static void Judge(Exchange exchange, Cluster cluster, UpstreamEndpoint endpoint, UpstreamOutcome outcome)
    {
        if (cluster.Guard is not null)
        {
            uint ticket = exchange.Attempt.Ticket;
            exchange.Attempt.Ticket = 0;
            cluster.Report(endpoint, outcome, ticket, exchange.Worker.Loop.Id, exchange.Worker.Loop.NowMilliseconds);
        }
    }

    private static void ObserveLatency(Exchange exchange, Cluster cluster, UpstreamEndpoint endpoint)
    {
        if (cluster.MeasuresLatency)
        {
            long now = exchange.Worker.Loop.NowMilliseconds;
            endpoint.Policy.LatencyObserved(now - exchange.Attempt.ChosenAt, now);
        }
    }
}
