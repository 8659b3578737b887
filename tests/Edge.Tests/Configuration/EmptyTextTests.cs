using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Tests.Configuration;

/// <summary>Texts that are empty, and what everybody may write beside the fields.</summary>
public sealed class EmptyTextTests
{
    [Theory]
    [InlineData("plugins:\n- {name: cors, config: {origins: [\"\"]}}\n", "config.origins[0]")]
    [InlineData("plugins:\n- {name: cors, config: {origins: [\"http://a.test\", \"${NOTHING:-}\"]}}\n", "config.origins[1]")]
    [InlineData("plugins:\n- {name: cors, config: {headers: \"\"}}\n", "config.headers")]
    [InlineData("plugins:\n- {name: jwt, config: {uri_param_names: [\"\"]}}\n", "config.uri_param_names[0]")]
    [InlineData("plugins:\n- {name: key-auth, config: {anonymous: \"\"}}\n", "config.anonymous")]
    [InlineData("plugins:\n- {name: acl, config: {allow: [\"\"]}}\n", "config.allow[0]")]
    [InlineData("routes:\n- {paths: [/], methods: [\"\"]}\n", "methods[0]")]
    [InlineData("services:\n- {host: a.test, name: \"\"}\n", "name")]
    public void Load_EmptyText_Refuses(string yaml, string field)
    {
        LoadResult result = Loading.Kong(yaml);
        Assert.Contains(result.Findings, finding => finding.Refuses && finding.Message == $"{field}: length must be at least 1");
    }

    [Theory]
    [InlineData("jwt_secrets: [{key: k, secret: \"\"}]", "secret")]
    [InlineData("keyauth_credentials: [{key: \"\"}]", "key")]
    [InlineData("basicauth_credentials: [{username: u, password: \"\"}]", "password")]
    public void Load_EmptySecret_DisablesTheCredentialAndRefusesInStrictMode(string credentials, string field)
    {
        string yaml = $"consumers:\n- username: c\n  {credentials}\n";
        LoadResult compat = Loading.Kong(yaml);
        Assert.False(compat.Refused, DiagnosticText.Text(compat.Findings));
        Assert.Equal(DiagnosticSeverity.Error, compat.One("VSE1031").Severity);
        KongConsumer consumer = compat.Model!.Consumers[0];
        Assert.Single(
            [
                .. consumer.JwtCredentials.Select(static credential => (credential.DisabledReason, credential.Secret)),
                .. consumer.KeyCredentials.Select(static credential => (credential.DisabledReason, credential.Key)),
                .. consumer.BasicCredentials.Select(static credential => (credential.DisabledReason, credential.Password)),
            ],
            static credential => credential is (not null, null));

        LoadResult strict = Loading.Kong(yaml, "strict");
        Assert.True(strict.Refused);
        Assert.Equal($"{field}: length must be at least 1", strict.One("VSE1017").Message);
    }

    [Fact]
    public void Load_EmptyRedisPassword_IsAllowedInStrictMode() => Assert.DoesNotContain(
        Loading.Kong("plugins:\n- {name: rate-limiting, config: {minute: 1, redis_password: \"\"}}\n", "strict").Findings, static finding => finding.Code == "VSE1017");

    [Theory]
    [InlineData("plugins:\n- {name: cors, config: {_comment: x}}\n", "config._comment: unknown field")]
    [InlineData("plugins:\n- {name: cors, config: {_ignore: [1]}}\n", "config._ignore: unknown field")]
    [InlineData("upstreams:\n- {name: u.test, healthchecks: {active: {_comment: x}}}\n", "healthchecks.active._comment: unknown field")]
    public void Load_AnnotationInsideARecord_IsAnUnknownField(string yaml, string message)
    {
        Assert.Equal(message, Loading.Kong(yaml).One("VSE1010").Message);
        Assert.True(Loading.Kong(yaml, "strict").One("VSE1010").Refuses);
    }

    [Theory]
    [InlineData("_comment: 7\n", "_comment: expected a string")]
    [InlineData("_ignore: x\n", "_ignore: expected an array")]
    [InlineData("services:\n- host: a.test\n  _comment: {a: b}\n", "_comment: expected a string")]
    [InlineData("services:\n- host: a.test\n  _ignore: {a: b}\n", "_ignore: expected an array")]
    public void Load_AnnotationOfTheWrongType_RefusesInStrictModeOnly(string yaml, string message)
    {
        LoadResult compat = Loading.Kong(yaml);
        Assert.False(compat.Refused);
        Assert.Equal(message, compat.One("VSE1024").Message);
        Assert.True(Loading.Kong(yaml, "strict").One("VSE1024").Refuses);
    }
}
