using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.Authentication;

namespace VoltageSoda.Edge.Tests.Configuration;

/// <summary>Credentials and the plugins that need them or answer instead of the upstream (<c>kong/plugins/*/{schema,daos}.lua</c>).</summary>
public sealed class AuthenticationConfigTests
{
    [Fact]
    public void KeyAuth_Defaults_AreKongs()
    {
        KeyAuthConfig config = Config<KeyAuthConfig>("key-auth", "{}");

        Assert.Equal(["apikey"], config.KeyNames);
        Assert.Equal((true, true, false), (config.KeyInHeader, config.KeyInQuery, config.KeyInBody));
        Assert.Equal((false, true, null, null), (config.HideCredentials, config.RunOnPreflight, config.Realm, config.Anonymous));
    }

    [Fact]
    public void BasicAuth_Defaults_AreKongs() =>
        Assert.Equivalent(new BasicAuthConfig(), Config<BasicAuthConfig>("basic-auth", "{}"));

    [Fact]
    public void CorrelationId_Defaults_AreKongs()
    {
        CorrelationIdConfig config = Config<CorrelationIdConfig>("correlation-id", "{}");

        Assert.Equal(("Kong-Request-ID", "uuid#counter", false), (config.HeaderName, config.Generator, config.EchoDownstream));
    }

    [Fact]
    public void RequestTermination_Defaults_AreKongs()
    {
        RequestTerminationConfig config = Config<RequestTerminationConfig>("request-termination", "{}");

        Assert.Equal((503, null, null, null, false, null),
            (config.StatusCode, config.Message, config.Body, config.ContentType, config.Echo, config.Trigger));
    }

    [Fact]
    public void IpRestriction_ListsAndAnswer_AreRead()
    {
        IpRestrictionConfig config = Config<IpRestrictionConfig>(
            "ip-restriction", "allow: [10.0.0.0/8, '::1', 10.0.0.0/8]\ndeny: [10.1.0.1]\nstatus: 404\nmessage: gone");

        Assert.Equal(["10.0.0.0/8", "::1"], config.Allow);
        Assert.Equal(["10.1.0.1"], config.Deny);
        Assert.Equal((404, "gone"), (config.Status, config.Message));
    }

    [Theory]
    [InlineData("key-auth", "key_names: ['api key']", "bad header name 'api key', allowed characters are A-Z, a-z, 0-9, '_', and '-'")]
    [InlineData("key-auth", "key_name: [a]", "unknown field")]
    [InlineData("key-auth", "realm: \"a\\nb\"", "control characters")]
    [InlineData("basic-auth", "hide: true", "unknown field")]
    [InlineData("ip-restriction", "{}", "at least one of these fields must be non-empty: 'config.allow', 'config.deny'")]
    [InlineData("ip-restriction", "allow: []", "at least one of these fields must be non-empty: 'config.allow', 'config.deny'")]
    [InlineData("ip-restriction", "allow: [10.0.0.0/33]", "invalid ip or cidr range: '10.0.0.0/33'")]
    [InlineData("ip-restriction", "deny: [example.com]", "invalid ip or cidr range: 'example.com'")]
    [InlineData("ip-restriction", "allow: ['unix:']", "invalid ip or cidr range: 'unix:'")]
    [InlineData("ip-restriction", "allow: [10.0.0.1]\nstatus: 99", "value should be between 200 and 599")]
    [InlineData("correlation-id", "generator: random", "expected one of: uuid, uuid#counter, tracker")]
    [InlineData("correlation-id", "header_name: Content-Length", "cannot carry an id")]
    [InlineData("correlation-id", "header_name: 'a b'", "bad header name 'a b'")]
    [InlineData("request-termination", "status_code: 600", "value should be between 100 and 599")]
    [InlineData("request-termination", "status_code: 102", "announces an answer and is none")]
    [InlineData("request-termination", "message: m\nbody: b", "message cannot be used with content_type or body")]
    [InlineData("request-termination", "message: m\ncontent_type: a/b", "message cannot be used with content_type or body")]
    [InlineData("request-termination", "content_type: a/b", "content_type requires a body")]
    [InlineData("request-termination", "body: b\necho: true", "echo cannot be used with content_type and body")]
    [InlineData("request-termination", "trigger: 'a b'", "bad header name 'a b'")]
    public void Config_Bad_RefusesWithKongsSentence(string name, string config, string sentence)
    {
        LoadResult result = Loading.Plugin(name, config).Result;

        Assert.True(result.Refused);
        ConfigDiagnostic finding = Assert.Single(result.Findings, finding => finding.Message.Contains(sentence, StringComparison.Ordinal));
        Assert.False(finding.Span.IsNone);
    }

    [Fact]
    public void IpRestriction_RetiredNames_AreReadInCompatAndRefusedInStrict()
    {
        (LoadResult result, KongPlugin plugin) = Loading.Plugin("ip-restriction", "whitelist: [10.0.0.1]\nblacklist: [10.0.0.2]");
        IpRestrictionConfig config = Assert.IsType<IpRestrictionConfig>(plugin.Config);

        Assert.Equal(["10.0.0.1"], config.Allow);
        Assert.Equal(["10.0.0.2"], config.Deny);
        Assert.Equal(2, result.Findings.Count(finding => finding.Code == "VSE1107"));
        Assert.True(Loading.Plugin("ip-restriction", "whitelist: [10.0.0.1]", "strict").Result.Refused);
    }

    [Theory]
    [InlineData("jwt")]
    [InlineData("key-auth")]
    [InlineData("basic-auth")]
    public void Anonymous_ByNameOrId_IsResolvedAndElseReported(string plugin)
    {
        string consumers = "consumers:\n- {username: guest, id: 33e571e9-c20f-5eea-b88e-6c6e00ea383d}\n";
        foreach (string name in (string[])["guest", "33e571e9-c20f-5eea-b88e-6c6e00ea383d"])
        {
            LoadResult good = Loading.Kong($"{consumers}plugins:\n- name: {plugin}\n  config: {{anonymous: {name}}}\n");
            Assert.DoesNotContain(good.Findings, finding => finding.Code == "VSE1062");
        }

        LoadResult bad = Loading.Kong($"{consumers}plugins:\n- name: {plugin}\n  config: {{anonymous: gest}}\n");
        Assert.False(bad.Refused);
        Assert.Equal("no consumer 'gest'", bad.One("VSE1062").Message.Split(": ")[^1]);
    }

    [Theory]
    [InlineData("key-auth")]
    [InlineData("basic-auth")]
    [InlineData("jwt")]
    public void ConsumerScope_OfAuthentication_Refuses(string name)
    {
        LoadResult result = Loading.Kong($"consumers:\n- username: c\nplugins:\n- name: {name}\n  consumer: c\n");

        Assert.True(result.Refused);
        result.One("VSE1054");
    }

    [Fact]
    public void ConsumerScope_BeforeAuthentication_IsToldToNeverRun()
    {
        LoadResult result = Loading.Kong("consumers:\n- username: c\n  plugins:\n  - name: correlation-id\n");

        Assert.False(result.Refused);
        Assert.Contains("never runs", result.One("VSE1056").Message);
    }

    [Fact]
    public void Plugin_SameScopeTwice_IsAUniquenessViolation()
    {
        LoadResult result = Loading.Kong("services:\n- name: s\n  host: h\n  plugins:\n  - name: cors\nplugins:\n- name: cors\n  service: s\n- name: cors\n");

        Assert.True(result.Refused);
        Assert.Contains("uniqueness violation: 'plugins' entity with name,route,service,consumer set to 'cors,,s,' already declared", result.One("VSE1018").Message);
    }

    [Theory]
    [InlineData("  keyauth_credentials:\n  - key: abc\n  - {key: def, ttl: 60, tags: [t]}\n", "")]
    [InlineData("", "keyauth_credentials:\n- {key: abc, consumer: c}\n- {key: def, ttl: 60, tags: [t], consumer: {username: c}}\n")]
    public void KeyCredentials_NestedOrTopLevel_AreTheConsumers(string nested, string top)
    {
        LoadResult result = Loading.Kong($"consumers:\n- username: c\n{nested}{top}");

        result.Clean();
        KongConsumer consumer = Assert.Single(result.Model!.Consumers);
        Assert.Equal(["abc", "def"], consumer.KeyCredentials.Select(credential => credential.Key!.Reveal()));
        Assert.Equal([null, TimeSpan.FromSeconds(60)], consumer.KeyCredentials.Select(credential => credential.Ttl));
    }

    [Fact]
    public void KeyCredentials_SecretsAreNowhereShown()
    {
        LoadResult result = Loading.Kong("consumers:\n- username: c\n  keyauth_credentials: [{key: hush-hush}, {key: hush-hush}]\n");

        Assert.True(result.Refused);
        Assert.Contains("'keyauth_credentials' entity with key set to '******' already declared", result.One("VSE1018").Message);
        Assert.All(result.Findings, finding => Assert.DoesNotContain("hush-hush", finding.ToString()));
        Assert.DoesNotContain("hush-hush", result.Model?.Consumers[0].KeyCredentials[0].ToString() ?? "");
    }

    [Fact]
    public void KeyCredentials_WithoutKeyOrVariable_NeverMatch()
    {
        LoadResult result = Loading.Kong("consumers:\n- username: c\n  keyauth_credentials: [{}, {key: '${NO_SUCH_KEY}'}]\n");

        Assert.False(result.Refused);
        result.One("VSE1111");
        result.One("VSE1031");
        Assert.All(result.Model!.Consumers[0].KeyCredentials, credential => Assert.NotNull(credential.DisabledReason));
        Assert.All(result.Model!.Consumers[0].KeyCredentials, credential => Assert.Null(credential.Key));
    }

    [Fact]
    public void BasicCredentials_PlainPassword_IsHashedAtLoad()
    {
        LoadResult result = Loading.Kong("consumers:\n- username: c\n  basicauth_credentials: [{username: u, password: 'open sesame'}]\n");

        result.Clean();
        KongConsumer consumer = Assert.Single(result.Model!.Consumers);
        KongBasicCredential credential = Assert.Single(consumer.BasicCredentials);
        Assert.Equal(("u", PasswordTable.Digest("open sesame", consumer.Id.ToString())), (credential.Username, credential.Password!.Reveal()));
    }

    [Fact]
    public void BasicCredentials_WithoutTransform_AreDigestsAlready()
    {
        const string Digest = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
        LoadResult result = Loading.Kong(
            $"_transform: false\nconsumers:\n- username: c\nbasicauth_credentials:\n- {{username: u, password: {Digest}, consumer: c}}\n- {{username: v, password: plain, consumer: c}}\n");

        Assert.False(result.Refused);
        IReadOnlyList<KongBasicCredential> credentials = result.Model!.Consumers[0].BasicCredentials;
        Assert.Equal(Digest, credentials[0].Password!.Reveal());
        Assert.Null(credentials[1].Password);
        Assert.DoesNotContain("plain", result.One("VSE1031").ToString());
    }

    [Theory]
    [InlineData("{username: u}", "password: required field missing")]
    [InlineData("{password: p}", "username: required field missing")]
    [InlineData("{username: u, password: p}, {username: u, password: q}", "uniqueness violation: 'basicauth_credentials' entity with username set to 'u' already declared")]
    [InlineData("{username: u, password: p, passwort: q}", "passwort: unknown field")]
    public void BasicCredentials_Bad_Refuse(string entries, string sentence)
    {
        LoadResult result = Loading.Kong($"consumers:\n- username: c\n  basicauth_credentials: [{entries}]\n");

        Assert.True(result.Refused);
        Assert.Contains(result.Findings, finding => finding.Message.Contains(sentence, StringComparison.Ordinal));
    }

    [Fact]
    public void Jwt_EdDsaCredential_IsDisabledAndTold()
    {
        LoadResult result = Loading.Kong("consumers:\n- username: c\n  jwt_secrets: [{key: k, algorithm: EdDSA, rsa_public_key: x}]\n");

        Assert.False(result.Refused);
        Assert.Contains("no EdDSA", result.One("VSE1031").Message);
        Assert.True(result.Model!.Consumers[0].JwtCredentials[0].Disabled);
    }

    [Fact]
    public void Oauth2_NamedButNotConfigured_IsFine() =>
        Assert.False(Loading.Kong("services: []\n", "compat", ("KONG_PLUGINS", "bundled,oauth2")).Refused);

    [Fact]
    public void Oauth2_Configured_IsRefusedBecauseOfItsDatabase()
    {
        LoadResult result = Loading.Kong("plugins:\n- name: oauth2\n  config: {scopes: [a], enable_password_grant: true}\n");

        Assert.True(result.Refused);
        ConfigDiagnostic finding = result.One("VSE1055");
        Assert.Contains("database", finding.Message);
        Assert.Equal(3, finding.Span.Line);
        Assert.False(Loading.Kong("plugins:\n- name: oauth2\n  enabled: false\n").Refused);
    }

    private static T Config<T>(string name, string config)
        where T : KongPluginConfig
    {
        (LoadResult result, KongPlugin plugin) = Loading.Plugin(name, config);
        result.Clean();
        return Assert.IsType<T>(plugin.Config);
    }
}
