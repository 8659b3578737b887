namespace VoltageSoda.Edge.Telemetry.MeshMetrics;

/// <summary>Which labels a metric has: Istio's without some, and more. Immutable.</summary>
/// <param name="Number">Its number in keys.</param>
/// <param name="Removed">Positions of Istio's labels that are left out.</param>
/// <param name="Tags">Labels of one's own; those that are read come first.</param>
internal sealed record MetricShape(int Number, IReadOnlySet<int> Removed, IReadOnlyList<MetricTag> Tags)
{
    /// <summary>Labels that may be read from exchanges: each takes its bits of a key.</summary>
    public const int MaxRead = 5;

    /// <summary>Bits of a key below the number of the shape.</summary>
    public const int ValueBits = MaxRead * TagValues.Bits;

    /// <summary>Shapes that a process may have.</summary>
    public const int MaxShapes = 1 << (63 - ValueBits);

    /// <summary>The values behind <see cref="Tags"/>, in their order.</summary>
    public required IReadOnlyList<TagValues?> Values { get; init; }

    /// <summary>Labels that are read.</summary>
    public int ReadCount { get; } = Tags.Count(static tag => tag.IsRead);

    /// <summary>Its part of a key, without values.</summary>
    public long Key => (long)Number << ValueBits;
}
