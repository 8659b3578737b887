using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong;

/// <summary>
/// Reads the fields of one map: required, types, ranges, allowed values, with Kong's sentences for what is wrong, and at the end every field
/// that nobody asked for with the nearest name. Values that convert without loss are converted with a finding. Used by one thread.
/// </summary>
internal sealed partial class RecordReader
{
    private readonly KongLoad _load;
    private readonly YamlMapping _map;
    private readonly bool _guards;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SourceSpan> _spans;
    private readonly string _spanPrefix;

    /// <summary>Begins a record; <paramref name="guards"/> makes unknown fields refuse in every mode.</summary>
    public RecordReader(KongLoad load, YamlMapping map, string path, bool guards)
        : this(load, map, path, guards, new Dictionary<string, SourceSpan>(StringComparer.Ordinal), "")
    {
    }

    private RecordReader(KongLoad load, YamlMapping map, string path, bool guards, Dictionary<string, SourceSpan> spans, string spanPrefix)
    {
        _load = load;
        _map = map;
        Path = path;
        _guards = guards;
        _spans = spans;
        _spanPrefix = spanPrefix;
        foreach (YamlEntry entry in map.Distinct)
        {
            spans[spanPrefix + entry.Key] = entry.Value is YamlScalar ? entry.Value.Span : entry.KeySpan;
        }
    }

    /// <summary>Path in the document.</summary>
    public string Path { get; }

    /// <summary>Where the record begins.</summary>
    public SourceSpan Span => _map.Span;

    /// <summary>What the readers share.</summary>
    public KongLoad Load => _load;

    /// <summary>Places of the fields seen so far, those of inner records with their prefix.</summary>
    public FieldSpans Spans() => new(_spans);

    /// <summary>Place of a field's value, or of the record.</summary>
    public SourceSpan SpanOf(string field) => _spans.TryGetValue(_spanPrefix + field, out SourceSpan span) ? span : _map.Span;

    /// <summary>Path of a field.</summary>
    public string PathOf(string field) => Path.Length == 0 ? field : $"{Path}.{field}";

    /// <summary>Path of a key that the document chose, whose characters may be those of a path: <c>services[0]["a.b"]</c>.</summary>
    public string PathOfKey(string key) => key.AsSpan().IndexOfAny(".[]\"") < 0 && key.Length > 0
        ? PathOf(key)
        : $"{Path}[\"{key.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"]";

    /// <summary>The entry of a field, which becomes known; null when absent or null.</summary>
    public YamlEntry? Entry(string field)
    {
        _known.Add(field);
        return _map.Find(field) is { Value: not YamlScalar { IsNull: true } } entry ? entry : null;
    }

    /// <summary>True when the field is there and not null; it becomes known.</summary>
    public bool Has(string field) => Entry(field) is not null;

    /// <summary>Makes fields known without reading them.</summary>
    public void Accept(params ReadOnlySpan<string> fields)
    {
        foreach (string field in fields)
        {
            _known.Add(field);
        }
    }

    /// <summary>Reports on a field.</summary>
    public void Report(
        FindingCode code, string field, string message, string? action = null, string? hint = null, IReadOnlyList<KongError>? kong = null) =>
        _load.Findings.Add(code, SpanOf(field), PathOf(field), $"{Shown(field)}: {message}", action, hint, kong);

    /// <summary>Reports on the record as a whole.</summary>
    public void ReportRecord(
        FindingCode code, string message, string? action = null, string? hint = null, IReadOnlyList<KongError>? kong = null) =>
        _load.Findings.Add(code, _map.Span, Path, message, action, hint, kong);

    /// <summary>Kong's error at a field of this record.</summary>
    public KongError ErrorAt(string field, string message) => new(PathOf(field), message);

    /// <summary>Kong's error at this record: that of a check of the whole record.</summary>
    public KongError ErrorHere(string message) => new(Path, message);

    /// <summary>Kong's error at the entity that the record is part of.</summary>
    public KongError EntityError(string message) => new(Path[..^Math.Min(_spanPrefix.Length, Path.Length)], message, OnEntity: true);

    /// <summary>Kong's error at the entity when what one field says is not fulfilled by another.</summary>
    public KongError Conditional(string field) => EntityError($"failed conditional validation given value of field '{field}'");

    /// <summary>An inner record; an empty one when absent.</summary>
    public RecordReader Record(string field, bool? guards = null)
    {
        if (Entry(field) is { } entry)
        {
            if (entry.Value is YamlMapping map)
            {
                return new RecordReader(_load, map, PathOf(field), guards ?? _guards, _spans, $"{_spanPrefix}{field}.");
            }

            // Lua cannot tell an empty array from an empty map.
            if (entry.Value is not YamlSequence { Items.Count: 0 })
            {
                Report(FindingCodes.WrongType, field, "expected a record", hint: $"it is {entry.Value.NamedType}");
            }
        }

        return new RecordReader(_load, new YamlMapping(SpanOf(field)), PathOf(field), guards ?? _guards, _spans, $"{_spanPrefix}{field}.");
    }

    /// <summary>The maps of a list field.</summary>
    public IEnumerable<(YamlMapping Node, string Path)> Maps(string field)
    {
        if (Entry(field) is not { } entry || entry.Value is YamlMapping { Entries.Count: 0 })
        {
            yield break;
        }

        if (entry.Value is not YamlSequence list)
        {
            Report(FindingCodes.WrongType, field, "expected an array", hint: $"it is {entry.Value.NamedType}; begin each entry with '- '");
            yield break;
        }

        for (int i = 0; i < list.Items.Count; i++)
        {
            string path = $"{PathOf(field)}[{i}]";
            if (list.Items[i] is YamlMapping map)
            {
                yield return (map, path);
            }
            else
            {
                _load.Findings.Add(FindingCodes.WrongType, list.Items[i].Span, path, $"{Shown(field)}[{i}]: expected a record",
                    hint: $"it is {list.Items[i].NamedType}");
            }
        }
    }

    /// <summary>Reports every field that nobody asked for.</summary>
    public void Done()
    {
        if (_spanPrefix.Length == 0)
        {
            Annotation("_comment", "a string", static value => value is YamlScalar { Type: YamlScalarType.String });
            Annotation("_ignore", "an array", static value => value is YamlSequence or YamlMapping { Entries.Count: 0 });
        }

        foreach (YamlEntry entry in _map.Distinct)
        {
            if (_known.Contains(entry.Key))
            {
                continue;
            }

            string? nearest = NearestName.Find(entry.Key, _known.Where(name => name[0] != '_'));
            string allowed = string.Join(", ", _known.Where(name => name[0] != '_').Order(StringComparer.Ordinal));
            _load.Findings.Add(
                _guards ? FindingCodes.UnknownGuardField : FindingCodes.UnknownField,
                entry.KeySpan,
                PathOfKey(entry.Key),
                $"{Shown(entry.Key)}: unknown field",
                "left out",
                nearest is null ? $"fields here: {allowed}" : $"did you mean '{nearest}'?");
        }
    }

    // What Kong lets everybody write beside the fields of the root and of entities, but not inside their records (kong/db/schema/others/declarative_config.lua).
    private void Annotation(string field, string type, Func<YamlNode, bool> fits)
    {
        if (Entry(field) is { } entry && !fits(entry.Value))
        {
            Report(FindingCodes.CommentType, field, $"expected {type}", "left out", $"it is {entry.Value.NamedType}");
        }
    }

    /// <summary>A field as people know it: with the record it is in, but without the path of the entity.</summary>
    private string Shown(string field) => _spanPrefix + field;
}
