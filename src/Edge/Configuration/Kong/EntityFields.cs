using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong;

/// <summary>Fields and checks that several kinds of entities share (<c>kong/db/schema/typedefs.lua</c>).</summary>
internal static partial class EntityFields
{
    /// <summary>The id that is written, else the one Kong derives from <paramref name="key"/>; also reads what every entity may carry.</summary>
    public static Guid Id(RecordReader record, string collection, string key)
    {
        record.Accept("created_at", "updated_at");
        EntityIndex index = record.Load.Index;
        if (record.Located("id") is { } written)
        {
            if (written.Text.Length == 36 && Guid.TryParseExact(written.Text, "D", out Guid parsed))
            {
                index.Unique(collection, "primary key", parsed.ToString(), record.SpanOf("id"), record.PathOf("id"));
                return parsed;
            }

            record.Report(FindingCodes.BadValue, "id", "expected a valid UUID");
        }

        Guid id = KongIds.For(collection, key);
        // Entities without a name may be equal in everything; a repeated name is reported where the name is read.
        for (int number = 2; !index.TryReserve(collection, "primary key", id.ToString(), record.Span); number++)
        {
            id = KongIds.For(collection, $"{key}#{number}");
        }

        return id;
    }

    /// <summary>A unique name.</summary>
    public static string? Name(RecordReader record, string collection, string field = "name", bool checkCharacters = true)
    {
        if (record.Text(field) is not { } name)
        {
            return null;
        }

        if (checkCharacters && !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '~' or >= '\u0080'))
        {
            record.Report(FindingCodes.BadValue, field,
                $"invalid value '{name}': the only accepted ascii characters are alphanumerics or ., -, _, and ~");
        }

        record.Load.Index.Unique(collection, field, name, record.SpanOf(field), record.PathOf(field));
        return name;
    }

    /// <summary>Labels.</summary>
    public static IReadOnlyList<string> Tags(RecordReader record)
    {
        IReadOnlyList<LocatedText> tags = record.Texts("tags", "set") ?? [];
        foreach (LocatedText tag in tags)
        {
            if (tag.Text.Length == 0 || tag.Text.AsSpan().IndexOfAny(",/") >= 0 || tag.Text.Any(char.IsControl))
            {
                record.Load.Findings.Add(FindingCodes.BadValue, tag.Span, tag.Path,
                    $"invalid tag '{tag.Text}': expected printable ascii (except `,` and `/`) or valid utf-8 sequences");
            }
        }

        return [.. tags.Select(tag => tag.Text)];
    }

    /// <summary>A reference by name or id: a text, or a map with id, name or username. Null when absent.</summary>
    public static LocatedText? Reference(RecordReader record, string field)
    {
        if (record.Entry(field) is not { } entry)
        {
            return null;
        }

        if (entry.Value is not Yaml.YamlMapping)
        {
            return record.Located(field);
        }

        RecordReader inner = record.Record(field);
        LocatedText? reference = inner.Located("id") ?? inner.Located("name") ?? inner.Located("username");
        inner.Accept("id", "name", "username");
        inner.Done();
        if (reference is null)
        {
            record.Report(FindingCodes.RequiredMissing, field, "required field missing: id or name of the entity");
        }

        return reference;
    }

    /// <summary>The parent an entity is nested in or refers to. Reports a missing or unknown one; <paramref name="given"/> says whether any was named.</summary>
    public static EntityRef? Parent(RecordReader record, RawEntity raw, string collection, string field, bool required, out bool given)
    {
        LocatedText? reference = Reference(record, field);
        given = reference is not null;
        if (raw.ParentCollection == collection)
        {
            given = true;
            return raw.Parent;
        }

        if (reference is { } named)
        {
            return record.Load.Index.Resolve(collection, field, named);
        }

        if (required && !record.Has(field))
        {
            record.Report(FindingCodes.RequiredMissing, field, "required field missing");
        }

        return null;
    }

    /// <summary>True for a host name or address without a port; the address of IPv6 comes back without brackets.</summary>
    public static bool TryHost(string text, out string host)
    {
        host = text;
        if (text.StartsWith('[') && text.EndsWith(']'))
        {
            host = text[1..^1];
            return IPAddress.TryParse(host, out IPAddress? v6) && v6.AddressFamily == AddressFamily.InterNetworkV6;
        }

        if (text.Contains(':', StringComparison.Ordinal))
        {
            return IPAddress.TryParse(text, out IPAddress? bare) && bare.AddressFamily == AddressFamily.InterNetworkV6;
        }

        return HostRule().IsMatch(text);
    }

    /// <summary>Splits <c>host[:port]</c>; brackets around IPv6.</summary>
    public static bool TryHostPort(string text, out string host, out int? port)
    {
        port = null;
        host = text;
        int colon = text.LastIndexOf(':');
        bool hasPort = colon > 0 && (text[colon - 1] == ']' || text.IndexOf(':', StringComparison.Ordinal) == colon);
        if (hasPort)
        {
            if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number > 65535)
            {
                return false;
            }

            port = number;
            host = text[..colon];
        }

        return TryHost(host, out host);
    }

    /// <summary>True for an IP address.</summary>
    public static bool IsAddress(string host) =>
        IPAddress.TryParse(host, out IPAddress? address) && (address.AddressFamily == AddressFamily.InterNetworkV6 || host.Count(c => c == '.') == 3);

    /// <summary>True for a legal header field name by Kong's rule.</summary>
    public static bool IsHeaderName(string name) => HeaderNameRule().IsMatch(name);

    /// <summary>True when a field value can be written on the wire.</summary>
    public static bool IsHeaderValue(string value) => !value.Any(c => c == '\x7f' || (c < ' ' && c != '\t'));

    [GeneratedRegex(@"^(?!-)[A-Za-z0-9_](?:[A-Za-z0-9_.\-]*[A-Za-z0-9_])?\.?\z")]
    private static partial Regex HostRule();

    [GeneratedRegex(@"^[A-Za-z0-9_-]+\z")]
    private static partial Regex HeaderNameRule();
}
