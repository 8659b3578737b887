using VoltageSoda.Edge.Configuration.Yaml;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>
/// Whether a PeerAuthentication demands certificates. It demands none only where every word of it is understood and says so: a misspelt field may
/// have been the one that did. Pure.
/// </summary>
internal static class PeerDemand
{
    private static readonly string[] Harmless = ["", "UNSET", "PERMISSIVE", "DISABLE"];

    /// <summary>True when it lets everybody connect.</summary>
    public static bool IsNone(MeshRecord spec)
    {
        spec.Accept("selector");
        bool none = IsNone(spec.Entry("mtls")?.Value)
            && (spec.Entry("portLevelMtls")?.Value is not { } ports || (ports is YamlMapping map && map.Entries.All(port => IsNone(port.Value))));
        return none && !spec.Unread.Any();
    }

    private static bool IsNone(YamlNode? mtls) =>
        mtls is null or YamlScalar { IsNull: true }
        || (mtls is YamlMapping map
            && map.Entries.All(static entry => entry.Key == "mode" && entry.Value is YamlScalar mode && (mode.IsNull || Harmless.Contains(mode.Text))));
}
