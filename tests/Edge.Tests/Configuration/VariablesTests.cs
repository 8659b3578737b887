using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Tests.Configuration;

public sealed class VariablesTests
{
    private static readonly Dictionary<string, string> Variables = new()
    {
        ["A"] = "one",
        ["B_2"] = "two",
        ["EMPTY"] = "",
        ["MY_NAME"] = "vaulted",
        ["JSON"] = "{\"user\": \"bob\", \"n\": 5}",
    };

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("${A}", "one")]
    [InlineData("x${A}y${B_2}z", "xoneytwoz")]
    [InlineData("${NONE:-fallback}", "fallback")]
    [InlineData("${NONE:-}", "")]
    [InlineData("${EMPTY:-full}", "full")]
    [InlineData("${A:-unused}", "one")]
    [InlineData("$$", "$")]
    [InlineData("$${A}", "${A}")]
    [InlineData("cost$", "cost$")]
    [InlineData("$(headers.x)", "$(headers.x)")]
    [InlineData("~/x$", "~/x$")]
    [InlineData("{vault://env/my-name}", "vaulted")]
    [InlineData("{vault://env/name?prefix=my_}", "vaulted")]
    [InlineData("{vault://env/json/user}", "bob")]
    [InlineData("{vault://env/json/n}", "5")]
    [InlineData("x{vault://env/my-name}", "x{vault://env/my-name}")]
    public void Expand_Everything_ReplacesReferences(string text, string expected)
    {
        Expansion expansion = new VariableExpander(Variables, ExpansionRule.Everything).Expand(text);
        Assert.Equal(expected, expansion.Text);
        Assert.Empty(expansion.Missing);
    }

    [Theory]
    [InlineData("${NONE}", "NONE")]
    [InlineData("${EMPTY}", "EMPTY")]
    [InlineData("${A}${NONE}${OTHER}", "NONE,OTHER")]
    [InlineData("{vault://env/none}", "NONE")]
    [InlineData("{vault://env/json/password}", "JSON")]
    [InlineData("{vault://env/my-name/x}", "MY_NAME")]
    public void Expand_WithoutValue_NamesTheVariable(string text, string missing)
    {
        Expansion expansion = new VariableExpander(Variables, ExpansionRule.Everything).Expand(text);
        Assert.Equal(missing, string.Join(',', expansion.Missing));
        Assert.True(expansion.IsLiteralReference);
    }

    [Theory]
    [InlineData("${1}")]
    [InlineData("${}")]
    [InlineData("${A")]
    [InlineData("${A B}")]
    public void Expand_Malformed_StaysAndIsNoSecret(string text)
    {
        Expansion expansion = new VariableExpander(Variables, ExpansionRule.Everything).Expand(text);
        Assert.Equal(text, expansion.Text);
        Assert.True(expansion.IsLiteralReference);
    }

    [Fact]
    public void Expand_OtherVault_IsMissing() =>
        Assert.Single(new VariableExpander(Variables, ExpansionRule.Everything).Expand("{vault://aws/x}").Missing);

    [Fact]
    public void Expand_PrefixOfTheNode_IsUsed() =>
        Assert.Equal("vaulted", new VariableExpander(Variables, ExpansionRule.VaultOnly, "MY_").Expand("{vault://env/name}").Text);

    [Theory]
    [InlineData(ExpansionRule.VaultOnly, "${A}", "${A}", true)]
    [InlineData(ExpansionRule.VaultOnly, "{vault://env/a}", "one", false)]
    [InlineData(ExpansionRule.Nothing, "${A}", "${A}", true)]
    [InlineData(ExpansionRule.Nothing, "{vault://env/a}", "{vault://env/a}", true)]
    [InlineData(ExpansionRule.Nothing, "a$b", "a$b", false)]
    internal void Expand_OtherRules_LeaveReferences(ExpansionRule rule, string text, string expected, bool literal)
    {
        Expansion expansion = new VariableExpander(Variables, rule).Expand(text);
        Assert.Equal((expected, literal), (expansion.Text, expansion.IsLiteralReference));
    }

    [Fact]
    public void Expand_SecretFile_IsRead()
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, "from file\n");
        try
        {
            VariableExpander expander = new(new Dictionary<string, string> { ["TOKEN_FILE"] = file }, ExpansionRule.Everything);
            Assert.Equal("from file", expander.Expand("${TOKEN}").Text);
            Assert.Contains("TOKEN_FILE", expander.Used);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("secret: ${NONE}")]
    [InlineData("secret: ''")]
    [InlineData("secret: '${NONE:-}'")]
    [InlineData("secret: '${NONE'")]
    [InlineData("secret: '{vault://env/none}'")]
    public void Load_CredentialWithoutSecret_IsDisabledAndTheRestServed(string secret)
    {
        LoadResult result = Loading.Kong($"consumers:\n- username: c\n  jwt_secrets:\n  - key: k\n    {secret}\n  - {{key: l, secret: {Loading.LongSecret}}}\n");
        bool malformed = secret.Contains("'${NONE'", StringComparison.Ordinal);
        Assert.Equal(malformed, result.Refused);
        if (malformed)
        {
            Assert.True(result.One("VSE1033").Refuses);
            return;
        }

        ConfigDiagnostic finding = result.One("VSE1031");
        Assert.Equal((DiagnosticSeverity.Error, false, 6), (finding.Severity, finding.Refuses, finding.Span.Line));
        IReadOnlyList<KongJwtCredential> credentials = result.Model!.Consumers[0].JwtCredentials;
        Assert.Equal((true, false), (credentials[0].Disabled, credentials[1].Disabled));
        Assert.Null(credentials[0].Secret);
    }

    [Theory]
    [InlineData("\"${NONE:-}\"")]
    [InlineData("\"\"")]
    public void Load_RedisPasswordThatIsEmptyOnPurpose_IsNone(string password)
    {
        foreach (string mode in (string[])["compat", "strict"])
        {
            if (mode == "strict" && password.Contains("NONE", StringComparison.Ordinal))
            {
                continue;
            }

            (LoadResult result, KongPlugin plugin) = Loading.Plugin("rate-limiting", $"{{minute: 5, policy: redis, redis_host: r.test, redis_password: {password}}}", mode);
            Assert.False(result.Refused, DiagnosticText.Text(result.Findings));
            Assert.DoesNotContain(result.Findings, static finding => finding.Code == "VSE1032");
            RedisConfig redis = ((RateLimitingConfig)plugin.Config).Redis;
            Assert.Equal((null, null), (redis.Password, redis.UnreachableReason));
        }
    }

    [Fact]
    public void Load_RedisPasswordWithoutValue_CountsAsUnreachable()
    {
        (LoadResult result, KongPlugin plugin) = Loading.Plugin("rate-limiting", "{minute: 5, policy: redis, redis: {host: r.test, password: \"${NONE}\"}}");
        Assert.False(result.Refused);
        Assert.Equal((DiagnosticSeverity.Error, false), (result.One("VSE1032").Severity, result.One("VSE1032").Refuses));
        Assert.Contains("NONE", ((RateLimitingConfig)plugin.Config).Redis.UnreachableReason);
    }

    [Theory]
    [InlineData("services:\n- {name: s, host: \"${NONE}\"}\n")]
    [InlineData("services:\n- {name: s, host: a.test, port: \"${NONE}\"}\n")]
    [InlineData("routes:\n- {name: r, paths: [\"/${NONE}\"]}\n")]
    [InlineData("consumers:\n- username: c\n  jwt_secrets: [{key: \"${NONE}\"}]\n")]
    public void Load_OtherFieldWithoutValue_Refuses(string yaml)
    {
        ConfigDiagnostic finding = Loading.Kong(yaml).One("VSE1030");
        Assert.True(finding.Refuses);
        Assert.Contains("NONE has no value and no default", finding.Message);
    }

    [Fact]
    public void Load_ExpandedNumbersAndBooleans_AreTyped()
    {
        LoadResult result = Loading.Kong("services:\n- {name: s, host: a.test, port: \"${PORT:-8080}\", retries: \"${RETRIES}\", enabled: \"${ON}\"}\n", "compat", ("RETRIES", "2"), ("ON", "off"));
        Assert.DoesNotContain(result.Findings, finding => finding.Code == "VSE1014");
        Assert.Equal((8080, 2, false), (result.Model!.Services[0].Port, result.Model.Services[0].Retries, result.Model.Services[0].Enabled));
    }

    [Fact]
    public void Load_StrictMode_KeepsTheTextAndRefusesItAsASecret()
    {
        const string Yaml = "consumers:\n- username: c\n  jwt_secrets: [{key: k, secret: \"${A}\"}]\n";
        Assert.True(Loading.Kong(Yaml, "strict", ("A", Loading.LongSecret)).One("VSE1033").Refuses);
        Assert.Equal(Loading.LongSecret, Loading.Kong(Yaml.Replace("${A}", "{vault://env/a}"), "strict", ("A", Loading.LongSecret)).Model!.Consumers[0].JwtCredentials[0].Secret!.Reveal());
    }

    [Fact]
    public void LoadPosted_References_AreNotExpanded()
    {
        ConfigSource source = new(EdgeSettings.From(("A", "a.test"), ("SECRET", Loading.LongSecret)));
        LoadResult secret = source.LoadPosted("_format_version: \"3.0\"\nconsumers:\n- username: c\n  jwt_secrets: [{key: k, secret: \"${SECRET}\"}]\n");
        Assert.True(secret.One("VSE1033").Refuses);
        LoadResult vault = source.LoadPosted("_format_version: \"3.0\"\nconsumers:\n- username: c\n  jwt_secrets: [{key: k, secret: \"{vault://env/secret}\"}]\n");
        Assert.True(vault.Refused);
        LoadResult elsewhere = source.LoadPosted("{\"_format_version\": \"3.0\", \"services\": [{\"name\": \"s\", \"host\": \"a.test\", \"tags\": [\"${A}\"]}]}");
        Assert.Equal(["${A}"], elsewhere.Model!.Services[0].Tags);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("\"x\"")]
    public void LoadPosted_NoConfiguration_Refuses(string text) =>
        Assert.Contains("expected a declarative configuration", new ConfigSource(EdgeSettings.Defaults).LoadPosted(text).One("VSE1005").Message);

    [Fact]
    public void LoadPosted_BrokenText_Refuses() => Assert.True(new ConfigSource(EdgeSettings.Defaults).LoadPosted("a: [").Refused);

    [Fact]
    public void Load_ShortSecret_IsTold() => Assert.Equal(
        DiagnosticSeverity.Warning,
        Loading.Kong("consumers:\n- username: c\n  jwt_secrets: [{key: k, secret: short}]\n").One("VSE1034").Severity);
}
