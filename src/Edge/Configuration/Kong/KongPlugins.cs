using System.Collections.Frozen;
using VoltageSoda.Edge.Configuration.Kong.Plugins;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong;

/// <summary>What is known of a plugin name.</summary>
/// <param name="Read">Reads its configuration; null when it has no record here.</param>
/// <param name="Guards">True when it guards access: authentication, restriction, validation, bot detection, or code of the operator's own.</param>
/// <param name="InactiveReason">Why it does nothing yet; null when it acts.</param>
/// <param name="ConsumerScope">True when Kong allows it for one consumer.</param>
/// <param name="NeedsDatabase">True when it cannot work from declarative configuration, here as in Kong.</param>
/// <param name="AnyProtocol">True when Kong lets it name protocols that are not HTTP.</param>
internal sealed record KnownPlugin(
    Func<RecordReader, KongPluginConfig>? Read, bool Guards, string? InactiveReason, bool ConsumerScope, bool NeedsDatabase = false,
    bool AnyProtocol = false);

/// <summary>The plugins that Kong bundles (<c>kong/constants.lua</c>) and what we make of each. Immutable.</summary>
internal static class KongPlugins
{
    /// <summary>The protocols of HTTP, which plugins run on.</summary>
    public static readonly string[] HttpProtocols = ["grpc", "grpcs", "http", "https"];

    /// <summary>Every protocol of Kong.</summary>
    public static readonly string[] AllProtocols = ["grpc", "grpcs", "http", "https", "tcp", "tls", "tls_passthrough", "udp"];

    private const string Later = "it is not built yet";

    private static readonly FrozenDictionary<string, KnownPlugin> Known = Build();

    /// <summary>Names that <c>bundled</c> stands for.</summary>
    public static IEnumerable<string> Bundled => Known.Keys;

    /// <summary>Finds a bundled plugin.</summary>
    public static KnownPlugin? Find(string name) => Known.GetValueOrDefault(name);

    /// <summary>The set that a <c>KONG_PLUGINS</c> list enables.</summary>
    public static IReadOnlySet<string> Enabled(IReadOnlyList<string> list)
    {
        HashSet<string> enabled = new(StringComparer.Ordinal);
        foreach (string name in list)
        {
            if (name == "bundled")
            {
                enabled.UnionWith(Known.Keys);
            }
            else if (name != "off")
            {
                enabled.Add(name);
            }
        }

        return enabled;
    }

    private static FrozenDictionary<string, KnownPlugin> Build()
    {
        Dictionary<string, KnownPlugin> known = new(StringComparer.Ordinal)
        {
            ["cors"] = new(CorsReader.Read, false, null, ConsumerScope: false),
            ["request-transformer"] = new(TransformerReader.ReadRequest, false, null, true),
            ["response-transformer"] = new(TransformerReader.ReadResponse, false, null, true),
            ["request-size-limiting"] = new(TrafficReader.ReadSize, false, null, true),
            ["rate-limiting"] = new(TrafficReader.ReadRate, false, null, true),
            ["token-bucket"] = new(TokenBucketReader.Read, false, null, true),
            ["jwt"] = new(AccessReader.ReadJwt, true, null, ConsumerScope: false),
            ["acl"] = new(AccessReader.ReadAcl, true, null, ConsumerScope: false),
            ["key-auth"] = new(AuthenticationReader.ReadKeyAuth, true, null, ConsumerScope: false),
            ["basic-auth"] = new(AuthenticationReader.ReadBasicAuth, true, null, ConsumerScope: false),
            ["oauth2"] = new(null, true, "it keeps its tokens in a database, and there is none", ConsumerScope: false, NeedsDatabase: true),
            ["ip-restriction"] = new(AnswerReader.ReadIpRestriction, true, null, true),
            ["correlation-id"] = new(AnswerReader.ReadCorrelationId, false, null, true),
            ["request-termination"] = new(AnswerReader.ReadTermination, true, null, true),
            ["prometheus"] = new(TelemetryReader.ReadPrometheus, false, null, true),
            ["http-log"] = new(TelemetryReader.ReadHttpLog, false, null, true),
            ["zipkin"] = new(ZipkinReader.Read, false, null, true),
        };
        foreach (string guard in (ReadOnlySpan<string>)[
            "hmac-auth", "ldap-auth", "session", "bot-detection", "response-ratelimiting", "pre-function", "post-function", "ai-prompt-guard"])
        {
            known[guard] = new(null, true, Later, guard is not ("hmac-auth" or "ldap-auth" or "session"));
        }

        foreach (string other in (ReadOnlySpan<string>)[
            "file-log", "tcp-log", "udp-log", "syslog", "loggly", "datadog", "statsd", "opentelemetry", "proxy-cache", "acme",
            "grpc-web", "grpc-gateway", "aws-lambda", "azure-functions", "ai-proxy", "ai-request-transformer", "ai-response-transformer",
            "ai-prompt-template", "ai-prompt-decorator", "standard-webhooks", "redirect"])
        {
            known[other] = new(null, other == "standard-webhooks", Later, true);
        }

        foreach (string name in (ReadOnlySpan<string>)[
            "ip-restriction", "http-log", "file-log", "tcp-log", "udp-log", "syslog", "loggly", "datadog", "statsd", "prometheus", "zipkin",
            "pre-function", "post-function", "proxy-cache", "grpc-web", "grpc-gateway"])
        {
            known[name] = known[name] with { AnyProtocol = true };
        }

        return known.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
