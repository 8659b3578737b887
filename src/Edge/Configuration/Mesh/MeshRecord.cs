using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>
/// Reads the fields of one message by the rules of protobuf's JSON: lowerCamelCase and the original snake_case are both legal, null is absent,
/// numbers may be quoted. At the end every field that nobody asked for is told with the nearest name. Used by one thread.
/// </summary>
internal sealed partial class MeshRecord
{
    private readonly Dictionary<string, YamlEntry> _fields = new(StringComparer.Ordinal);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly YamlMapping _map;

    /// <summary>Begins a record at a path of its document.</summary>
    public MeshRecord(MeshLoad load, YamlMapping map, string path, string @namespace)
    {
        Load = load;
        _map = map;
        Path = path;
        Namespace = @namespace;
        foreach (YamlEntry entry in map.Distinct)
        {
            string name = JsonName(entry.Key);
            if (_fields.TryGetValue(name, out YamlEntry? earlier))
            {
                Load.Add(FindingCodes.MeshOneOf, entry.KeySpan, PathOf(entry.Key), $"{PathOf(entry.Key)}: written twice, as '{earlier.Key}' and as '{entry.Key}'");
            }

            _fields[name] = entry;
        }
    }

    /// <summary>What the readers share.</summary>
    public MeshLoad Load { get; }

    /// <summary>Path in the document.</summary>
    public string Path { get; }

    /// <summary>Namespace of the document.</summary>
    public string Namespace { get; }

    /// <summary>Where the record begins.</summary>
    public SourceSpan Span => _map.Span;

    /// <summary>The mapping itself, for messages that are maps.</summary>
    public YamlMapping Map => _map;

    /// <summary>True when nothing is written in it.</summary>
    public bool IsEmpty => _fields.Values.All(static entry => entry.Value is YamlScalar { IsNull: true });

    /// <summary>protobuf's JSON name of a field: underscores go, the letter after one becomes a capital.</summary>
    public static string JsonName(string key)
    {
        if (!key.Contains('_', StringComparison.Ordinal))
        {
            return key;
        }

        System.Text.StringBuilder name = new(key.Length);
        bool raise = false;
        foreach (char c in key)
        {
            if (c == '_')
            {
                raise = true;
                continue;
            }

            name.Append(raise ? char.ToUpperInvariant(c) : c);
            raise = false;
        }

        return name.ToString();
    }

    /// <summary>The entry of a field; null when absent or null. The field becomes known.</summary>
    public YamlEntry? Entry(string field)
    {
        _known.Add(field);
        return _fields.TryGetValue(field, out YamlEntry? entry) && entry.Value is not YamlScalar { IsNull: true } ? entry : null;
    }

    /// <summary>True when the field is there and not null; it becomes known.</summary>
    public bool Has(string field) => Entry(field) is not null;

    /// <summary>True when the field is written, be it as null; it becomes known.</summary>
    public bool IsWritten(string field)
    {
        _known.Add(field);
        return _fields.ContainsKey(field);
    }

    /// <summary>Makes fields known without reading them.</summary>
    public void Accept(params ReadOnlySpan<string> fields)
    {
        foreach (string field in fields)
        {
            _known.Add(field);
        }
    }

    /// <summary>Names of fields that nobody asked for so far.</summary>
    public IEnumerable<string> Unread => _fields.Keys.Where(name => !_known.Contains(name)).ToArray();

    /// <summary>Place of a field: of its value when that is a scalar, else of its key; of the record when it is absent.</summary>
    public SourceSpan SpanOf(string field) =>
        !_fields.TryGetValue(field, out YamlEntry? entry) ? Span
        : entry.Value is YamlScalar { IsNull: false } ? entry.Value.Span
        : entry.KeySpan;

    /// <summary>Place of a field's key; of the record when it is absent.</summary>
    public SourceSpan KeySpanOf(string field) => _fields.TryGetValue(field, out YamlEntry? entry) ? entry.KeySpan : Span;

    /// <summary>Path of a field.</summary>
    public string PathOf(string field) => Path.Length == 0 ? field : $"{Path}.{field}";

    /// <summary>Reports on a field.</summary>
    public void Report(FindingCode code, string field, string message, string? action = null, string? hint = null) =>
        Load.Add(code, SpanOf(field), PathOf(field), $"{PathOf(field)}: {message}", action, hint);

    /// <summary>Reports on a field at its key.</summary>
    public void ReportKey(FindingCode code, string field, string message, string? action = null, string? hint = null) =>
        Load.Add(code, KeySpanOf(field), PathOf(field), $"{PathOf(field)}: {message}", action, hint);

    /// <summary>Reports on the record as a whole.</summary>
    public void ReportHere(FindingCode code, string message, string? action = null, string? hint = null) =>
        Load.Add(code, Span, Path, Path.Length == 0 ? message : $"{Path}: {message}", action, hint);

    /// <summary>An inner message; null when absent or of another type (then there is a finding).</summary>
    public MeshRecord? Record(string field)
    {
        if (Entry(field) is not { } entry)
        {
            return null;
        }

        if (entry.Value is YamlMapping map)
        {
            return new MeshRecord(Load, map, PathOf(field), Namespace);
        }

        Report(FindingCodes.MeshWrongType, field, $"expected a map, it is {entry.Value.NamedType}");
        return null;
    }

    /// <summary>The messages of a list. Other items are findings.</summary>
    public IReadOnlyList<MeshRecord> Records(string field)
    {
        if (Entry(field) is not { } entry)
        {
            return [];
        }

        if (entry.Value is not YamlSequence list)
        {
            Report(FindingCodes.MeshWrongType, field, $"expected a list, it is {entry.Value.NamedType}", hint: "begin each entry with '- '");
            return [];
        }

        List<MeshRecord> records = [];
        for (int i = 0; i < list.Items.Count; i++)
        {
            string path = $"{PathOf(field)}[{i}]";
            if (list.Items[i] is YamlMapping map)
            {
                records.Add(new MeshRecord(Load, map, path, Namespace));
            }
            else
            {
                Load.Add(FindingCodes.MeshWrongType, list.Items[i].Span, path, $"{path}: expected a map, it is {list.Items[i].NamedType}");
            }
        }

        return records;
    }

    /// <summary>The entries of a field that is a map of names; empty when absent.</summary>
    public IReadOnlyList<YamlEntry> MapEntries(string field)
    {
        if (Entry(field) is not { } entry)
        {
            return [];
        }

        if (entry.Value is YamlMapping map)
        {
            return [.. map.Distinct];
        }

        Report(FindingCodes.MeshWrongType, field, $"expected a map, it is {entry.Value.NamedType}");
        return [];
    }

    /// <summary>Labels; empty when absent.</summary>
    public LabelSet Labels(string field)
    {
        List<KeyValuePair<string, string>> labels = [];
        foreach (YamlEntry entry in MapEntries(field))
        {
            if (TextOf(entry.Value, $"{PathOf(field)}.{entry.Key}") is { } value)
            {
                labels.Add(new(entry.Key, value));
            }
        }

        return labels.Count == 0 ? LabelSet.Empty : new LabelSet(labels);
    }

    /// <summary>Reports when more than one member of a oneof is set; true when at most one is.</summary>
    public bool OneOf(params ReadOnlySpan<string> members)
    {
        string? first = null;
        foreach (string member in members)
        {
            if (!Has(member))
            {
                continue;
            }

            if (first is not null)
            {
                ReportKey(FindingCodes.MeshOneOf, member, $"only one of {string.Join(", ", members!)} may be set, and '{first}' is");
                return false;
            }

            first = member;
        }

        return true;
    }

    /// <summary>Reports every field that nobody asked for; <paramref name="guards"/> where leaving one out could let more through.</summary>
    public void Done(bool guards = false)
    {
        foreach (string name in Unread)
        {
            string? nearest = NearestName.Find(name, _known);
            string? hint = nearest is null ? null : $"did you mean '{nearest}'?";
            if (guards)
            {
                ReportKey(FindingCodes.MeshUnknownGuardField, name, "unknown field, and leaving it out could let more through than was meant", hint: hint);
            }
            else
            {
                ReportKey(FindingCodes.MeshUnknownField, name, "unknown field", "left out", hint);
            }
        }
    }
}
