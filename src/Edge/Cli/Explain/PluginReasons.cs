using System.Text;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Transformation;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Snapshot;

namespace VoltageSoda.Edge.Cli.Explain;

/// <summary>
/// Says of each plugin of an exchange what it does, from what admission decided and what the compiled policies hold; decides nothing
/// itself. Used for one explanation, on the loop of the exchange.
/// </summary>
/// <param name="exchange">After its steps.</param>
/// <param name="received">Fields of the request as they came in.</param>
/// <param name="admission">What was decided.</param>
/// <param name="answeredBy">Name of the plugin that answers; null when none does.</param>
/// <param name="goesUp">Whether the request reached the making of the upstream's request.</param>
internal sealed partial class PluginReasons(
    Exchange exchange, HeaderBlock received, AdmissionRecord admission, string? answeredBy, bool goesUp)
{
    public ExplainedPlugin Describe(KongPlugin plugin)
    {
        List<string> details = [];
        PluginEffect effect = plugin.Active ? Effect(plugin, details) : PluginEffect.Inactive;
        if (!plugin.Active)
        {
            details.Add("loaded, inactive" + (plugin.InactiveReason is { } reason ? $": {reason}" : ""));
        }

        return new ExplainedPlugin(plugin.Name, Place.Of(plugin.Span), Scope(plugin), effect, details);
    }

    /// <summary>The plugin whose decision a step of admission is; null for the route's own.</summary>
    public static string? NameOf(AdmissionStep step) => step switch
    {
        AdmissionStep.Cors => "cors",
        AdmissionStep.Jwt => "jwt",
        AdmissionStep.KeyAuth => "key-auth",
        AdmissionStep.BasicAuth => "basic-auth",
        AdmissionStep.IpRestriction => "ip-restriction",
        AdmissionStep.BodySize => "request-size-limiting",
        AdmissionStep.Acl => "acl",
        AdmissionStep.RateLimit => "rate-limiting",
        AdmissionStep.TokenBucket => "token-bucket",
        AdmissionStep.Termination => "request-termination",
        _ => null,
    };

    private static string Scope(KongPlugin plugin)
    {
        string scope = string.Join(", ", new[]
        {
            plugin.Route is { } route ? "route " + route.Label : null,
            plugin.Service is { } service ? "service " + service.Label : null,
            plugin.Consumer is { } consumer ? "consumer " + consumer.Label : null,
        }.OfType<string>());
        return scope.Length == 0 ? "global" : scope;
    }

    private PluginEffect Effect(KongPlugin plugin, List<string> details)
    {
        switch (plugin.Config)
        {
            case ZipkinConfig zipkin:
                details.AddRange(TraceReasons.Of(exchange, received, zipkin));
                return PluginEffect.Acts;
            case CorrelationIdConfig correlation:
                return Correlation(correlation, details);
            case CorsConfig cors:
                return Cors(cors, details);
            case JwtConfig:
                return Decided(AdmissionStep.Jwt, details, list => Authenticated("token", list));
            case KeyAuthConfig:
                return Decided(AdmissionStep.KeyAuth, details, list => Authenticated("key", list));
            case BasicAuthConfig:
                return Decided(AdmissionStep.BasicAuth, details, list => Authenticated("user and password", list));
            case IpRestrictionConfig restriction:
                return Decided(AdmissionStep.IpRestriction, details, list => IpRestriction(restriction, list));
            case RequestTerminationConfig termination:
                return Decided(AdmissionStep.Termination, details, list => list.Add($"lets it through: no {termination.Trigger} in fields or query"));
            case RequestSizeLimitingConfig:
                return Decided(AdmissionStep.BodySize, details, BodySize);
            case AclConfig acl:
                return Decided(AdmissionStep.Acl, details, list => Acl(acl, list));
            case RateLimitingConfig limits:
                return Decided(AdmissionStep.RateLimit, details, list => QuotaReasons.Describe(exchange, limits, list));
            case TokenBucketConfig bucket:
                return Decided(AdmissionStep.TokenBucket, details, list => QuotaReasons.Describe(exchange, bucket, list));
            case RequestTransformerConfig transformer:
                return RequestTransformer(transformer, details);
            case ResponseTransformerConfig transformer:
                details.AddRange(EditSummary.Of(transformer.Headers, "answer", null));
                details.AddRange(EditSummary.Of(transformer.Json, "JSON body of the answer", null));
                return PluginEffect.Acts;
            case PrometheusConfig:
                details.Add(exchange.Plugins.Metrics is null
                    ? "counts nothing: the request has no service"
                    : $"counts it for service {exchange.Route!.Service!.Name} and route {exchange.Route.Name}");
                return PluginEffect.Acts;
            case HttpLogConfig when exchange.Plugins.HttpLog is { } log:
                details.Add($"queues an entry for {log.Endpoint}");
                return PluginEffect.Acts;
            default:
                return PluginEffect.Acts;
        }
    }

    private PluginEffect Decided(AdmissionStep step, List<string> details, Action<List<string>> pass)
    {
        if (admission.Of(step) is not { } reply)
        {
            details.Add(NotReached());
            return PluginEffect.NotReached;
        }

        if (reply.IsNone)
        {
            pass(details);
            return PluginEffect.Acts;
        }

        details.Add($"answers {reply.Status}{(reply.Body is { } body ? " " + body.Message : "")}");
        if (step == AdmissionStep.Acl)
        {
            details.Add(Caller());
        }

        return PluginEffect.Answers;
    }

    private string NotReached() => answeredBy is { } name ? $"not reached: {name} answers" : "not reached: the request is answered before";

    private PluginEffect Cors(CorsConfig config, List<string> details)
    {
        if (admission.Of(AdmissionStep.Cors) is { IsNone: false })
        {
            details.Add("answers the preflight itself: 200");
            details.AddRange(HeaderLines.Of(exchange.Response.Headers));
            return PluginEffect.Answers;
        }

        HeaderBlock answer = new();
        HeaderBlockEdits edits = new(answer);
        HeaderBlockEdits request = new(received);
        exchange.Plugins.Cors!.ApplyResponse(exchange.Request.MethodBytes, ref request, ref edits);
        IReadOnlyList<string> added = HeaderLines.Of(answer);
        if (added.Count == 0)
        {
            details.Add(config.PreflightContinue ? "adds nothing: preflights go on to the upstream" : "adds nothing to the answer");
        }

        details.AddRange(added.Select(static line => "answer gets " + line));
        answer.Release();
        return PluginEffect.Acts;
    }

    private string Caller()
    {
        if (exchange.Identity?.Consumer is not { } consumer)
        {
            return "the caller is unknown";
        }

        string groups = consumer.Groups.IsEmpty ? "no group" : string.Join(", ", consumer.Groups);
        return $"the caller is {consumer.Username ?? consumer.CustomId ?? consumer.Id}, in {groups}";
    }

    private void BodySize(List<string> details)
    {
        long limit = exchange.Plugins.BodySize!.LimitBytes;
        BodyFraming framing = exchange.Request.Framing;
        details.Add(framing.Kind switch
        {
            BodyKind.Length => $"Content-Length {framing.Length} is within {limit} bytes",
            BodyKind.Chunked => $"length unknown: the body is measured as it comes, and refused beyond {limit} bytes",
            _ => $"no body; up to {limit} bytes may come",
        });
    }

    private void Acl(AclConfig config, List<string> details)
    {
        details.Add(Caller());
        if (config.Deny.Count != 0)
        {
            details.Add($"denied are {string.Join(", ", config.Deny)}");
        }

        if (config.Allow.Count != 0)
        {
            details.Add($"allowed are {string.Join(", ", config.Allow)}");
        }
    }

    private PluginEffect RequestTransformer(RequestTransformerConfig config, List<string> details)
    {
        if (!goesUp)
        {
            details.Add(NotReached());
            return PluginEffect.NotReached;
        }

        if (answeredBy == "request-transformer")
        {
            details.Add("a template fails for this request");
            return PluginEffect.Answers;
        }

        if (config.HttpMethod is { } method)
        {
            details.Add($"method: {method}");
        }

        if (config.ReplaceUri is { } uri)
        {
            details.Add($"path: {uri.Text}");
        }

        details.AddRange(EditSummary.Of(config.Headers, "request", name => HeaderLines.Has(received, name)));
        details.AddRange(EditSummary.Of(config.Querystring, "query", null));
        if (!config.Body.IsEmpty)
        {
            bool applies = exchange.Plugins.RequestTransform!.EditsBodyOf(received.FirstValue(KnownHeader.ContentType));
            details.AddRange(EditSummary.Of(config.Body, applies ? "body" : "body (not of this Content-Type)", null));
        }

        return PluginEffect.Acts;
    }
}
