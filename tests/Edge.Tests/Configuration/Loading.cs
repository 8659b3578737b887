using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Tests.Configuration;

/// <summary>Loads documents for tests.</summary>
internal static class Loading
{
    public const string LongSecret = "0123456789abcdef0123456789abcdef0123456789abcdef";

    public static string Root { get; } = FindRoot();

    public static string SampleFile { get; } = Path.Combine(Root, "samples", "voltage-soda", "kong.yml");

    public static (string, string)[] SampleSecrets { get; } =
    [
        ("KONG_REDIS_PASSWORD", "redis-password"),
        ("SERVICE_ACCOUNT_JWT_SECRET", "service-" + LongSecret),
        ("API_CLIENT_JWT_SECRET", "client-" + LongSecret),
        ("ADMIN_JWT_SECRET", "admin-" + LongSecret),
    ];

    /// <summary>A document given as text.</summary>
    public static LoadResult Text(string yaml, params (string, string)[] variables) =>
        new ConfigSource(EdgeSettings.From([("KONG_DECLARATIVE_CONFIG_STRING", yaml), .. variables])).Load();

    /// <summary>A document of format 3.0, given without its first line, in a mode.</summary>
    public static LoadResult Kong(string yaml, string mode = "compat", params (string, string)[] variables) =>
        Text("_format_version: \"3.0\"\n" + yaml, [("EDGE_CONFIG_MODE", mode), .. variables]);

    /// <summary>Findings on the documents, without those on the environment.</summary>
    public static IReadOnlyList<ConfigDiagnostic> Kong(this LoadResult result) =>
        [.. result.Findings.Where(finding => finding.Code.StartsWith("VSE1", StringComparison.Ordinal))];

    public static ConfigDiagnostic One(this LoadResult result, string code) =>
        Assert.Single(result.Findings, finding => finding.Code == code);

    public static void Clean(this LoadResult result) => Assert.Empty(result.Kong().Select(finding => finding.ToString()));

    /// <summary>The only plugin of a service with the given configuration lines.</summary>
    public static (LoadResult Result, KongPlugin Plugin) Plugin(string name, string config, string mode = "compat", params (string, string)[] variables)
    {
        string indented = string.Concat(config.Split('\n').Select(line => $"      {line}\n"));
        LoadResult result = Kong($"services:\n- name: s\n  host: a.test\n  plugins:\n  - name: {name}\n    config:\n{indented}", mode, variables);
        return (result, result.Model?.Plugins[0]!);
    }

    public static LoadResult Sample(string mode, params (string, string)[] variables) =>
        new ConfigSource(EdgeSettings.From([("KONG_DECLARATIVE_CONFIG", SampleFile), ("EDGE_CONFIG_MODE", mode), .. variables])).Load();

    private static string FindRoot()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "VoltageSoda.Edge.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run outside the repository.");
        }

        return folder;
    }
}
