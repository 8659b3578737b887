using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Reads <c>headers</c> of rules and destinations.</summary>
internal static class HeaderReader
{
    /// <summary>Reads it; <see cref="HeaderSettings.None"/> when absent.</summary>
    public static HeaderSettings Read(MeshRecord parent)
    {
        if (parent.Record("headers") is not { } record)
        {
            return HeaderSettings.None;
        }

        HeaderSettings settings = new(Operations(record, "request", isRequest: true), Operations(record, "response", isRequest: false));
        record.Done();
        return settings;
    }

    private static HeaderOperations Operations(MeshRecord parent, string field, bool isRequest)
    {
        if (parent.Record(field) is not { } record)
        {
            return HeaderOperations.None;
        }

        HeaderOperations operations = new(Values(record, "set", isRequest), Values(record, "add", isRequest), Removals(record));
        record.Done();
        return operations;
    }

    private static List<HeaderValue> Values(MeshRecord record, string field, bool isRequest)
    {
        List<HeaderValue> values = [];
        foreach (YamlEntry entry in record.MapEntries(field))
        {
            string path = $"{record.PathOf(field)}.{entry.Key}";
            if (record.TextOf(entry.Value, path) is not { } value)
            {
                continue;
            }

            bool authority = isRequest && (entry.Key.Equals("host", StringComparison.OrdinalIgnoreCase) || entry.Key == ":authority");
            if (!authority && !Usable(record, entry.Key, entry.KeySpan, path))
            {
                continue;
            }

            if (!MeshFields.IsHeaderValue(value))
            {
                record.Load.Add(FindingCodes.MeshBadValue, entry.Value.Span, path, $"{path}: the value has control characters");
                continue;
            }

            if (!PercentSigns(value))
            {
                record.Load.Add(FindingCodes.MeshBadValue, entry.Value.Span, path, $"{path}: a % that begins no operator must be written %%");
            }

            values.Add(new HeaderValue(entry.Key, value, entry.KeySpan));
        }

        return values;
    }

    private static List<string> Removals(MeshRecord record)
    {
        List<string> names = [];
        foreach (LocatedName name in record.Texts("remove"))
        {
            if (Usable(record, name.Name, name.Span, record.PathOf("remove")))
            {
                names.Add(name.Name);
            }
        }

        return names;
    }

    private static bool Usable(MeshRecord record, string name, SourceSpan span, string path)
    {
        // Istio's generator skips these (isInternalHeader).
        if (name.StartsWith(':') || name.Equals("host", StringComparison.OrdinalIgnoreCase))
        {
            record.Load.Add(FindingCodes.InternalHeader, span, path, $"{path}: '{name}' is no header field that can be changed here", "it is left out");
            return false;
        }

        if (MeshFields.IsHeaderName(name))
        {
            return true;
        }

        record.Load.Add(FindingCodes.MeshBadValue, span, path, $"{path}: '{name}' is no header name");
        return false;
    }

    // Envoy refuses a lone % (docs/configuration/http/http_conn_man/headers).
    private static bool PercentSigns(string value)
    {
        for (int at = value.IndexOf('%', StringComparison.Ordinal); at >= 0 && at < value.Length; at = value.IndexOf('%', at))
        {
            int close = value.IndexOf('%', at + 1);
            if (close < 0 || (close > at + 1 && !char.IsAsciiLetterUpper(value[at + 1])))
            {
                return false;
            }

            at = close + 1;
            if (at >= value.Length)
            {
                break;
            }
        }

        return true;
    }
}
