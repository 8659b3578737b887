using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Tests.Configuration;

/// <summary>Defaults and checks of each plugin's configuration (<c>kong/plugins/*/schema.lua</c>).</summary>
public sealed class PluginConfigTests
{
    [Fact]
    public void Cors_Defaults_AreKongs()
    {
        CorsConfig config = Config<CorsConfig>("cors", "{}");
        Assert.Empty(config.Origins);
        Assert.Equal(["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "TRACE", "CONNECT"], config.Methods);
        Assert.Equal((null, false, false, false), (config.MaxAge, config.Credentials, config.PreflightContinue, config.PrivateNetwork));
    }

    [Theory]
    [InlineData("'*'", CorsOriginKind.Any, null, false)]
    [InlineData("https://a.test:8443", CorsOriginKind.Plain, null, false)]
    [InlineData("a.test", CorsOriginKind.Plain, null, false)]
    [InlineData("'(.*)\\.a\\.test'", CorsOriginKind.Pattern, "\\A(?:(.*)\\.a\\.test)\\z", true)]
    [InlineData("'https://(a|b)\\.test$'", CorsOriginKind.Pattern, "\\A(?:https://(a|b)\\.test\\z)\\z", false)]
    public void Cors_Origin_IsClassified(string origin, CorsOriginKind kind, string? pattern, bool hostOnly)
    {
        CorsOrigin parsed = Assert.Single(Config<CorsConfig>("cors", $"origins: [{origin}]").Origins);
        Assert.Equal((kind, pattern, hostOnly), (parsed.Kind, parsed.Pattern, parsed.HostOnly));
    }

    [Theory]
    [InlineData("origins: ['*(']", "is not a valid regex")]
    [InlineData("methods: [LINK]", "expected one of: GET, HEAD, PUT, PATCH, POST, DELETE, OPTIONS, TRACE, CONNECT")]
    [InlineData("headers: [\"a\\nb\"]", "control character")]
    [InlineData("max_age: soon", "expected a number")]
    public void Cors_Bad_Refuses(string config, string sentence) => Refuses("cors", config, sentence);

    [Fact]
    public void RequestTransformer_Lists_AreParsedInOrder()
    {
        RequestTransformerConfig config = Config<RequestTransformerConfig>("request-transformer", """
            http_method: POST
            remove: {headers: [X-A], querystring: [a], body: [b]}
            rename: {headers: ['X-B:X-C'], querystring: ['q:r'], body: ['x:y']}
            replace: {uri: '/p/$(uri_captures["n"])', headers: ['Host:h.test'], body: ['z:1:2']}
            add: {headers: ['X-D:$(headers["x-e"] or "none")', 'X-F:'], querystring: ['s::t']}
            append: {headers: ['X-G:1', 'X-G:2']}
            """);
        Assert.Equal("POST", config.HttpMethod);
        Assert.Equal("/p/$(uri_captures[\"n\"])", config.ReplaceUri!.Text);
        Assert.Equal((TemplateSource.UriCapture, "n"), (config.ReplaceUri.Parts[1].Alternatives[0].Source, config.ReplaceUri.Parts[1].Alternatives[0].Name));
        Assert.Equal(("X-B", "X-C"), Pair(config.Headers.Rename[0]));
        Assert.Equal(("z", "1:2"), Pair(config.Body.Replace[0]));
        Assert.Equal(("s", "t"), Pair(config.Querystring.Add[0]));
        Assert.Equal(("X-F", null), Pair(config.Headers.Add[1]));
        Assert.Equal([TemplateSource.Header, TemplateSource.Literal], config.Headers.Add[0].Value!.Parts[0].Alternatives.Select(operand => operand.Source));
        Assert.Equal(["1", "2"], config.Headers.Append.Select(entry => entry.Value!.Text));
        Assert.False(config.Headers.IsEmpty);
    }

    [Theory]
    [InlineData("http_method: get", "invalid value: get")]
    [InlineData("remove: {headers: ['a b']}", "'a b' is not a valid header")]
    [InlineData("rename: {headers: ['a:b c']}", "'b c' is not a valid header")]
    [InlineData("add: {headers: ['a b:c']}", "'a b' is not a valid header")]
    [InlineData("add: {headers: [\"a:b\\r\\nc: d\"]}", "control character")]
    [InlineData("add: {querystring: ['a:']}", "key 'a' has no value")]
    [InlineData("add: {headers: ['a:$(os.execute())']}", "is not in supported format")]
    [InlineData("add: {headers: ['a:$(headers.x']}", "a $( is not closed")]
    public void RequestTransformer_Bad_Refuses(string config, string sentence) => Refuses("request-transformer", config, sentence);

    [Fact]
    public void Transformer_EntryWithoutValue_IsLeftOut()
    {
        (LoadResult result, KongPlugin plugin) = Loading.Plugin("request-transformer", "add: {headers: [X-Mine, 'X-B:1']}");
        Assert.Equal("config.add.headers: invalid value: X-Mine (no value); left out", result.One("VSE1063").ToString().Split("VSE1063: ")[1]);
        Assert.Equal("X-B", Assert.Single(((RequestTransformerConfig)plugin.Config).Headers.Add).Name);
    }

    [Fact]
    public void ResponseTransformer_Json_HasTypesAndNoTemplates()
    {
        ResponseTransformerConfig config = Config<ResponseTransformerConfig>("response-transformer", """
            remove: {json: [a]}
            rename: {json: ['b:c']}
            add: {json: ['n:1', 'f:true', 's:x'], json_types: [number, boolean], headers: ['X-Y:$(headers.x)']}
            """);
        Assert.Equal([JsonValueType.Number, JsonValueType.Boolean, JsonValueType.Text], config.Json.Add.Select(entry => entry.JsonType));
        Assert.True(config.Headers.Add[0].Value!.IsLiteral);
        Assert.Equal(("b", "c"), Pair(config.Json.Rename[0]));
        Refuses("response-transformer", "add: {json: ['n:1'], json_types: [date]}", "expected one of: boolean, number, string");
    }

    [Theory]
    [InlineData("{}", 128L << 20, false)]
    [InlineData("{allowed_payload_size: 5, size_unit: kilobytes, require_content_length: true}", 5L << 10, true)]
    [InlineData("{allowed_payload_size: 7, size_unit: bytes}", 7L, false)]
    public void RequestSizeLimiting_Sizes_AreBytes(string config, long bytes, bool required)
    {
        RequestSizeLimitingConfig size = Config<RequestSizeLimitingConfig>("request-size-limiting", config);
        Assert.Equal((bytes, required, 413), (size.MaxBytes, size.RequireContentLength, size.RejectStatus));
    }

    [Fact]
    public void RateLimiting_Defaults_AreKongs()
    {
        RateLimitingConfig config = Config<RateLimitingConfig>("rate-limiting", "{minute: 5}");
        Assert.Equal((null, 5, null), (config.Second, config.Minute, config.Hour));
        Assert.Equal((RateLimitBy.Consumer, RateLimitPolicy.Local, true, false), (config.LimitBy, config.Policy, config.FaultTolerant, config.HideClientHeaders));
        Assert.Equal((429, "API rate limit exceeded", -1d), (config.ErrorCode, config.ErrorMessage, config.SyncRate));
        Assert.Equal((6379, 2000d, 0, false, null), (config.Redis.Port, config.Redis.Timeout.TotalMilliseconds, config.Redis.Database, config.Redis.Ssl, config.Redis.UnreachableReason));
    }

    [Theory]
    [InlineData("{}", "at least one of these fields must be non-empty: 'config.second', 'config.minute'")]
    [InlineData("{minute: 10, hour: 9}", "The limit for hour(9.0) cannot be lower than the limit for minute(10.0)")]
    [InlineData("{minute: 0}", "value must be greater than 0")]
    [InlineData("{minute: 1, policy: cluster}", "expected one of: local, redis")]
    [InlineData("{minute: 1, policy: redis}", "required field missing")]
    [InlineData("{minute: 1, limit_by: header}", "required field missing")]
    [InlineData("{minute: 1, limit_by: path}", "required field missing")]
    [InlineData("{minute: 1, limit_by: path, path: x}", "should start with: /")]
    [InlineData("{minute: 1, limit_by: header, header_name: 'a b'}", "bad header name 'a b'")]
    [InlineData("{minute: 1, sync_rate: 5}", "sync_rate can only be used with the redis policy")]
    [InlineData("{minute: 1, policy: redis, redis_host: r, sync_rate: 0.01}", "sync_rate must be greater than 0.02, or -1 to disable")]
    [InlineData("{minute: 1, limit_by: user}", "expected one of: consumer, credential, ip, service, header, path")]
    [InlineData("{minute: 1, error_code: 0}", "value must be greater than 0")]
    [InlineData("{minute: 1, error_code: -429}", "value must be greater than 0")]
    public void RateLimiting_Bad_Refuses(string config, string sentence) => Refuses("rate-limiting", config, sentence);

    [Theory]
    [InlineData("400", 400, false)]
    [InlineData("599", 599, false)]
    [InlineData("302", 302, true)]
    [InlineData("200", 200, true)]
    [InlineData("199", 429, true)]
    [InlineData("600", 429, true)]
    [InlineData("1e9", 429, true)]
    [InlineData("429.5", 429, true)]
    public void RateLimiting_ErrorCode_IsOneThatAnAnswerCanHave(string written, int status, bool told)
    {
        foreach (string mode in (string[])["compat", "strict"])
        {
            (LoadResult result, KongPlugin plugin) = Loading.Plugin("rate-limiting", $"{{minute: 1, error_code: {written}}}", mode);
            Assert.Equal(status, ((RateLimitingConfig)plugin.Config).ErrorCode);
            Assert.Equal(told, result.Findings.Any(static finding => finding.Code == "VSE1064"));
        }
    }

    [Fact]
    public void RateLimiting_BothSpellings_TheNestedOneCounts()
    {
        (LoadResult result, KongPlugin plugin) = Loading.Plugin("rate-limiting", "{minute: 1, policy: redis, redis_host: old, redis_port: 1, redis: {host: new, database: 3, ssl: true, server_name: n.test, username: u}}");
        RedisConfig redis = ((RateLimitingConfig)plugin.Config).Redis;
        Assert.Equal(("new", 1, 3, true, "n.test", "u"), (redis.Host, redis.Port, redis.Database, redis.Ssl, redis.ServerName, redis.Username));
        Assert.Equal(2, result.Findings.Count(finding => finding.Code == "VSE1105"));
    }

    [Fact]
    public void RateLimiting_Fraction_IsRoundedUp()
    {
        (LoadResult result, KongPlugin plugin) = Loading.Plugin("rate-limiting", "{second: 0.5}");
        Assert.Equal(1, ((RateLimitingConfig)plugin.Config).Second);
        Assert.Equal("config.second", result.One("VSE1061").Path.Split("plugins[0].")[1]);
    }

    [Fact]
    public void Jwt_Defaults_AreKongs()
    {
        JwtConfig config = Config<JwtConfig>("jwt", "{}");
        Assert.Equal(["jwt"], config.UriParamNames);
        Assert.Equal(["authorization"], config.HeaderNames);
        Assert.Empty(config.CookieNames);
        Assert.Equal(("iss", false, false, false, true, 0L, null), (config.KeyClaimName, config.SecretIsBase64, config.VerifyExp, config.VerifyNbf, config.RunOnPreflight, config.MaximumExpiration, config.Realm));
    }

    [Theory]
    [InlineData("claims_to_verify: [iat]", "expected one of: exp, nbf")]
    [InlineData("maximum_expiration: 60", "expected to contain: exp")]
    [InlineData("{claims_to_verify: [exp], maximum_expiration: 40000000}", "value should be between 0 and 31536000")]
    public void Jwt_Bad_Refuses(string config, string sentence) => Refuses("jwt", config, sentence);

    [Fact]
    public void Jwt_Anonymous_IsResolved()
    {
        LoadResult result = Loading.Kong("consumers: [{username: anon}]\nplugins:\n- {name: jwt, config: {anonymous: anon}}\n");
        Assert.Equal(result.Model!.Consumers[0].Id, ((JwtConfig)result.Model.Plugins[0].Config).Anonymous!.Id);
        LoadResult unknown = Loading.Kong("plugins:\n- {name: jwt, config: {anonymous: anon}}\n");
        Assert.False(unknown.One("VSE1062").Refuses);
        Assert.Equal("anon", ((JwtConfig)unknown.Model!.Plugins[0].Config).UnknownAnonymous);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{allow: []}")]
    [InlineData("{whitelist: [], hide_groups_header: true}")]
    public void Acl_NoList_Refuses(string config) =>
        Refuses("acl", config, "exactly one of these fields must be non-empty: 'config.allow', 'config.deny'");

    [Fact]
    public void Acl_BothLists_AreADeviation()
    {
        (LoadResult compat, KongPlugin plugin) = Loading.Plugin("acl", "{allow: [a], deny: [b]}");
        Assert.Equal("deny is checked first, then allow must match", compat.One("VSE1142").Action);
        AclConfig acl = (AclConfig)plugin.Config;
        Assert.Equal(["a", "b"], acl.Allow.Concat(acl.Deny));
        Assert.True(Loading.Plugin("acl", "{allow: [a], deny: [b]}", "strict").Result.Refused);
    }

    [Fact]
    public void Acl_Mixed_OldAndNewNamesAddUp() =>
        Assert.Equal(["a", "b"], Config<AclConfig>("acl", "{allow: [a], whitelist: [b, a]}").Allow);

    [Fact]
    public void HttpLog_Parts_AreRead()
    {
        (LoadResult result, KongPlugin plugin) = Loading.Plugin("http-log", """
            http_endpoint: https://user:pass@l.test/x
            queue_size: 5
            flush_timeout: 2
            headers: {X-Token: '${T}'}
            queue: {max_entries: 3, max_retry_time: 7}
            """, "compat", ("T", "hush"));
        HttpLogConfig config = (HttpLogConfig)plugin.Config;
        Assert.True(plugin.Active);
        Assert.Equal(("POST", "application/json", 10d, 60d), (config.Method, config.ContentType, config.Timeout.TotalSeconds, config.Keepalive.TotalSeconds));
        Assert.Equal((5, 2d, 3, 7d, 60d), (config.Queue.MaxBatchSize, config.Queue.MaxCoalescingDelay.TotalSeconds, config.Queue.MaxEntries, config.Queue.MaxRetryTime.TotalSeconds, config.Queue.MaxRetryDelay.TotalSeconds));
        Assert.Equal("hush", Assert.Single(config.Headers).Value.Reveal());
        Assert.DoesNotContain("hush", $"{config}{DiagnosticText.Text(result.Findings)}");
        Assert.DoesNotContain("pass", config.ToString());
    }

    [Theory]
    [InlineData("{}", "http_endpoint: required field missing")]
    [InlineData("http_endpoint: l.test", "missing scheme in url")]
    [InlineData("{http_endpoint: http://l.test, method: GET}", "expected one of: POST, PUT, PATCH")]
    [InlineData("{http_endpoint: http://l.test, headers: {Host: x}}", "cannot contain 'Host' header")]
    [InlineData("{http_endpoint: 'http://u:p@l.test', headers: {Authorization: x}}", "specifying both an 'Authorization' header")]
    public void HttpLog_Bad_Refuses(string config, string sentence) => Refuses("http-log", config, sentence);

    [Fact]
    public void Zipkin_Defaults_AreKongs()
    {
        ZipkinConfig config = Config<ZipkinConfig>("zipkin", "{}");
        Assert.Equal((null, 0.001, "kong", true, 16, "preserve", "b3", "Zipkin-Tags"), (config.HttpEndpoint, config.SampleRatio, config.LocalServiceName, config.IncludeCredential, config.TraceIdByteCount, config.HeaderType, config.DefaultHeaderType, config.TagsHeader));
        Assert.Equal(("method", 2000d, 5000d, 5000d, "annotations"), (config.HttpSpanName, config.ConnectTimeout.TotalMilliseconds, config.SendTimeout.TotalMilliseconds, config.ReadTimeout.TotalMilliseconds, config.PhaseDurationFlavor));
    }

    [Theory]
    [InlineData("sample_ratio: 2", "value should be between 0 and 1")]
    [InlineData("traceid_byte_count: 12", "expected one of: 8, 16")]
    [InlineData("static_tags: [{name: error, value: x}]", "must not be one of")]
    [InlineData("static_tags: [{name: a, value: x}, {name: a, value: y}]", "repeated tags are not allowed: a")]
    [InlineData("default_header_type: preserve", "expected one of: b3, b3-single")]
    [InlineData("http_response_header_for_traceid: 'a b'", "bad header name")]
    [InlineData("propagation: {extract: [b3-single]}", "expected one of: b3, w3c")]
    [InlineData("propagation: {inject: [ignore]}", "expected one of: preserve, b3")]
    public void Zipkin_Bad_Refuses(string config, string sentence) => Refuses("zipkin", config, sentence);

    [Fact]
    public void Prometheus_Defaults_AreOff()
    {
        (LoadResult result, KongPlugin plugin) = Loading.Plugin("prometheus", "{}");
        result.Clean();
        Assert.True(plugin.Active);
        Assert.Equal(new PrometheusConfig(), plugin.Config);
    }

    private static (string, string?) Pair(TransformEntry entry) => (entry.Name, entry.Value?.Text);

    private static T Config<T>(string name, string config)
        where T : KongPluginConfig
    {
        (LoadResult result, KongPlugin plugin) = Loading.Plugin(name, config);
        Assert.False(result.Refused, DiagnosticText.Text(result.Findings));
        return Assert.IsType<T>(plugin.Config);
    }

    private static void Refuses(string name, string config, string sentence)
    {
        LoadResult result = Loading.Plugin(name, config).Result;
        Assert.Contains(result.Findings, finding => finding.Refuses && finding.Message.Contains(sentence, StringComparison.Ordinal));
    }
}
