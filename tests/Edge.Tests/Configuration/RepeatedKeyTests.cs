using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Yaml;

namespace VoltageSoda.Edge.Tests.Configuration;

/// <summary>A key that stands twice takes nothing away that guards access.</summary>
public sealed class RepeatedKeyTests
{
    [Theory]
    [InlineData("services:\n- name: s\n  host: a.test\n  plugins: [{name: key-auth}]\n  plugins: [{name: cors}]\n", "services[0].plugins", 6)]
    [InlineData("services:\n- name: s\n  host: a.test\n  plugins: [{name: key-auth}]\n  plugins:\n", "services[0].plugins", 6)]
    [InlineData("plugins:\n- name: key-auth\nservices: [{name: s, host: a.test}]\nplugins: []\n", "plugins", 5)]
    [InlineData("services: [{name: s, host: a.test}]\nservices: [{name: t, host: b.test}]\n", "services", 3)]
    [InlineData("consumers:\n- username: u\n  keyauth_credentials: [{key: a}]\n  keyauth_credentials: [{key: b}]\n", "consumers[0].keyauth_credentials", 5)]
    [InlineData("plugins:\n- name: acl\n  config: {deny: [a], allow: }\n  config: {deny: [b]}\n", "plugins[0].config.deny", 5)]
    [InlineData("plugins:\n- name: acl\n  config: {deny: [a]}\n  config:\n", "plugins[0].config", 5)]
    public void Load_WouldDropAListOrMapping_IsRefused(string yaml, string path, int line)
    {
        LoadResult result = Loading.Kong(yaml);
        ConfigDiagnostic finding = result.One("VSE1022");
        Assert.True(result.Refused);
        Assert.Null(result.Model);
        Assert.Equal((path, line), (finding.Path, finding.Span.Line));
        Assert.Contains("would be dropped", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TwoMappings_AreMergedAndTold()
    {
        LoadResult result = Loading.Kong("""
            services:
            - name: s
              host: a.test
              plugins:
              - name: key-auth
                config: {key_names: [x-key], hide_credentials: false}
                config: {hide_credentials: true}
            """);
        string text = ModelText.Render(result.Model!, Loading.Root);
        Assert.Contains("x-key", text, StringComparison.Ordinal);
        Assert.All(result.Kong(), static finding => Assert.Equal(("VSE1002", false), (finding.Code, finding.Refuses)));
        Assert.Equal(["both are merged", "the last one counts"], result.Kong().Select(static finding => finding.Action).Order());
    }

    [Fact]
    public void Read_MergedMapping_LeavesTheAnchoredOneAlone()
    {
        YamlStream stream = YamlReader.Read("f.yml", "a: &x {b: 1, d: {e: 1}}\na: {b: 2, c: 3, d: {f: 2}}\na: {g: 4}\nother: *x\n");
        YamlMapping root = (YamlMapping)stream.Documents[0];
        YamlMapping merged = (YamlMapping)root["a"]!;
        Assert.Equal(["b", "d", "c", "g"], merged.Distinct.Select(static entry => entry.Key));
        Assert.Equal("2", ((YamlScalar)merged["b"]!).Text);
        Assert.Equal(["e", "f"], ((YamlMapping)merged["d"]!).Distinct.Select(static entry => entry.Key));
        YamlMapping anchored = (YamlMapping)root["other"]!;
        Assert.Equal(["b", "d"], anchored.Distinct.Select(static entry => entry.Key));
        Assert.Equal(["e"], ((YamlMapping)anchored["d"]!).Distinct.Select(static entry => entry.Key));
        Assert.Equal([YamlProblemKind.MergedKey, YamlProblemKind.DuplicateKey, YamlProblemKind.MergedKey, YamlProblemKind.MergedKey],
            stream.Problems.Select(static problem => problem.Kind));
    }

    [Fact]
    public void Read_MergeKeysAndOverrides_AreNoRepetition() =>
        Assert.Empty(YamlReader.Read("f.yml", "base: &b {tags: [a], x: {y: 1}}\none:\n  <<: *b\n  tags: [b]\n  x: {z: 1}\n").Problems);

    [Fact]
    public void Read_ManyRepetitions_CostWhatTheyHold()
    {
        const int Count = 20_000;
        string text = string.Concat(Enumerable.Range(0, Count).Select(static i => $"a: {{k{i}: 1}}\n"));
        YamlMapping root = (YamlMapping)YamlReader.Read("f.yml", text).Documents[0];
        Assert.Equal(Count, ((YamlMapping)root["a"]!).Entries.Count);
    }

    [Fact]
    public void LoadPosted_WouldDropAList_IsRefused()
    {
        LoadResult posted = new ConfigSource(VoltageSoda.Edge.Configuration.Settings.EdgeSettings.Defaults)
            .LoadPosted("{\"_format_version\":\"3.0\",\"plugins\":[{\"name\":\"key-auth\"}],\"plugins\":[]}");
        Assert.True(posted.Refused);
        Assert.Equal("plugins", posted.One("VSE1022").Path);
    }
}
