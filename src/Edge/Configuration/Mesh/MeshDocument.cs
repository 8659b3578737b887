using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>One Istio or Kubernetes document: a mapping with a <c>kind</c>.</summary>
/// <param name="Root">Its root.</param>
/// <param name="Group">Group of its <c>apiVersion</c>, "" for Kubernetes' core group. The version says nothing to the data plane.</param>
/// <param name="Kind">Its kind.</param>
internal sealed record MeshDocument(YamlMapping Root, string Group, string Kind)
{
    private static readonly string[] GuardingKinds =
        ["AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication", "Policy", "MeshPolicy", "WasmPlugin", "ClusterRbacConfig", "RbacConfig"];

    /// <summary>The document that a mapping is; null when it has no kind.</summary>
    public static MeshDocument? Of(YamlMapping root)
    {
        if (root["kind"] is not YamlScalar { IsNull: false, Text: var kind })
        {
            return null;
        }

        string version = root["apiVersion"] is YamlScalar scalar ? scalar.Text : "";
        int slash = version.IndexOf('/', StringComparison.Ordinal);
        return new MeshDocument(root, slash < 0 ? "" : version[..slash], kind);
    }

    /// <summary>True for the groups of Istio.</summary>
    public bool IsIstio => Group.EndsWith(".istio.io", StringComparison.Ordinal);

    /// <summary>True when leaving it out could open what it closes.</summary>
    public bool Guards => IsGuard(Group, Kind);

    /// <summary>Where it begins.</summary>
    public SourceSpan Span => Root.Span;

    /// <summary>True when leaving out a document of this kind could open what it closes.</summary>
    public static bool IsGuard(string group, string kind) =>
        group is "security.istio.io" or "authentication.istio.io" || (group.EndsWith(".istio.io", StringComparison.Ordinal) && GuardingKinds.Contains(kind));
}
