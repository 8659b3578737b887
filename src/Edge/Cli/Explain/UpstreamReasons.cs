using System.Text;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Upstream;
using VoltageSoda.Edge.Upstream.Health;

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
        null)
    {
        Algorithm = exchange.Route!.Service!.Cluster is { IsUpstream: true } or { Guard: not null } ? exchange.Route.Service.Cluster.Algorithm : null,
        Hash = exchange.Route!.Service!.Cluster.HashInputs is { } inputs ? HashOf(exchange, inputs) : null,
        Checks = exchange.Route!.Service!.Cluster.Health is { } health ? ChecksOf(health) : null,
    };

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
                        : null)
                {
                    Health = row.Health is TargetHealth.Healthy or TargetHealth.Unhealthy ? row.Health.ToString().ToLowerInvariant() : null,
                    Tls = endpoints.GetValueOrDefault(row.Address)?.Tls is { } tls
                        ? $"{(tls.Verify ? "verified" : "not verified")}, as {tls.ServerName}{(tls.Client is null ? "" : ", with a client certificate")}"
                        : null,
                }),
            ],
            Hash = upstream.Hash is { } hash ? hash with { Endpoint = OwnerOf(hash.Value, cluster.Cluster) } : null,
            Note = Note(rows, cluster.Cluster.IsUpstream),
        };
        bool nowhere = rows.All(static row => row.Weight == 0);
        return explanation with { Upstream = upstream, Outcome = nowhere ? NoEndpoint(upstream) : explanation.Outcome };
    }

    // Names may resolve where the edge runs and not here; that nothing has weight is the configuration's own word.
    private static ExplainedHash HashOf(Exchange exchange, HashInputs inputs)
    {
        KeyBuffer key = new(stackalloc byte[256]);
        HashInput? input = HashKey.Read(exchange, inputs, ref key);
        string value = Encoding.Latin1.GetString(key.Written);
        key.Dispose();
        string name = input is null ? "nothing" : $"{Kind(input.Kind)} {input.Name}".TrimEnd();
        return new ExplainedHash(exchange.SetsHashCookie is null ? name : $"{name}, set by the answer", value, null);
    }

    private static string Kind(HashInputKind kind) => kind switch
    {
        HashInputKind.QueryArgument => "query_arg",
        HashInputKind.UriCapture => "uri_capture",
        _ => kind.ToString().ToLowerInvariant(),
    };

    private static string? OwnerOf(string value, Cluster cluster)
    {
        PickQuery query = new() { Hash = XxHash32.Compute(Encoding.Latin1.GetBytes(value)) };
        return cluster.Pick(0, in query).Endpoint?.Address;
    }

    private static string ChecksOf(ClusterHealth health)
    {
        List<string> parts = [];
        KongActiveCheck active = health.Checks.Active;
        if (health.Probes)
        {
            parts.Add(FormattableString.Invariant(
                $"by {active.Type} probes every {active.HealthyInterval.TotalSeconds} s while healthy and {active.UnhealthyInterval.TotalSeconds} s while not (0 never)"));
        }

        if (health.Passive.HttpFailures + health.Passive.TcpFailures + health.Passive.Timeouts > 0)
        {
            parts.Add($"by real traffic: {health.Passive.HttpFailures} bad statuses, {health.Passive.TcpFailures} connection failures or "
                + $"{health.Passive.Timeouts} timeouts take out (0 never)");
        }

        return string.Join("; ", parts);
    }

    private static string? Note(TargetHealthRow[] rows, bool isUpstream) =>
        rows.Length == 0 ? "the upstream has no target"
        : rows.All(static row => row.Weight == 0) ? "no target has weight"
        : rows.All(static row => row.Health == TargetHealth.DnsError)
            ? $"no name has an address on this machine; where that is so the gateway answers 503 {FailureTable.For(isUpstream ? Failure.NoHealthyEndpoint : Failure.NameResolution).Message}"
        : null;

    private static ExplainedOutcome NoEndpoint(ExplainedUpstream upstream)
    {
        ref readonly FailureAnswer answer = ref FailureTable.For(Failure.NoHealthyEndpoint);
        return new ExplainedOutcome(OutcomeKind.Answered, answer.Status, answer.Message, "upstream " + upstream.Cluster, []);
    }
}
