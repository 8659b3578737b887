using System.Collections.Immutable;
using System.Globalization;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.Authentication;
using VoltageSoda.Edge.Policies.Authorization;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Limits;
using VoltageSoda.Edge.Policies.Transformation;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>
/// Turns plugin configurations into policies, one object per configured instance, shared by every route it applies to. Used by one
/// compilation; not thread-safe.
/// </summary>
internal sealed class PluginCompiler(
    StateRegistry registry,
    QuotaCompiler quotas,
    AuthenticationTables credentials,
    IReadOnlyDictionary<Guid, Consumer> consumers,
    bool strict,
    TracePlanner tracing)
{
    private readonly Dictionary<Guid, object> _built = [];

    /// <summary>Queues in use: what is kept when the snapshot is published.</summary>
    public HashSet<string> Scopes { get; } = [];

    /// <summary>Compiles the instances that apply, at most one per name.</summary>
    public PluginChain Chain(IReadOnlyList<KongPlugin> applying, Telemetry.RouteMetrics? metrics)
    {
        PluginChain chain = new()
        {
            Correlation = Build<CorrelationIdConfig, CorrelationId>(applying, static (_, config) => Correlation(config)),
            Trace = Build<ZipkinConfig, TracePlan>(applying, Trace) ?? tracing.Otherwise,
            Cors = Build<CorsConfig, CorsPolicy>(applying, Cors),
            Jwt = Build<JwtConfig, JwtVerifier>(applying, Jwt),
            KeyAuth = Build<KeyAuthConfig, KeyAuth>(applying, Key),
            BasicAuth = Build<BasicAuthConfig, BasicAuth>(applying, Basic),
            IpRestriction = Build<IpRestrictionConfig, IpRestriction>(applying, static (_, config) =>
                new IpRestriction(config.Allow, config.Deny, config.Status, config.Message)),
            BodySize = Build<RequestSizeLimitingConfig, BodySizeLimit>(applying, static (_, config) =>
                new BodySizeLimit(config.MaxBytes, config.RequireContentLength, config.RejectStatus)),
            Acl = Build<AclConfig, GroupAcl>(applying, static (_, config) =>
                new GroupAcl([.. config.Allow], [.. config.Deny], config.HideGroupsHeader)),
            RateLimit = Build<RateLimitingConfig, RateLimitPlan>(applying, quotas.RateLimit),
            TokenBucket = Build<TokenBucketConfig, TokenBucketPlan>(applying, quotas.TokenBucket),
            RequestTransform = Build<RequestTransformerConfig, RequestTransform>(applying, static (_, config) => Request(config)),
            ResponseTransform = Build<ResponseTransformerConfig, ResponseTransform>(applying, static (_, config) => Response(config)),
            Termination = Build<RequestTerminationConfig, RequestTermination>(applying, static (_, config) => Termination(config)),
            Metrics = metrics,
            HttpLog = Build<HttpLogConfig, HttpLogPlan>(applying, HttpLog),
            Sources = applying,
        };
        return chain;
    }

    private TPolicy? Build<TConfig, TPolicy>(IReadOnlyList<KongPlugin> applying, Func<KongPlugin, TConfig, TPolicy> make)
        where TConfig : KongPluginConfig
        where TPolicy : class
    {
        foreach (KongPlugin plugin in applying)
        {
            if (plugin is { Active: true, Config: TConfig config })
            {
                if (!_built.TryGetValue(plugin.Id, out object? policy))
                {
                    policy = make(plugin, config);
                    _built[plugin.Id] = policy;
                }

                return (TPolicy)policy;
            }
        }

        return null;
    }

    private TracePlan Trace(KongPlugin plugin, ZipkinConfig config)
    {
        Scopes.Add(TracePlanner.QueueKey(plugin));
        return tracing.Plan(plugin, config);
    }

    private CorsPolicy Cors(KongPlugin plugin, CorsConfig config) => new(new CorsOptions
    {
        Origins = [.. config.Origins.Select(static origin => origin.Text)],
        Methods = [.. config.Methods],
        Headers = [.. config.Headers],
        ExposedHeaders = [.. config.ExposedHeaders],
        MaxAge = config.MaxAge is { } age ? double.Parse(age, CultureInfo.InvariantCulture) : null,
        Credentials = config.Credentials,
        PreflightContinue = config.PreflightContinue,
        PrivateNetwork = config.PrivateNetwork,
        StrictPatterns = strict,
    });

    private JwtVerifier Jwt(KongPlugin plugin, JwtConfig config) => new(
        new JwtOptions
        {
            UriParamNames = [.. config.UriParamNames],
            CookieNames = [.. config.CookieNames],
            HeaderNames = [.. config.HeaderNames],
            KeyClaimName = config.KeyClaimName,
            SecretIsBase64 = config.SecretIsBase64,
            VerifyExp = config.VerifyExp,
            VerifyNbf = config.VerifyNbf,
            RunOnPreflight = config.RunOnPreflight,
            MaximumExpiration = config.MaximumExpiration,
            Realm = config.Realm,
            HasAnonymous = config.Anonymous is not null || config.UnknownAnonymous is not null,
            Anonymous = Anonymous(config.Anonymous),
        },
        credentials.Jwt,
        registry.Tokens);

    private KeyAuth Key(KongPlugin plugin, KeyAuthConfig config) => new(
        new KeyAuthOptions
        {
            KeyNames = [.. config.KeyNames],
            KeyInHeader = config.KeyInHeader,
            KeyInQuery = config.KeyInQuery,
            KeyInBody = config.KeyInBody,
            HideCredentials = config.HideCredentials,
            RunOnPreflight = config.RunOnPreflight,
            Realm = config.Realm,
            HasAnonymous = config.Anonymous is not null || config.UnknownAnonymous is not null,
            Anonymous = Anonymous(config.Anonymous),
        },
        credentials.Keys);

    private BasicAuth Basic(KongPlugin plugin, BasicAuthConfig config) => new(
        new BasicAuthOptions
        {
            HideCredentials = config.HideCredentials,
            Realm = config.Realm,
            HasAnonymous = config.Anonymous is not null || config.UnknownAnonymous is not null,
            Anonymous = Anonymous(config.Anonymous),
        },
        credentials.Passwords);

    private Consumer? Anonymous(EntityRef? reference) => reference is null ? null : consumers.GetValueOrDefault(reference.Id);

    private static CorrelationId Correlation(CorrelationIdConfig config) => new(
        config.HeaderName,
        config.Generator switch
        {
            "uuid" => CorrelationGenerator.Uuid,
            "tracker" => CorrelationGenerator.Tracker,
            _ => CorrelationGenerator.UuidCounter,
        },
        config.EchoDownstream);

    private static RequestTermination Termination(RequestTerminationConfig config) => new(new TerminationOptions
    {
        StatusCode = config.StatusCode,
        Message = config.Message,
        Body = config.Body,
        ContentType = config.ContentType,
        Echo = config.Echo,
        Trigger = config.Trigger,
    });

    private HttpLogPlan HttpLog(KongPlugin plugin, HttpLogConfig config)
    {
        string key = HttpLogPlan.KeyOf(config);
        Scopes.Add(key);
        return HttpLogPlan.Create(config, key, registry.Queues);
    }

    private static RequestTransform Request(RequestTransformerConfig config) => new(new RequestTransformOptions
    {
        HttpMethod = config.HttpMethod,
        ReplaceUri = config.ReplaceUri?.Text,
        Headers = Lists(config.Headers),
        QueryString = Lists(config.Querystring),
        Body = Lists(config.Body),
    });

    private static ResponseTransform Response(ResponseTransformerConfig config) => new(new ResponseTransformOptions
    {
        Headers = Lists(config.Headers),
        RemoveJson = [.. config.Json.Remove.Select(static entry => entry.Name)],
        RenameJson = Pairs(config.Json.Rename),
        ReplaceJson = Edits(config.Json.Replace),
        AddJson = Edits(config.Json.Add),
        AppendJson = Edits(config.Json.Append),
    });

    private static EditLists Lists(TransformEdits edits) => new()
    {
        Remove = [.. edits.Remove.Select(static entry => entry.Name)],
        Rename = Pairs(edits.Rename),
        Replace = Pairs(edits.Replace),
        Add = Pairs(edits.Add),
        Append = Pairs(edits.Append),
    };

    private static ImmutableArray<NameValue> Pairs(IReadOnlyList<TransformEntry> entries) =>
        [.. entries.Select(static entry => new NameValue(entry.Name, entry.Value?.Text))];

    private static ImmutableArray<JsonEdit> Edits(IReadOnlyList<TransformEntry> entries) =>
        [.. entries.Select(static entry => new JsonEdit(entry.Name, entry.Value?.Text, entry.JsonType switch
        {
            JsonValueType.Number => JsonValueKindHint.Number,
            JsonValueType.Boolean => JsonValueKindHint.Boolean,
            _ => JsonValueKindHint.Text,
        }))];
}
