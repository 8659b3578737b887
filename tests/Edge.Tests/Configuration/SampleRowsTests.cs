using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Tests.Configuration;

/// <summary>One test per place where the supplied file and environment part from Kong 3.4, in the order of the file.</summary>
public sealed class SampleRowsTests
{
    private static readonly LoadResult Sample = Loading.Sample("compat", Loading.SampleSecrets);
    private static readonly LoadResult Strict = Loading.Sample("strict", Loading.SampleSecrets);
    private static readonly KongModel Model = Sample.Model!;

    [Fact]
    public void Row01_AddHeadersWithoutValue_AreLeftOut()
    {
        Assert.Equal([36, 37, 38], Lines("VSE1101"));
        Assert.Empty(Plugin<RequestTransformerConfig>("frontend").Headers.Add);
        RefusedInStrict("VSE1101", "invalid value: X-Forwarded-For");
    }

    [Fact]
    public void Row02_RemoveServerFromRequests_IsAcceptedSilently()
    {
        Assert.Equal(["Server", "X-Kong-Proxy-Latency"], Plugin<RequestTransformerConfig>("frontend").Headers.Remove.Select(entry => entry.Name));
        Assert.DoesNotContain(Sample.Findings, finding => finding.Span.Line is 41 or 42);
    }

    [Fact]
    public void Row03_RemoveGatewayHeader_IsNoted()
    {
        Assert.Equal([52], Lines("VSE1103"));
        Assert.Equal(DiagnosticSeverity.Info, Sample.One("VSE1103").Severity);
        Assert.Equal(2, Plugin<ResponseTransformerConfig>("frontend").Headers.Remove.Count);
    }

    [Theory]
    [InlineData("https://app.voltage-soda.com", true)]
    [InlineData("https://a.b.voltage-soda.com", true)]
    [InlineData("https://voltage-soda.com", false)]
    [InlineData("https://evoltage-soda.com", false)]
    [InlineData("https://app.voltage-soda.com.evil.test", false)]
    [InlineData("https://app.voltage-sodaXcom", false)]
    [InlineData("http://app.voltage-soda.com", false)]
    public void Row04_WildcardOrigin_MeansSubDomains(string origin, bool matches)
    {
        Assert.Equal([16], Lines("VSE1104"));
        CorsOrigin wildcard = Plugin<CorsConfig>("frontend").Origins[2];
        Assert.Equal(matches, System.Text.RegularExpressions.Regex.IsMatch(origin, wildcard.Pattern!, PatternTranslator.Options));
    }

    [Fact]
    public void Row04_WildcardOriginInStrictMode_KeepsKongsMeaning()
    {
        (_, KongPlugin plugin) = Loading.Plugin("cors", "origins: ['https://*.voltage-soda.com']", "strict");
        string pattern = ((CorsConfig)plugin.Config).Origins[0].Pattern!;
        Assert.Matches(pattern, "https://evoltage-soda.com");
        Assert.DoesNotMatch(pattern, "https://app.voltage-soda.com");
    }

    [Fact]
    public void Row05_FlatRedisFields_AreReadAsNested()
    {
        Assert.Equal([63, 64, 65, 104, 105, 106], Lines("VSE1105"));
        RedisConfig redis = Plugin<RateLimitingConfig>("backend").Redis;
        Assert.Equal(("voltage-soda-redis-primary.cache.amazonaws.com", 6379, "redis-password"), (redis.Host, redis.Port, redis.Password!.Reveal()));
    }

    [Fact]
    public void Row06_References_AreExpanded()
    {
        Assert.Equal("admin-" + Loading.LongSecret, Model.Consumers[2].JwtCredentials[0].Secret!.Reveal());
        Assert.Contains(Strict.Findings, finding => finding is { Code: "VSE1033", Span.Line: 170 });
    }

    [Fact]
    public void Row07_WhitelistAndBlacklist_AreAllowAndDeny()
    {
        Assert.Equal([76, 79], Lines("VSE1107"));
        AclConfig acl = Plugin<AclConfig>("backend");
        Assert.Equal(["admin", "user"], acl.Allow);
        Assert.Equal(["blocked"], acl.Deny);
        RefusedInStrict("VSE1107", "unknown field");
        RefusedInStrict("VSE1142", "exactly one of these fields must be non-empty: 'config.allow', 'config.deny'");
    }

    [Fact]
    public void Row08_RejectStatusCode_IsAnExtension()
    {
        Assert.Equal([85], Lines("VSE1108"));
        RequestSizeLimitingConfig size = Plugin<RequestSizeLimitingConfig>("backend");
        Assert.Equal((413, 10L << 20), (size.RejectStatus, size.MaxBytes));
        RefusedInStrict("VSE1108", "unknown field");
    }

    [Fact]
    public void Row09_RetryCount_IsIgnored()
    {
        Assert.Equal([93], Lines("VSE1109"));
        Assert.False(Strict.One("VSE1109").Refuses);
    }

    [Fact]
    public void Row10_EmptyPublicKeyWithHs256_IsIgnored()
    {
        Assert.Equal([171], Lines("VSE1110"));
        Assert.Null(Model.Consumers[0].JwtCredentials[0].PublicKeyPem);
        Assert.False(Model.Consumers[0].JwtCredentials[0].Disabled);
    }

    [Fact]
    public void Row11_CredentialWithoutKey_NeverMatches()
    {
        Assert.Equal([190], Lines("VSE1111"));
        KongJwtCredential credential = Model.Consumers[2].JwtCredentials[1];
        Assert.True(credential.Disabled);
        Assert.Null(credential.Secret);
        Assert.DoesNotContain(Sample.Findings, finding => finding.Code == "VSE1018");
    }

    [Fact]
    public void Row12_ConsumersWithoutGroup_AreTold()
    {
        Assert.Equal([165, 176], Lines("VSE1112"));
        Assert.Equal(["admin", "super-admin"], Model.Consumers[2].Groups.Select(group => group.Group));
    }

    [Fact]
    public void Row13_RedisMetrics_IsLeftOut()
    {
        Assert.Equal([205], Lines("VSE1113"));
        Assert.True(Plugin<PrometheusConfig>(null).PerConsumer);
        RefusedInStrict("VSE1113", "unknown field");
    }

    [Fact]
    public void Row14_SampleRate_IsSampleRatio()
    {
        Assert.Equal([211], Lines("VSE1114"));
        Assert.Equal(1.0, Plugin<ZipkinConfig>(null).SampleRatio);
        RefusedInStrict("VSE1114", "unknown field");
    }

    [Fact]
    public void Row15_TagHeaderTrue_KeepsTheDefaultName()
    {
        Assert.Equal([212], Lines("VSE1115"));
        Assert.Equal("Zipkin-Tags", Plugin<ZipkinConfig>(null).TagsHeader);
        RefusedInStrict("VSE1115", "unknown field");
    }

    [Theory]
    [InlineData("false", null)]
    [InlineData("X-My-Tags", "X-My-Tags")]
    public void Row15_TagHeaderOtherwise_IsHonoured(string value, string? name)
    {
        (_, KongPlugin plugin) = Loading.Plugin("zipkin", $"tag_header: {value}");
        Assert.Equal(name, ((ZipkinConfig)plugin.Config).TagsHeader);
    }

    [Fact]
    public void Row16_HeaderTag_NamesTheHeader()
    {
        Assert.Equal([213], Lines("VSE1116"));
        Assert.Equal(new("http.request.headers.x-request-id", "x-request-id"), Assert.Single(Plugin<ZipkinConfig>(null).HeaderTags));
        RefusedInStrict("VSE1116", "unknown field");
    }

    [Fact]
    public void Row17_StaticTagsAsMaps_AreRead()
    {
        Assert.Equal([215, 216, 217], Lines("VSE1117"));
        Assert.Equal(
            ["service=voltage-soda-api-gateway", "environment=production", "version=v1.0.0"],
            Plugin<ZipkinConfig>(null).StaticTags.Select(tag => $"{tag.Key}={tag.Value}"));
        RefusedInStrict("VSE1117", "name: required field missing");
    }

    [Fact]
    public void Row18_ThriftEndpoint_IsTold()
    {
        Assert.Equal([210], Lines("VSE1118"));
        Assert.Contains("/api/v2/spans", Sample.One("VSE1118").Hint);
    }

    [Fact]
    public void Row19_GlobalTransformerReplaced_IsTold() => Assert.Equal([43, 112], Lines("VSE1119"));

    [Fact]
    public void Row20_RedundantPaths_SayNothing()
    {
        Assert.Equal(6, Model.Routes[0].Paths.Count);
        Assert.DoesNotContain(Sample.Findings, finding => finding.Span.Line is >= 120 and <= 134);
    }

    [Fact]
    public void Row21_Preflights_AreTold()
    {
        Assert.Equal([67], Lines("VSE1121"));
        Assert.Equal([157], Lines("VSE1141"));
    }

    [Fact]
    public void Row22_PrefixWithoutBoundary_IsKept()
    {
        Assert.Equal("/api/v1", Assert.Single(Model.Routes[1].Paths).Value);
        Assert.DoesNotContain(Sample.Findings, finding => finding.Span.Line is >= 137 and <= 148);
    }

    [Fact]
    public void Row23_MaximumExpirationWithExp_IsKept()
    {
        JwtConfig jwt = Plugin<JwtConfig>("backend");
        Assert.Equal((3600L, true, true, true), (jwt.MaximumExpiration, jwt.VerifyExp, jwt.VerifyNbf, jwt.RunOnPreflight));
    }

    [Fact]
    public void Row24_ClusterListeners_HaveNoEffect()
    {
        LoadResult result = Loading.Sample("compat", ("KONG_CLUSTER_LISTEN", "0.0.0.0:8005"), ("KONG_CLUSTER_TELEMETRY_LISTEN", "0.0.0.0:8006"));
        Assert.Equal(["KONG_CLUSTER_LISTEN", "KONG_CLUSTER_TELEMETRY_LISTEN"], result.Findings.Where(finding => finding.Code == "VSE3010").Select(finding => finding.Path));
    }

    [Fact]
    public void Row25_AdminListener_IsAnUnknownVariable()
    {
        ConfigDiagnostic finding = Loading.Sample("compat", ("KONG_ADMIN_LISTENER", "0.0.0.0:8001")).One("VSE3001");
        Assert.Equal(("KONG_ADMIN_LISTENER", "did you mean 'KONG_ADMIN_LISTEN'?"), (finding.Path, finding.Hint));
    }

    [Theory]
    [InlineData("KONG_NGINX_HTTP_INCLUDE")]
    [InlineData("KONG_NGINX_PROXY_INCLUDE")]
    [InlineData("KONG_NGINX_ADMIN_INCLUDE")]
    public void Row26_NginxIncludes_AreIgnored(string name)
    {
        ConfigDiagnostic finding = Loading.Sample("compat", (name, "/kong/nginx/include/nginx.conf")).One("VSE3011");
        Assert.Contains("nginx snippets are not supported", finding.Message);
    }

    [Fact]
    public void Row27_PluginsTwiceInTheList_AreFine()
    {
        LoadResult result = Loading.Sample("compat", [("KONG_PLUGINS", "bundled,prometheus,zipkin,http-log,oauth2,jwt,acl"), .. Loading.SampleSecrets]);
        Assert.False(result.Refused);
        Assert.DoesNotContain(result.Findings, finding => finding.Code == "VSE3021");
    }

    [Fact]
    public void Row29_NoTrustedIps_IsTold()
    {
        Assert.Equal(DiagnosticSeverity.Warning, Sample.One("VSE3017").Severity);
        Assert.DoesNotContain(Loading.Sample("compat", ("KONG_TRUSTED_IPS", "10.0.0.0/8")).Findings, finding => finding.Code == "VSE3017");
    }

    [Fact]
    public void Row30_RedisPolicy_IsFaultTolerant()
    {
        RateLimitingConfig rate = Plugin<RateLimitingConfig>("backend");
        Assert.True(rate.FaultTolerant);
        Assert.Equal((RateLimitPolicy.Redis, "voltage-soda-redis-primary.cache.amazonaws.com", null), (rate.Policy, rate.Redis.Host, rate.Redis.UnreachableReason));
    }

    [Fact]
    public void Row31_AdminApiForEverybody_IsTold()
    {
        Assert.Contains("0.0.0.0:8001", Loading.Sample("compat", ("KONG_ADMIN_LISTEN", "0.0.0.0:8001, 0.0.0.0:8444 ssl")).One("VSE3016").Message);
        Assert.DoesNotContain(Sample.Findings, finding => finding.Code == "VSE3016");
    }

    private static IEnumerable<int> Lines(string code) => Sample.Findings.Where(finding => finding.Code == code).Select(finding => finding.Span.Line);

    private static void RefusedInStrict(string code, string sentence)
    {
        Assert.Contains(Strict.Findings, finding => finding.Code == code && finding.Refuses && finding.Message.Contains(sentence, StringComparison.Ordinal));
        Assert.All(Sample.Findings.Where(finding => finding.Code == code), finding => Assert.False(finding.Refuses));
    }

    private static T Plugin<T>(string? service)
        where T : KongPluginConfig =>
        Assert.Single(Model.Plugins
            .Where(plugin => service is null ? plugin.IsGlobal : plugin.Service?.Label == $"voltage-soda-{service}-service")
            .Select(plugin => plugin.Config)
            .OfType<T>());

    [Theory]
    [InlineData("KONG_PROXY_ACCESS_LOG", "/dev/stdout json_lines", true)]
    [InlineData("KONG_ADMIN_ACCESS_LOG", "logs/admin.log  mine", true)]
    [InlineData("KONG_PROXY_ACCESS_LOG", "/dev/stdout combined", false)]
    [InlineData("KONG_PROXY_ACCESS_LOG", "/dev/stdout", false)]
    [InlineData("KONG_PROXY_ACCESS_LOG", "off", false)]
    public void AccessLog_WithAFormatOfNginx_IsWrittenAsCombinedWithAWarning(string name, string value, bool told)
    {
        LoadResult result = Loading.Sample("compat", (name, value));
        Assert.Equal(told, result.Findings.Any(finding => finding.Code == "VSE3050" && finding.Path == name));
        string? path = EdgeSettings.From((name, value)).Telemetry is var telemetry && name.Contains("ADMIN", StringComparison.Ordinal)
            ? telemetry.AdminAccessLog
            : telemetry.ProxyAccessLog;
        Assert.Equal(value == "off" ? null : value.Split(' ')[0], path);
    }
}
