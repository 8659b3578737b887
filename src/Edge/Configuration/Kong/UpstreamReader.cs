using System.Buffers;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong;

/// <summary>Reads upstreams and targets (<c>kong/db/schema/entities/upstreams.lua</c>, <c>targets.lua</c>).</summary>
internal static class UpstreamReader
{
    private static readonly string[] HashKinds = ["none", "consumer", "ip", "header", "cookie", "path", "query_arg", "uri_capture"];
    private static readonly SearchValues<char> NotInCookieNames = SearchValues.Create(
        [.. Enumerable.Range(0, 33).Select(static code => (char)code), '\x7f', .. "()<>@,;:\\\"/?={}[]"]);

    /// <summary>Reads one upstream, without its targets.</summary>
    public static KongUpstream Read(KongLoad load, RawEntity raw, Action<string, RecordReader, EntityRef> nested)
    {
        RecordReader record = new(load, raw.Node, raw.Path, guards: false);
        string name = ReadName(record);
        KongHashInput hashOn = HashInput(record, "hash_on", "");
        KongHashInput fallback = HashInput(record, "hash_fallback", "fallback_");
        KongUpstream upstream = new()
        {
            Id = EntityFields.Id(record, "upstreams", name),
            Name = name,
            Algorithm = record.Choice("algorithm", "round-robin", "consistent-hashing", "least-connections", "round-robin", "latency") switch
            {
                // Hashing on anything is consistent hashing, whatever algorithm is named beside it.
                _ when hashOn.Kind != "none" => KongBalancing.ConsistentHashing,
                "consistent-hashing" => KongBalancing.ConsistentHashing,
                "least-connections" => KongBalancing.LeastConnections,
                "latency" => KongBalancing.Latency,
                _ => KongBalancing.RoundRobin,
            },
            HashOn = hashOn,
            HashFallback = fallback,
            HashOnCookiePath = record.Text("hash_on_cookie_path") ?? "/",
            Slots = (int)(record.Integer("slots", 10, 65536) ?? 10000),
            HostHeader = ReadHostHeader(record),
            ClientCertificate = EntityFields.Reference(record, "client_certificate") is { } certificate
                ? load.Index.Resolve("certificates", "client_certificate", certificate)
                : null,
            UseSrvName = record.Boolean("use_srv_name") ?? false,
            Healthchecks = HealthcheckReader.Read(record.Record("healthchecks")),
            Tags = EntityFields.Tags(record),
            Span = record.Span,
            Fields = record.Spans(),
        };
        Check(record, upstream);
        nested("targets", record, new EntityRef(upstream.Id, upstream.Name, upstream.Span));
        record.Done();
        load.Index.Register("upstreams", upstream, name);
        return upstream;
    }

    /// <summary>Reads one target and the upstream it belongs to.</summary>
    public static (KongTarget Target, EntityRef? Upstream) ReadTarget(KongLoad load, RawEntity raw)
    {
        RecordReader record = new(load, raw.Node, raw.Path, guards: false);
        EntityRef? upstream = EntityFields.Parent(record, raw, "upstreams", "upstream", required: true, out _);
        string text = record.Text("target", required: true) ?? "invalid";
        if (!EntityFields.TryHostPort(text, out string host, out int? port))
        {
            record.Report(FindingCodes.BadValue, "target", $"Invalid target ('{text}'); not a valid hostname or ip address");
        }

        string shownHost = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
        KongTarget target = new()
        {
            Id = EntityFields.Id(record, "targets", $"{text}:{upstream?.Id}"),
            Target = $"{shownHost}:{port ?? 8000}",
            Host = host,
            Port = port ?? 8000,
            Weight = (int)(record.Integer("weight", 0, 65535) ?? 100),
            Tags = EntityFields.Tags(record),
            Span = record.Span,
            Fields = record.Spans(),
        };
        record.Done();
        return (target, upstream);
    }

    private static string ReadName(RecordReader record)
    {
        if (EntityFields.Name(record, "upstreams", checkCharacters: false) is not { } name)
        {
            if (!record.Has("name"))
            {
                record.Report(FindingCodes.RequiredMissing, "name", "required field missing");
            }

            return "invalid";
        }

        if (EntityFields.IsAddress(name.Trim('[', ']')))
        {
            record.Report(FindingCodes.BadValue, "name", $"Invalid name ('{name}'); no ip addresses allowed");
        }
        else if (!EntityFields.TryHostPort(name, out _, out int? port))
        {
            record.Report(FindingCodes.BadValue, "name", $"Invalid name ('{name}'); must be a valid hostname");
        }
        else if (port is not null)
        {
            record.Report(FindingCodes.BadValue, "name", $"Invalid name ('{name}'); no port allowed");
        }

        return name;
    }

    private static string? ReadHostHeader(RecordReader record)
    {
        string? host = record.Text("host_header");
        if (host is not null && !EntityFields.TryHostPort(host, out _, out _))
        {
            record.Report(FindingCodes.BadValue, "host_header", $"invalid hostname: {host}");
        }

        return host;
    }

    // The fields of the first input are hash_on_header, hash_on_cookie, ...; of the second hash_fallback_header, ...
    private static KongHashInput HashInput(RecordReader record, string field, string infix)
    {
        string kind = record.Choice(field, "none", HashKinds);
        string stem = infix.Length == 0 ? "hash_on" : "hash_fallback";
        string? header = record.Text($"{stem}_header");
        string? argument = record.Text($"{stem}_query_arg");
        string? capture = record.Text($"{stem}_uri_capture");
        string? cookie = record.Text("hash_on_cookie");
        string? name = kind switch
        {
            "header" => header,
            "query_arg" => argument,
            "uri_capture" => capture,
            "cookie" => cookie,
            _ => "",
        };
        if (name is null)
        {
            string needed = kind == "cookie" ? "hash_on_cookie" : $"{stem}_{kind}";
            record.Report(FindingCodes.RequiredMissing, needed, "required field missing",
                hint: $"failed conditional validation given value of field '{field}'",
                kong: [record.Conditional(field), record.ErrorAt(needed, "required field missing")]);
        }

        return new KongHashInput(kind, string.IsNullOrEmpty(name) ? null : name);
    }

    private static void Check(RecordReader record, KongUpstream upstream)
    {
        KongHashInput first = upstream.HashOn;
        KongHashInput fallback = upstream.HashFallback;
        if (first.Kind is "none" or "cookie" && fallback.Kind != "none")
        {
            ReportFallback(record, "none");
        }
        else if (first.Kind is "consumer" or "ip" or "path" && fallback.Kind == first.Kind)
        {
            ReportFallback(record, string.Join(", ", HashKinds.Where(kind => kind != first.Kind)));
        }
        else if (first.Kind is "header" or "query_arg" or "uri_capture" && first == fallback)
        {
            string sentence = $"values of these fields must be distinct: 'hash_on_{first.Kind}', 'hash_fallback_{first.Kind}'";
            record.Report(FindingCodes.EntityCheck, $"hash_fallback_{first.Kind}", sentence, kong: [record.EntityError(sentence)]);
        }

        CheckName(record, "hash_on_header", first.Kind == "header" ? first.Name : null);
        CheckName(record, "hash_fallback_header", fallback.Kind == "header" ? fallback.Name : null);
        if ((first.Kind == "cookie" ? first : fallback.Kind == "cookie" ? fallback : null)?.Name is { } cookie
            && cookie.AsSpan().ContainsAny(NotInCookieNames))
        {
            record.Report(
                FindingCodes.BadValue, "hash_on_cookie",
                "contains one or more invalid characters. ASCII control characters (0-31;127), space, tab and the characters ()<>@,;:\\\"/?={}[] are not allowed.");
        }

        if (!upstream.HashOnCookiePath.StartsWith('/'))
        {
            record.Report(FindingCodes.BadValue, "hash_on_cookie_path", "should start with: /");
        }
        else if (upstream.HashOnCookiePath.AsSpan().ContainsAnyExceptInRange('!', '~') || upstream.HashOnCookiePath.Contains(';', StringComparison.Ordinal))
        {
            record.Report(FindingCodes.BadValue, "hash_on_cookie_path", $"invalid path: '{upstream.HashOnCookiePath}' (characters outside of the reserved list of RFC 3986 found)");
        }

        if (upstream.Algorithm == KongBalancing.ConsistentHashing && first.Kind == "none")
        {
            record.Report(
                FindingCodes.HashesNothing, record.Has("algorithm") ? "algorithm" : "hash_on",
                "consistent-hashing without hash_on hashes the empty string", "every request goes to one target; set hash_on");
        }
    }

    private static void ReportFallback(RecordReader record, string allowed) => record.Report(
        FindingCodes.EntityCheck, "hash_fallback", $"expected one of: {allowed}", "failed conditional validation given value of field 'hash_on'",
        kong: [record.Conditional("hash_on"), record.ErrorAt("hash_fallback", $"expected one of: {allowed}")]);

    private static void CheckName(RecordReader record, string field, string? name)
    {
        if (name is not null && !EntityFields.IsHeaderName(name))
        {
            record.Report(FindingCodes.BadValue, field, $"bad header name '{name}', allowed characters are A-Z, a-z, 0-9, '_', and '-'");
        }
    }
}
