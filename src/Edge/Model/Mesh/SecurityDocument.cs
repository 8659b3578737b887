namespace VoltageSoda.Edge.Model.Mesh;

/// <summary>A document that guards access. Immutable. Its rules are not read yet; what it guards is.</summary>
public sealed record SecurityDocument : MeshObject
{
    /// <summary>PeerAuthentication, RequestAuthentication, AuthorizationPolicy, ServiceRole or ServiceRoleBinding.</summary>
    public required string Kind { get; init; }

    /// <summary>Labels of the workloads it guards; empty is the namespace, in the root namespace the whole mesh.</summary>
    public LabelSet Selector { get; init; } = LabelSet.Empty;

    /// <summary>Where the labels stand.</summary>
    public SourceSpan SelectorSpan { get; init; }

    /// <summary>True when its text could not be read.</summary>
    public bool IsBroken { get; init; }
}

/// <summary>Workloads that no request may reach. Immutable.</summary>
public sealed record DeniedWorkload
{
    /// <summary>Where the document stands that guards them.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>Kind of that document.</summary>
    public required string Kind { get; init; }

    /// <summary>Name of that document.</summary>
    public required string Name { get; init; }

    /// <summary>Namespace of the workloads; null is the whole mesh.</summary>
    public string? Namespace { get; init; }

    /// <summary>Labels of the workloads; empty is every workload of the namespace.</summary>
    public LabelSet Selector { get; init; } = LabelSet.Empty;

    /// <summary>True when a workload of a namespace with these labels is meant.</summary>
    public bool Covers(string @namespace, LabelSet labels) => (Namespace is null || Namespace == @namespace) && Selector.Selects(labels);
}
