using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Parts that several kinds share.</summary>
internal static class MeshFields
{
    /// <summary>A host, lower-case; null with a finding when it is none.</summary>
    public static string? Host(MeshRecord record, string field, bool wildcard)
    {
        if (record.Required(field) is not { } host)
        {
            return null;
        }

        if (!MeshNames.IsAddress(host) && MeshNames.WhyNoHost(host, wildcard) is { } reason)
        {
            record.Report(FindingCodes.MeshHost, field, $"'{host}': {reason}");
            return null;
        }

        return host.ToLowerInvariant();
    }

    /// <summary>Hosts of a list, lower-case, without those that are none.</summary>
    public static IReadOnlyList<LocatedName> Hosts(MeshRecord record, string field, bool wildcard)
    {
        List<LocatedName> hosts = [];
        foreach (LocatedName host in record.Texts(field))
        {
            if (!MeshNames.IsAddress(host.Name) && MeshNames.WhyNoHost(host.Name, wildcard) is { } reason)
            {
                record.Load.Add(FindingCodes.MeshHost, host.Span, record.PathOf(field), $"{record.PathOf(field)}: '{host.Name}': {reason}");
                continue;
            }

            hosts.Add(host with { Name = host.Name.ToLowerInvariant() });
        }

        return hosts;
    }

    /// <summary>Namespaces that may use an object.</summary>
    public static IReadOnlyList<string> ExportTo(MeshRecord record)
    {
        IReadOnlyList<LocatedName> names = record.Texts("exportTo");
        if (names.Count > 1 && names.FirstOrDefault(static name => name.Name is "*" or "~") is { } alone)
        {
            record.Load.Add(FindingCodes.MeshContradiction, alone.Span, record.PathOf("exportTo"), $"{record.PathOf("exportTo")}: '{alone.Name}' must stand alone");
        }

        return [.. names.Select(name => name.Name == "." ? record.Namespace : name.Name)];
    }

    /// <summary>A condition on a text; an absent or empty one is <see cref="StringMatchKind.Present"/>.</summary>
    public static MeshStringMatch Match(MeshRecord record, YamlEntry entry, string path)
    {
        if (entry.Value is not YamlMapping map)
        {
            if (entry.Value is not YamlScalar { IsNull: true })
            {
                record.Load.Add(FindingCodes.MeshWrongType, entry.Value.Span, path, $"{path}: expected a map with exact, prefix or regex, it is {entry.Value.NamedType}",
                    hint: "write {exact: …}");
            }

            return new MeshStringMatch(StringMatchKind.Present, "", entry.KeySpan);
        }

        return Match(new MeshRecord(record.Load, map, path, record.Namespace));
    }

    /// <summary>A condition on a text by field; null when absent.</summary>
    public static MeshStringMatch? Match(MeshRecord record, string field) => record.Record(field) is { } inner ? Match(inner) : null;

    /// <summary>The condition that a record is.</summary>
    public static MeshStringMatch Match(MeshRecord record)
    {
        record.OneOf("exact", "prefix", "regex");
        MeshStringMatch match = new(StringMatchKind.Present, "", record.Span);
        foreach ((string field, StringMatchKind kind) in
            (ReadOnlySpan<(string, StringMatchKind)>)[("exact", StringMatchKind.Exact), ("prefix", StringMatchKind.Prefix), ("regex", StringMatchKind.Regex)])
        {
            if (record.Entry(field) is { } entry && record.TextOf(entry.Value, record.PathOf(field)) is { } text)
            {
                match = new MeshStringMatch(kind, text, entry.Value.Span);
            }
        }

        record.Done(guards: true);
        if (match is { Kind: StringMatchKind.Regex, Value: "*" })
        {
            return match with { Kind = StringMatchKind.Present, Value = "" };
        }

        if (match.Kind == StringMatchKind.Regex)
        {
            Pattern(record, "regex", match.Value);
        }

        return match;
    }

    /// <summary>Reports a pattern that cannot be used.</summary>
    public static void Pattern(MeshRecord record, string field, string pattern)
    {
        if (pattern.Length > 1024)
        {
            record.Report(FindingCodes.MeshPattern, field, "a pattern has at most 1024 characters");
        }
        else if (!PatternTranslator.TryTranslate(pattern, out _, out string error))
        {
            record.Report(FindingCodes.MeshPattern, field, error);
        }
    }

    /// <summary>Labels of a selector, of which none may hold a wildcard.</summary>
    public static LabelSet Selector(MeshRecord record, string field)
    {
        LabelSet labels = record.Labels(field);
        foreach ((string key, string value) in labels.All)
        {
            if (key.Length == 0 || key.Contains('*', StringComparison.Ordinal) || value.Contains('*', StringComparison.Ordinal))
            {
                record.Report(FindingCodes.MeshBadValue, field, $"'{key}={value}': a selector has no wildcards and no empty keys");
            }
        }

        return labels;
    }

    /// <summary>True for the name of a header field (RFC 9110 5.1).</summary>
    public static bool IsHeaderName(string name) =>
        name.Length > 0 && name.All(static c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal));

    /// <summary>True when a field value can be written on the wire.</summary>
    public static bool IsHeaderValue(string value) => !value.Any(static c => c == '\x7f' || (c < ' ' && c != '\t'));
}
