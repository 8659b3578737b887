using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong;

/// <summary>Reads routes (<c>kong/db/schema/entities/routes.lua</c>, <c>routes_subschemas.lua</c>).</summary>
internal static class RouteReader
{
    private static readonly string[] Protocols = ["grpc", "grpcs", "http", "https", "tcp", "tls", "tls_passthrough", "udp"];
    private static readonly string[][] ProtocolSets = [["tcp", "tls", "udp"], ["tls_passthrough"], ["http", "https"], ["grpc", "grpcs"]];

    /// <summary>Reads one; <paramref name="migrate"/> for documents of format 1.1 and 2.1.</summary>
    public static KongRoute Read(KongLoad load, RawEntity raw, int order, bool migrate, Action<string, RecordReader, EntityRef> nested)
    {
        RecordReader record = new(load, raw.Node, raw.Path, guards: true);
        string? name = EntityFields.Name(record, "routes");
        EntityRef? service = EntityFields.Parent(record, raw, "services", "service", required: false, out _);
        IReadOnlyList<string> protocols = record.Choices("protocols", "set", Protocols) is { Count: > 0 } given ? given : ["http", "https"];
        IReadOnlyList<LocatedText> methods = record.Texts("methods", "set") ?? [];
        IReadOnlyList<KongHostMatch> hosts = ReadHosts(record);
        IReadOnlyList<KongPathMatch> paths = ReadPaths(record, migrate);
        IReadOnlyList<KongHeaderMatch> headers = ReadHeaders(record);
        IReadOnlyList<string> snis = ReadSnis(record);
        string key = name ?? string.Join('|', [
            $"{service?.Id}",
            string.Join(',', methods.Select(method => method.Text)),
            string.Join(',', hosts.Select(host => host.Text)),
            string.Join(',', paths.Select(path => path.Text)),
            string.Join(',', headers.Select(header => $"{header.Name}={string.Join(';', header.Values)}{header.Pattern}")),
            string.Join(',', snis),
        ]);
        KongRoute route = new()
        {
            Id = EntityFields.Id(record, "routes", name is null ? $"unnamed:{key}" : key),
            Name = name,
            Service = service,
            Order = order,
            Protocols = protocols,
            Methods = ReadMethods(record, methods),
            Hosts = hosts,
            Paths = paths,
            Headers = headers,
            Snis = snis,
            HasStreamConditions = record.Has("sources") | record.Has("destinations"),
            HttpsRedirectStatusCode = RedirectStatus(record),
            RegexPriority = record.Integer("regex_priority") ?? 0,
            StripPath = record.Boolean("strip_path") ?? true,
            PreserveHost = record.Boolean("preserve_host") ?? false,
            PathHandling = record.Choice("path_handling", "v0", "v0", "v1"),
            RequestBuffering = record.Boolean("request_buffering") ?? true,
            ResponseBuffering = record.Boolean("response_buffering") ?? true,
            Tags = EntityFields.Tags(record),
            Span = record.Span,
            Fields = record.Spans(),
        };
        Check(record, route);
        EntityRef self = new(route.Id, route.Label, route.Span);
        nested("plugins", record, self);
        record.Done();
        load.Index.Register("routes", route, name);
        return route;
    }

    private static int RedirectStatus(RecordReader record)
    {
        if (record.Integer("https_redirect_status_code") is not { } status)
        {
            return 426;
        }

        if (status is 426 or 301 or 302 or 307 or 308)
        {
            return (int)status;
        }

        record.Report(FindingCodes.NotAllowed, "https_redirect_status_code", "expected one of: 426, 301, 302, 307, 308", hint: $"it is {status}");
        return 426;
    }

    private static List<string> ReadMethods(RecordReader record, IReadOnlyList<LocatedText> methods)
    {
        foreach (LocatedText method in methods)
        {
            if (method.Text.Length == 0 || !method.Text.All(char.IsAsciiLetterUpper))
            {
                record.Load.Findings.Add(FindingCodes.BadValue, method.Span, method.Path, $"methods: invalid value: {method.Text}",
                    hint: method.Text.Length > 0 && method.Text.All(char.IsAsciiLetter) ? $"write {method.Text.ToUpperInvariant()}" : null);
            }
        }

        return [.. methods.Select(method => method.Text)];
    }

    private static List<KongHostMatch> ReadHosts(RecordReader record)
    {
        List<KongHostMatch> hosts = [];
        foreach (LocatedText text in record.Texts("hosts") ?? [])
        {
            void Bad(string message) => record.Load.Findings.Add(FindingCodes.BadValue, text.Span, text.Path, $"hosts: {message}");
            string host = text.Text;
            int star = host.IndexOf('*', StringComparison.Ordinal);
            if (star >= 0 && host.IndexOf('*', star + 1) >= 0)
            {
                Bad("invalid wildcard: must have at most one wildcard");
            }
            else if (star >= 0 && !host.StartsWith("*.", StringComparison.Ordinal) && !host.EndsWith(".*", StringComparison.Ordinal))
            {
                Bad("invalid wildcard: must be placed at leftmost or rightmost label");
            }
            else if (!EntityFields.TryHostPort(host.Replace("*", "abc", StringComparison.Ordinal), out string bare, out int? port))
            {
                Bad($"invalid hostname: {host}");
            }
            else
            {
                bare = bare.ToLowerInvariant();
                hosts.Add(star < 0
                    ? new KongHostMatch(host, KongHostKind.Exact, bare, port, text.Span)
                    : host[0] == '*'
                        ? new KongHostMatch(host, KongHostKind.Suffix, bare[3..], port, text.Span)
                        : new KongHostMatch(host, KongHostKind.Prefix, bare[..^3], port, text.Span));
            }
        }

        return hosts;
    }

    private static List<KongPathMatch> ReadPaths(RecordReader record, bool migrate)
    {
        List<KongPathMatch> paths = [];
        foreach (LocatedText text in record.Texts("paths") ?? [])
        {
            string path = text.Text;
            FindingList findings = record.Load.Findings;
            if (migrate && path.StartsWith('/'))
            {
                string migrated = KongPath.Migrate(path);
                if (migrated != path)
                {
                    findings.Add(FindingCodes.PathMigrated, text.Span, text.Path, $"paths: '{path}' is read as '{migrated}'",
                        hint: "write it so, with _format_version: \"3.0\"");
                    path = migrated;
                }
            }

            if (Path(record, text, path) is { } match)
            {
                paths.Add(match);
            }
        }

        return paths;
    }

    private static KongPathMatch? Path(RecordReader record, LocatedText text, string path)
    {
        FindingList findings = record.Load.Findings;
        if (!path.StartsWith('/') && !path.StartsWith("~/", StringComparison.Ordinal))
        {
            findings.Add(FindingCodes.BadValue, text.Span, text.Path, "paths: should start with: / (fixed path) or ~/ (regex path)");
            return null;
        }

        if (path.Contains("//", StringComparison.Ordinal))
        {
            findings.Add(FindingCodes.BadValue, text.Span, text.Path, "paths: must not have empty segments");
            return null;
        }

        if (path[0] == '~')
        {
            string pattern = path[1..];
            if (PatternTranslator.TryTranslate(pattern, out TranslatedPattern translated, out string error))
            {
                return new KongPathMatch(path, true, $"\\A(?:{translated.Pattern})", text.Span) { Captures = translated.Groups };
            }

            findings.Add(FindingCodes.BadPattern, text.Span, text.Path, $"paths: invalid regex: '{pattern}' ({error})");
            return null;
        }

        if (KongPath.BadEscape(path) is { } bad)
        {
            findings.Add(FindingCodes.BadValue, text.Span, text.Path, $"paths: invalid url-encoded value: '{bad}'");
            return null;
        }

        string normal = KongPath.Normalize(path);
        if (normal != path)
        {
            findings.Add(FindingCodes.NormalizedPath, text.Span, text.Path, $"paths: non-normalized path, consider use '{normal}' instead",
                $"'{normal}' is used");
        }

        if (path.AsSpan().ContainsAny('?', '#'))
        {
            findings.Add(FindingCodes.PathNeverMatches, text.Span, text.Path, "paths: no request's path holds a raw ? or #, so that this one never matches",
                hint: "write %3F or %23 for the character; a query cannot be a condition");
        }

        return new KongPathMatch(path, false, normal, text.Span);
    }

    private static List<KongHeaderMatch> ReadHeaders(RecordReader record)
    {
        List<KongHeaderMatch> headers = [];
        if (record.Entry("headers") is not { } entry)
        {
            return headers;
        }

        if (entry.Value is not YamlMapping map)
        {
            if (entry.Value is not YamlSequence { Items.Count: 0 })
            {
                record.Report(FindingCodes.WrongType, "headers", "expected a map");
            }

            return headers;
        }

        RecordReader inner = record.Record("headers");
        foreach (YamlEntry header in map.Distinct)
        {
            if (header.Key.Equals("host", StringComparison.OrdinalIgnoreCase))
            {
                record.Load.Findings.Add(FindingCodes.BadValue, header.KeySpan, inner.PathOfKey(header.Key),
                    "headers: cannot contain 'host' header, which must be specified in the 'hosts' attribute");
            }
            else if (!EntityFields.IsHeaderName(header.Key))
            {
                record.Load.Findings.Add(FindingCodes.BadValue, header.KeySpan, inner.PathOfKey(header.Key), $"headers: bad header name '{header.Key}', allowed characters are A-Z, a-z, 0-9, '_', and '-'");
            }

            IReadOnlyList<LocatedText> values = inner.Texts(header.Key) ?? [];
            if (Header(record, header, values) is { } match)
            {
                headers.Add(match);
            }
        }

        return headers;
    }

    private static KongHeaderMatch? Header(RecordReader record, YamlEntry header, IReadOnlyList<LocatedText> values)
    {
        string name = header.Key.ToLowerInvariant();
        if (values.Count == 0)
        {
            // Kong would drop the condition; the route would match more than its author meant.
            record.Load.Findings.Add(FindingCodes.BadValue, header.KeySpan, record.PathOf("headers"), $"headers.{header.Key}: length must be at least 1");
            return null;
        }

        if (values is not [{ Text: ['~', '*', ..] }])
        {
            return new KongHeaderMatch(name, [.. values.Select(value => value.Text.ToLowerInvariant())], null, header.KeySpan)
            {
                WrittenName = header.Key,
                Written = [.. values.Select(value => value.Text)],
            };
        }

        string pattern = values[0].Text[2..];
        if (PatternTranslator.TryTranslate(pattern, out TranslatedPattern translated, out string error))
        {
            return new KongHeaderMatch(name, [], $"(?i:{translated.Pattern})", header.KeySpan)
            {
                WrittenName = header.Key,
                Written = [values[0].Text],
            };
        }

        record.Load.Findings.Add(FindingCodes.BadPattern, values[0].Span, values[0].Path, $"headers: invalid regex: '{pattern}' ({error})");
        return null;
    }

    private static List<string> ReadSnis(RecordReader record)
    {
        List<string> snis = [];
        foreach (LocatedText text in record.Texts("snis", "set") ?? [])
        {
            if (!EntityFields.TryHost(text.Text, out _) || EntityFields.IsAddress(text.Text))
            {
                record.Load.Findings.Add(FindingCodes.BadValue, text.Span, text.Path,
                    EntityFields.IsAddress(text.Text) ? "snis: must not be an IP" : $"snis: invalid value: {text.Text}");
            }
            else
            {
                snis.Add(text.Text.TrimEnd('.').ToLowerInvariant());
            }
        }

        return snis;
    }

    private static void Check(RecordReader record, KongRoute route)
    {
        string[][] used = [.. ProtocolSets.Where(set => set.Any(route.Protocols.Contains))];
        if (used.Length > 1)
        {
            string sets = string.Join(", ", used.Select(set => $"({string.Join(", ", set.Select(word => $"'{word}'"))})"));
            record.Report(FindingCodes.EntityCheck, "protocols", $"these sets are mutually exclusive: {sets}");
        }

        IReadOnlyList<string> unserved = [.. route.Protocols.Where(protocol => protocol is not ("http" or "https"))];
        if (unserved.Count > 0)
        {
            record.Report(FindingCodes.UnsupportedProtocol, "protocols", $"routes with protocol {string.Join(", ", unserved)} are not supported yet",
                hint: "http and https are");
            return;
        }

        if (route.HasStreamConditions)
        {
            string field = record.Has("sources") ? "sources" : "destinations";
            record.Report(FindingCodes.EntityCheck, field, $"cannot set '{field}' when 'protocols' is 'http' or 'https'");
        }

        bool https = route.Protocols.Contains("https");
        if (route.Snis.Count > 0 && !https)
        {
            record.Report(FindingCodes.EntityCheck, "snis", "'snis' can only be set when 'protocols' is 'grpcs', 'https', 'tls' or 'tls_passthrough'");
        }

        bool anything = record.Has("methods") | record.Has("hosts") | record.Has("headers") | record.Has("paths") | (https && record.Has("snis"));
        bool empty = route.Methods.Count + route.Hosts.Count + route.Headers.Count + route.Paths.Count + route.Snis.Count == 0;
        if (!anything || (empty && !record.Load.Findings.Refused))
        {
            record.ReportRecord(FindingCodes.EntityCheck, https
                ? "must set one of 'methods', 'hosts', 'headers', 'paths', 'snis' when 'protocols' is 'https'"
                : "must set one of 'methods', 'hosts', 'headers', 'paths' when 'protocols' is 'http'");
        }

        if (route.PathHandling == "v1")
        {
            record.Report(FindingCodes.PathHandling, "path_handling", "v1 has no effect; paths are joined as v0 does");
        }

        foreach (string buffering in (ReadOnlySpan<string>)["request_buffering", "response_buffering"])
        {
            if (record.Has(buffering) && (buffering == "request_buffering" ? route.RequestBuffering : route.ResponseBuffering))
            {
                record.Report(FindingCodes.Buffering, buffering, "bodies are streamed, not buffered");
            }
        }
    }
}
