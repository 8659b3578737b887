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
        ObserveLatency(exchange, cluster, endpoint);
    }

    /// <summary>The attempt failed; failures that are not the endpoint's are not told.</summary>
    public static void Failed(Exchange exchange, Failure failure)
    {
        if (!FailureTable.For(failure).BlamesEndpoint)
        {
            return;
        }

        Cluster cluster = exchange.Cluster!;
        UpstreamEndpoint endpoint = exchange.Attempt.Endpoint!;
        bool timeout = failure is Failure.ConnectTimeout or Failure.UpstreamTimeout or Failure.UpstreamWriteTimeout;
        cluster.ReportFailure(endpoint, timeout ? HealthSignal.Timeout : HealthSignal.TcpFailure);
        if (timeout)
        {
            // A refusal is quick and would make the endpoint look fast; silence is as slow as it was long.
            ObserveLatency(exchange, cluster, endpoint);
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
