namespace VoltageSoda.Edge.Model;

/// <summary>
/// A value that must not reach a log, a dump or a finding: only <see cref="Reveal"/> gives it, everything else shows a mask.
/// Immutable, thread-safe.
/// </summary>
public sealed class Secret(string value) : IEquatable<Secret>
{
    /// <summary>What is shown instead of a secret.</summary>
    public const string Mask = "******";

    /// <summary>The value itself.</summary>
    public string Reveal() => value;

    /// <inheritdoc/>
    public bool Equals(Secret? other) => other is not null && other.Reveal() == value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Secret);

    /// <inheritdoc/>
    public override int GetHashCode() => value.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Mask;
}
