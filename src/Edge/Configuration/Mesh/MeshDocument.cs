using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>One Istio or Kubernetes document: a mapping with a <c>kind</c>.</summary>
/// <param name="Root">Its root.</param>
/// <param name="Group">Group of its <c>apiVersion</c>, "" for Kubernetes' core group. The version says nothing to the data plane.</param>
/// <param name="Kind">Its kind.</param>
internal sealed record MeshDocument(YamlMapping Root, string Group, string Kind)
{
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
    public bool IsIstio => MeshKinds.IsIstio(Group);

    /// <summary>True when leaving it out could open what it closes.</summary>
    public bool Guards => MeshKinds.IsGuard(Group, Kind) || (Kind == "EnvoyFilter" && MeshKinds.NamesGuard(Root));

    /// <summary>Places where a key stands twice and what the first one held is lost.</summary>
    public IReadOnlyList<YamlProblem> Lost { get; init; } = [];

    /// <summary>The items of a list of documents; null when it is none. An item may leave its kind to the list.</summary>
    public YamlEntry? Items =>
        Kind == "List" && Group.Length == 0 ? Root.Find("items") ?? new YamlEntry("items", Span, new YamlSequence(Span))
        : Kind.Length > 4 && Kind.EndsWith("List", StringComparison.Ordinal) ? Root.Find("items")
        : null;

    /// <summary>A document inside this list; null when it has no kind.</summary>
    public MeshDocument? Item(YamlMapping item)
    {
        MeshDocument? own = Of(item);
        return Kind == "List" ? own
            : own is null ? new MeshDocument(item, Group, Kind[..^4])
            : item["apiVersion"] is null ? own with { Group = Group }
            : own;
    }

    /// <summary>Where it begins.</summary>
    public SourceSpan Span => Root.Span;
}
