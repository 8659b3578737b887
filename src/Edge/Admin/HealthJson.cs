using System.Text.Json.Nodes;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Upstream.Health;

namespace VoltageSoda.Edge.Admin;

/// <summary>Health of upstreams in Kong's words (<c>kong/runloop/balancer/init.lua</c>, <c>kong/db/dao/targets.lua</c>). Pure.</summary>
internal static class HealthJson
{
    public static string Word(TargetHealth health) => health switch
    {
        TargetHealth.Healthy => "HEALTHY",
        TargetHealth.Unhealthy => "UNHEALTHY",
        TargetHealth.DnsError => "DNS_ERROR",
        _ => "HEALTHCHECKS_OFF",
    };

    /// <summary>The answer of <c>?balancer_health=1</c>.</summary>
    public static JsonObject Balancer(UpstreamHealthView upstream)
    {
        JsonArray hosts = [];
        foreach (TargetHealthView target in upstream.Targets)
        {
            hosts.Add((JsonNode)Host(target));
        }

        return new JsonObject
        {
            ["id"] = upstream.Id.ToString(),
            ["health"] = Word(upstream.Health),
            ["balancer_health"] = Word(upstream.Health),
            ["details"] = new JsonObject { ["healthy"] = upstream.IsServing, ["weight"] = Weight(upstream.Weight), ["hosts"] = hosts },
        };
    }

    /// <summary>What a target resolves to, with weights.</summary>
    public static JsonObject Host(TargetHealthView target)
    {
        JsonArray addresses = [];
        foreach (AddressHealthView address in target.Addresses)
        {
            addresses.Add((JsonNode)new JsonObject
            {
                ["ip"] = address.Ip,
                ["port"] = address.Port,
                ["weight"] = address.Weight,
                ["health"] = Word(address.Health),
            });
        }

        return new JsonObject
        {
            ["host"] = target.Host,
            ["port"] = target.Port,
            ["dns"] = target.Dns,
            ["nodeWeight"] = target.NodeWeight,
            ["weight"] = Weight(target.Weight),
            ["addresses"] = addresses,
        };
    }

    private static JsonObject Weight(WeightTotals weight) =>
        new() { ["total"] = weight.Total, ["available"] = weight.Available, ["unavailable"] = weight.Unavailable };
}
