using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Yaml;

/// <summary>
/// A node of a YAML or JSON document with its place. Aliases share the node they refer to (so its place is the anchor's). Immutable after
/// reading, thread-safe.
/// </summary>
public abstract class YamlNode
{
    private protected YamlNode(SourceSpan span) => Span = span;

    /// <summary>Where the node begins.</summary>
    public SourceSpan Span { get; }

    /// <summary>Nodes in this subtree with aliases counted every time, to bound their expansion.</summary>
    internal abstract long Weight { get; }

    /// <summary>What people call it: string, integer, number, boolean, null, array, map.</summary>
    public abstract string TypeName { get; }

    /// <summary>The same with its article.</summary>
    public string NamedType => TypeName switch
    {
        "null" => "null",
        ['a' or 'i', ..] => $"an {TypeName}",
        _ => $"a {TypeName}",
    };
}

/// <summary>Type that a scalar has by YAML 1.1 as Kong's reader (lyaml) takes it.</summary>
public enum YamlScalarType
{
    /// <summary>Text.</summary>
    String,

    /// <summary>Whole number.</summary>
    Integer,

    /// <summary>Number with a fraction or exponent.</summary>
    Float,

    /// <summary>true, false, yes, no, on, off.</summary>
    Boolean,

    /// <summary>null, ~ or nothing.</summary>
    Null,
}

/// <summary>A scalar.</summary>
public sealed class YamlScalar : YamlNode
{
    internal YamlScalar(SourceSpan span, string text, YamlScalarType type, double number, bool isPlain)
        : base(span)
    {
        Text = text;
        Type = type;
        Number = number;
        IsPlain = isPlain;
    }

    /// <summary>The text, unescaped.</summary>
    public string Text { get; }

    /// <summary>Its type.</summary>
    public YamlScalarType Type { get; }

    /// <summary>The value of a number (whole numbers exactly up to 2^53, as in Kong), 1 or 0 of a boolean.</summary>
    public double Number { get; }

    /// <summary>True when it was written without quotes.</summary>
    public bool IsPlain { get; }

    /// <summary>True for null.</summary>
    public bool IsNull => Type == YamlScalarType.Null;

    /// <inheritdoc/>
    public override string TypeName => Type switch
    {
        YamlScalarType.Integer => "integer",
        YamlScalarType.Float => "number",
        YamlScalarType.Boolean => "boolean",
        YamlScalarType.Null => "null",
        _ => "string",
    };

    internal override long Weight => 1;
}

/// <summary>A sequence.</summary>
public sealed class YamlSequence : YamlNode
{
    private long _weight = 1;

    internal YamlSequence(SourceSpan span)
        : base(span)
    {
    }

    /// <summary>The items.</summary>
    public IReadOnlyList<YamlNode> Items => Nodes;

    /// <inheritdoc/>
    public override string TypeName => "array";

    internal List<YamlNode> Nodes { get; } = [];

    internal override long Weight => _weight;

    internal void Add(YamlNode node)
    {
        Nodes.Add(node);
        _weight += node.Weight;
    }
}

/// <summary>One key and its value.</summary>
/// <param name="Key">The key as text.</param>
/// <param name="KeySpan">Where the key begins.</param>
/// <param name="Value">The value.</param>
/// <param name="IsMerged">True when it came through <c>&lt;&lt;</c>.</param>
public sealed record YamlEntry(string Key, SourceSpan KeySpan, YamlNode Value, bool IsMerged = false);

/// <summary>A mapping. Repeated keys are all kept, in order; looking one up gives the last, as Kong's reader does.</summary>
public sealed class YamlMapping : YamlNode
{
    private readonly List<YamlEntry> _entries = [];
    private readonly Dictionary<string, YamlEntry> _last = new(StringComparer.Ordinal);
    private long _weight = 1;

    internal YamlMapping(SourceSpan span)
        : base(span)
    {
    }

    /// <summary>True when it was made out of several that stood under one key; then nothing else refers to it.</summary>
    internal bool IsMade { get; init; }

    /// <summary>Every entry in order, repeated keys too.</summary>
    public IReadOnlyList<YamlEntry> Entries => _entries;

    /// <summary>One entry per key, the last one of each, in the order of first appearance.</summary>
    public IEnumerable<YamlEntry> Distinct
    {
        get
        {
            if (_last.Count == _entries.Count)
            {
                return _entries;
            }

            return _entries.Select(entry => entry.Key).Distinct(StringComparer.Ordinal).Select(key => _last[key]);
        }
    }

    /// <inheritdoc/>
    public override string TypeName => "map";

    /// <summary>The last value of a key, or null.</summary>
    public YamlNode? this[string key] => Find(key)?.Value;

    internal override long Weight => _weight;

    /// <summary>The last entry of a key, or null.</summary>
    public YamlEntry? Find(string key) => _last.GetValueOrDefault(key);

    /// <summary>Adds at the end; returns the earlier entry of the same key.</summary>
    internal YamlEntry? Add(YamlEntry entry)
    {
        YamlEntry? earlier = Find(entry.Key);
        if (entry.IsMerged && earlier is not null)
        {
            // What is written in the mapping itself wins over what is merged in, wherever it stands.
            return null;
        }

        _entries.Add(entry);
        _last[entry.Key] = entry;
        _weight += 1 + entry.Value.Weight;
        return earlier is { IsMerged: true } ? null : earlier;
    }
}
