using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;

namespace VoltageSoda.Edge.Tests.Configuration.Mesh;

/// <summary>Loads Istio's and Kubernetes' documents for tests.</summary>
internal static class MeshLoading
{
    public static string SampleFolder { get; } = Path.Combine(Loading.Root, "samples", "voltage-soda", "istio");

    /// <summary>Documents of a text, as a file <c>mesh.yaml</c> of a folder of its own.</summary>
    public static LoadResult Text(string yaml, string mode = "compat", params (string, string)[] variables) => Files(mode, variables, ("mesh.yaml", yaml));

    public static LoadResult Files(string mode, (string, string)[] variables, params (string Name, string Text)[] files)
    {
        string folder = Directory.CreateTempSubdirectory("edge-mesh").FullName;
        try
        {
            foreach ((string name, string text) in files)
            {
                File.WriteAllText(Path.Combine(folder, name), text);
            }

            return new ConfigSource(EdgeSettings.From([("EDGE_CONFIG", folder), ("EDGE_CONFIG_MODE", mode), .. variables])).Load();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A document of Istio's networking group in namespace <c>shop</c>; <paramref name="spec"/> is what stands under it, not indented.</summary>
    public static string Document(string kind, string spec, string name = "x", string group = "networking.istio.io/v1") =>
        $"apiVersion: {group}\nkind: {kind}\nmetadata:\n  name: {name}\n  namespace: shop\nspec:\n"
        + string.Concat(spec.TrimEnd('\n').Split('\n').Select(line => $"  {line}\n"));

    /// <summary>A virtual service with one rule, whose lines are given.</summary>
    public static string Rule(string rule) =>
        Document("VirtualService", "hosts: [a.test]\ngateways: [gw]\nhttp:\n- " + rule.TrimEnd('\n').Replace("\n", "\n  ", StringComparison.Ordinal));

    /// <summary>A destination rule with a traffic policy, whose lines are given.</summary>
    public static string Policy(string policy) =>
        Document("DestinationRule", "host: a\ntrafficPolicy:\n  " + policy.TrimEnd('\n').Replace("\n", "\n  ", StringComparison.Ordinal));

    /// <summary>Findings on mesh documents as <c>line code</c>.</summary>
    public static string[] Codes(this LoadResult result) =>
        [.. result.Findings.Where(finding => finding.Code.StartsWith("VSE2", StringComparison.Ordinal) || finding.Code.StartsWith("VSE1", StringComparison.Ordinal))
            .Select(finding => $"{finding.Span.Line} {finding.Code}")];

    /// <summary>Golden text of findings: no absolute paths.</summary>
    public static string Render(LoadResult result) =>
        DiagnosticText.Text([.. result.Findings.Where(finding => !finding.Code.StartsWith("VSE3", StringComparison.Ordinal))])
            .Replace(Loading.Root + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);

    public static LoadResult Sample(string mode, params (string, string)[] variables) =>
        new ConfigSource(EdgeSettings.From([("EDGE_CONFIG", SampleFolder), ("EDGE_CONFIG_MODE", mode), .. variables])).Load();
}
