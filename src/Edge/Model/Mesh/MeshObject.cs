namespace VoltageSoda.Edge.Model.Mesh;

/// <summary>What every Istio or Kubernetes document carries. Immutable.</summary>
public abstract record MeshObject
{
    /// <summary><c>metadata.name</c>; "" when none was written.</summary>
    public required string Name { get; init; }

    /// <summary><c>metadata.namespace</c>, <c>default</c> when none was written.</summary>
    public required string Namespace { get; init; }

    /// <summary>Where the document begins.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary><c>metadata.creationTimestamp</c>; null when none was written.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary><c>metadata.labels</c>.</summary>
    public LabelSet Labels { get; init; } = LabelSet.Empty;

    /// <summary><c>metadata.annotations</c>.</summary>
    public LabelSet Annotations { get; init; } = LabelSet.Empty;

    /// <summary><c>namespace/name</c>.</summary>
    public string FullName => $"{Namespace}/{Name}";

    /// <summary>
    /// Istio's order of objects of one kind: the oldest first, then by name, then by namespace, as bytes (<c>pilot/pkg/model/config.go</c>). An object
    /// without a creation time, as most files hold, counts as the oldest.
    /// </summary>
    public static int Compare(MeshObject left, MeshObject right)
    {
        int byAge = Nullable.Compare(left.Created, right.Created);
        if (byAge != 0)
        {
            return byAge;
        }

        int byName = string.CompareOrdinal(left.Name, right.Name);
        return byName != 0 ? byName : string.CompareOrdinal(left.Namespace, right.Namespace);
    }
}
