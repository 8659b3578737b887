using System.Text.Json.Nodes;
using VoltageSoda.Edge.Admin.Schemas;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Admin.Entities;

/// <content>Upstreams and targets.</content>
internal sealed partial class EntityJson
{
    public JsonObject Upstream(KongUpstream upstream) => Stamped(upstream, new JsonObject
    {
        ["name"] = upstream.Name,
        ["algorithm"] = upstream.Algorithm switch
        {
            KongBalancing.ConsistentHashing => "consistent-hashing",
            KongBalancing.LeastConnections => "least-connections",
            KongBalancing.Latency => "latency",
            _ => "round-robin",
        },
        ["hash_on"] = upstream.HashOn.Kind,
        ["hash_fallback"] = upstream.HashFallback.Kind,
        ["hash_on_header"] = Input(upstream.HashOn, "header"),
        ["hash_fallback_header"] = Input(upstream.HashFallback, "header"),
        ["hash_on_cookie"] = Input(upstream.HashOn, "cookie") ?? Input(upstream.HashFallback, "cookie"),
        ["hash_on_cookie_path"] = upstream.HashOnCookiePath,
        ["hash_on_query_arg"] = Input(upstream.HashOn, "query_arg"),
        ["hash_fallback_query_arg"] = Input(upstream.HashFallback, "query_arg"),
        ["hash_on_uri_capture"] = Input(upstream.HashOn, "uri_capture"),
        ["hash_fallback_uri_capture"] = Input(upstream.HashFallback, "uri_capture"),
        ["slots"] = upstream.Slots,
        ["healthchecks"] = new JsonObject
        {
            ["active"] = Active(upstream.Healthchecks.Active),
            ["passive"] = Passive(upstream.Healthchecks.Passive),
            ["threshold"] = KongJson.Number(upstream.Healthchecks.Threshold),
        },
        ["host_header"] = upstream.HostHeader,
        ["client_certificate"] = KongJson.Foreign(upstream.ClientCertificate?.Id),
        ["use_srv_name"] = upstream.UseSrvName,
    });

    /// <summary>Times of a target have milliseconds.</summary>
    public JsonObject Target(KongTarget target, Guid upstream)
    {
        JsonObject json = Stamped(target, new JsonObject
        {
            ["target"] = target.Target,
            ["weight"] = target.Weight,
            ["upstream"] = KongJson.Foreign(upstream),
        });
        double exact = published.ToUnixTimeMilliseconds() / 1000.0;
        json["created_at"] = exact;
        json["updated_at"] = exact;
        return json;
    }

    private static JsonObject Active(KongActiveCheck check) => new()
    {
        ["type"] = check.Type,
        ["timeout"] = Seconds(check.Timeout),
        ["concurrency"] = check.Concurrency,
        ["http_path"] = check.HttpPath,
        ["https_sni"] = check.HttpsSni,
        ["https_verify_certificate"] = check.HttpsVerifyCertificate,
        ["headers"] = ProbeHeaders(check.Headers),
        ["healthy"] = new JsonObject
        {
            ["interval"] = Seconds(check.HealthyInterval),
            ["http_statuses"] = KongJson.Numbers(check.HealthyStatuses),
            ["successes"] = check.Successes,
        },
        ["unhealthy"] = new JsonObject
        {
            ["interval"] = Seconds(check.UnhealthyInterval),
            ["http_statuses"] = KongJson.Numbers(check.UnhealthyStatuses),
            ["tcp_failures"] = check.TcpFailures,
            ["timeouts"] = check.Timeouts,
            ["http_failures"] = check.HttpFailures,
        },
    };

    private static JsonObject Passive(KongPassiveCheck check) => new()
    {
        ["type"] = check.Type,
        ["healthy"] = new JsonObject
        {
            ["http_statuses"] = KongJson.Numbers(check.HealthyStatuses),
            ["successes"] = check.Successes,
        },
        ["unhealthy"] = new JsonObject
        {
            ["http_statuses"] = KongJson.Numbers(check.UnhealthyStatuses),
            ["tcp_failures"] = check.TcpFailures,
            ["timeouts"] = check.Timeouts,
            ["http_failures"] = check.HttpFailures,
        },
    };

    private static JsonObject? ProbeHeaders(IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>> headers)
    {
        if (headers.Count == 0)
        {
            return null;
        }

        JsonObject map = [];
        foreach ((string name, IReadOnlyList<string> values) in headers)
        {
            map[name] = KongJson.Texts(values);
        }

        return map;
    }

    private static string? Input(KongHashInput input, string kind) => input.Kind == kind ? input.Name : null;

    private static JsonNode Seconds(TimeSpan time) => KongJson.Number(time.TotalSeconds);
}
