namespace VoltageSoda.Edge.Model;

/// <summary>
/// The places of an entity's fields, by dotted path (<c>paths[0]</c>, <c>config.add.headers[1]</c>). Immutable, thread-safe.
/// </summary>
public sealed class FieldSpans
{
    /// <summary>No field is located.</summary>
    public static readonly FieldSpans Empty = new([]);

    private readonly Dictionary<string, SourceSpan> _spans;

    /// <summary>Copies the places.</summary>
    public FieldSpans(IEnumerable<KeyValuePair<string, SourceSpan>> spans) =>
        _spans = new Dictionary<string, SourceSpan>(spans, StringComparer.Ordinal);

    /// <summary>The place of a field; <see cref="SourceSpan.None"/> when the field was not written.</summary>
    public SourceSpan this[string path] => _spans.TryGetValue(path, out SourceSpan span) ? span : SourceSpan.None;

    /// <summary>True when the field was written.</summary>
    public bool Has(string path) => _spans.ContainsKey(path);

    /// <summary>Every located field.</summary>
    public IReadOnlyDictionary<string, SourceSpan> All => _spans;
}
