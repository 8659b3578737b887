using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Settings;

/// <summary>What there is to say about the environment once the documents are known (kong.md section 2, the env rows; section 13).</summary>
internal static class EnvironmentLints
{
    public static IReadOnlyList<ConfigDiagnostic> Check(EdgeSettings settings, IReadOnlySet<string> usedByDocuments, KongModel? model, bool configured) => [];
}
