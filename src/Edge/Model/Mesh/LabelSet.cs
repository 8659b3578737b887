using System.Collections.Frozen;

namespace VoltageSoda.Edge.Model.Mesh;

/// <summary>Labels of an object, or those that a selector asks for. Immutable, thread-safe, equal by content.</summary>
public sealed class LabelSet : IEquatable<LabelSet>
{
    /// <summary>No labels.</summary>
    public static readonly LabelSet Empty = new([]);

    private readonly FrozenDictionary<string, string> _values;

    /// <summary>Copies the labels; of a repeated key the last counts.</summary>
    public LabelSet(IEnumerable<KeyValuePair<string, string>> labels)
    {
        Dictionary<string, string> values = new(StringComparer.Ordinal);
        foreach ((string key, string value) in labels)
        {
            values[key] = value;
        }

        _values = values.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>Number of labels.</summary>
    public int Count => _values.Count;

    /// <summary>Every label.</summary>
    public IReadOnlyDictionary<string, string> All => _values;

    /// <summary>A label's value, or null.</summary>
    public string? this[string key] => _values.GetValueOrDefault(key);

    /// <summary>True when every label of this set is among <paramref name="labels"/> with the same value; an empty set selects everything.</summary>
    public bool Selects(LabelSet labels)
    {
        foreach ((string key, string value) in _values)
        {
            if (labels[key] != value)
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public bool Equals(LabelSet? other) => other is not null && other.Count == Count && Selects(other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LabelSet);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        int hash = 0;
        foreach ((string key, string value) in _values)
        {
            hash ^= HashCode.Combine(key, value);
        }

        return hash;
    }

    /// <summary><c>a=b,c=d</c> in the order of the keys.</summary>
    public override string ToString() =>
        string.Join(',', _values.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}"));
}
