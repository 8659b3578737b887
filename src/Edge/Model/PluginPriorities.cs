using System.Collections.Frozen;

namespace VoltageSoda.Edge.Model;

/// <summary>
/// The order of execution of Kong's bundled plugins: <c>PRIORITY</c> of each <c>kong/plugins/*/handler.lua</c>, higher first, the same in
/// every phase. Immutable.
/// </summary>
public static class PluginPriorities
{
    /// <summary>
    /// Priority of the last authentication plugin that is built. Plugins below it see the consumer; those above run before anybody is known.
    /// No plugin that may be set for a consumer stands between the authentication plugins, so that one border is exact.
    /// </summary>
    public const int LastAuthentication = 1100;

    private static readonly FrozenDictionary<string, int> Known = new Dictionary<string, int>(StringComparer.Ordinal)
    {
        ["pre-function"] = 1_000_000,
        ["correlation-id"] = 100_001,
        ["zipkin"] = 100_000,
        ["bot-detection"] = 2500,
        ["cors"] = 2000,
        ["session"] = 1900,
        ["acme"] = 1705,
        ["jwt"] = 1450,
        ["oauth2"] = 1400,
        ["key-auth"] = 1250,
        ["ldap-auth"] = 1200,
        ["basic-auth"] = LastAuthentication,
        ["hmac-auth"] = 1030,
        ["grpc-gateway"] = 998,
        ["ip-restriction"] = 990,
        ["request-size-limiting"] = 951,
        ["acl"] = 950,
        ["rate-limiting"] = 910,
        ["token-bucket"] = 909,
        ["response-ratelimiting"] = 900,
        ["request-transformer"] = 801,
        ["response-transformer"] = 800,
        ["redirect"] = 779,
        ["ai-request-transformer"] = 777,
        ["ai-prompt-template"] = 773,
        ["ai-prompt-decorator"] = 772,
        ["ai-prompt-guard"] = 771,
        ["ai-proxy"] = 770,
        ["ai-response-transformer"] = 769,
        ["standard-webhooks"] = 760,
        ["aws-lambda"] = 750,
        ["azure-functions"] = 749,
        ["proxy-cache"] = 100,
        ["opentelemetry"] = 14,
        ["prometheus"] = 13,
        ["http-log"] = 12,
        ["statsd"] = 11,
        ["datadog"] = 10,
        ["file-log"] = 9,
        ["udp-log"] = 8,
        ["tcp-log"] = 7,
        ["loggly"] = 6,
        ["syslog"] = 4,
        ["grpc-web"] = 3,
        ["request-termination"] = 2,
        ["post-function"] = -1000,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The priority of a plugin; below all others for a name that is not bundled.</summary>
    public static int Of(string name) => Known.GetValueOrDefault(name, int.MinValue);

    /// <summary>True for a plugin that runs before any consumer is identified, so that an instance for a consumer never runs.</summary>
    public static bool RunsBeforeConsumers(string name) => Of(name) >= LastAuthentication;
}
