using System.Text;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Cli.Explain;

/// <summary>The upstream's side of an explanation: the request as prepared, then the endpoints once their names are answered. Stateless.</summary>
internal static class UpstreamReasons
{
    /// <summary>The request as it would go up, without endpoints. On the loop of the exchange.</summary>
    public static ExplainedUpstream Of(Exchange exchange) => new(
        exchange.Route!.Service!.Cluster.Name,
        null,
        Encoding.Latin1.GetString(exchange.Method),
        Encoding.Latin1.GetString(exchange.UpstreamTarget),
        exchange.KeepsHost ? Encoding.Latin1.GetString(exchange.Request.Headers.FirstValue(KnownHeader.Host)) : null,
        HeaderLines.Of(exchange.Request.Headers, KnownHeader.Host),
        [],
        null);

    /// <summary>Adds the endpoints as far as they are known now.</summary>
    public static Explanation Complete(Explanation explanation, ClusterBuilder cluster, KongModel model)
    {
        ExplainedUpstream upstream = explanation.Upstream!;
        TargetHealthRow[] rows = [.. cluster.View().Rows()];
        Dictionary<string, UpstreamEndpoint> endpoints = [];
        foreach (UpstreamEndpoint endpoint in cluster.Endpoints)
        {
            endpoints.TryAdd(endpoint.Name, endpoint);
        }

        KongUpstream? named = model.Upstreams.FirstOrDefault(candidate => candidate.Name == upstream.Cluster);
        upstream = upstream with
        {
            Place = named is null ? explanation.Route!.ServicePlace : Place.Of(named.Span),
            Endpoints =
            [
                .. rows.Select(row => new ExplainedEndpoint(
                    row.Target,
                    row.Address.Length == 0 ? null : row.Address,
                    row.Weight,
                    upstream.Host is null && endpoints.TryGetValue(row.Address, out UpstreamEndpoint? endpoint)
                        ? Encoding.ASCII.GetString(endpoint.HostHeader.Span)
                        : null)),
            ],
            Note = Note(rows),
        };
        bool nowhere = rows.All(static row => row.Weight == 0);
        return explanation with { Upstream = upstream, Outcome = nowhere ? NoEndpoint(upstream) : explanation.Outcome };
    }

    // Names may resolve where the edge runs and not here; that nothing has weight is the configuration's own word.
    private static string? Note(TargetHealthRow[] rows) =>
        rows.Length == 0 ? "the upstream has no target"
        : rows.All(static row => row.Weight == 0) ? "no target has weight"
        : rows.All(static row => row.Health == TargetHealth.DnsError)
            ? $"no name has an address on this machine; where that is so the gateway answers 503 {FailureTable.For(Failure.NameResolution).Message}"
        : null;

    private static ExplainedOutcome NoEndpoint(ExplainedUpstream upstream)
    {
        ref readonly FailureAnswer answer = ref FailureTable.For(Failure.NoHealthyEndpoint);
        return new ExplainedOutcome(OutcomeKind.Answered, answer.Status, answer.Message, "upstream " + upstream.Cluster, []);
    }
}
