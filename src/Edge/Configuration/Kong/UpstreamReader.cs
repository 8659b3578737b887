using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong;

/// <summary>Reads upstreams and targets (<c>kong/db/schema/entities/upstreams.lua</c>, <c>targets.lua</c>).</summary>
internal static class UpstreamReader
{
    private static readonly string[] HashKinds = ["none", "consumer", "ip", "header", "cookie", "path", "query_arg", "uri_capture"];

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
                "consistent-hashing" => KongBalancing.ConsistentHashing,
                "least-connections" => KongBalancing.LeastConnections,
                "latency" => KongBalancing.Latency,
                _ => hashOn.Kind == "none" ? KongBalancing.RoundRobin : KongBalancing.ConsistentHashing,
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
                hint: $"failed conditional validation given value of field '{field}'");
        }

        return new KongHashInput(kind, string.IsNullOrEmpty(name) ? null : name);
    }

    private static void Check(RecordReader record, KongUpstream upstream)
    {
        if (upstream.HashFallback.Kind != "none")
        {
            if (upstream.HashOn.Kind is "none" or "cookie")
            {
                record.Report(FindingCodes.EntityCheck, "hash_fallback", $"expected one of: none (hash_on is {upstream.HashOn.Kind})");
            }
            else if (upstream.HashOn == upstream.HashFallback)
            {
                record.Report(FindingCodes.EntityCheck, "hash_fallback", "values of these fields must be distinct: 'hash_on', 'hash_fallback'");
            }
        }

        if (upstream.Algorithm != KongBalancing.RoundRobin)
        {
            string field = record.Has("algorithm") ? "algorithm" : "hash_on";
            record.Report(FindingCodes.BalancingInactive, field, $"{upstream.Algorithm} is not built yet", "targets are taken round robin");
        }

        if (HealthcheckReader.IsActive(upstream.Healthchecks))
        {
            record.Report(FindingCodes.HealthchecksInactive, "healthchecks", "health checks are not run yet", "every target counts as healthy");
        }
    }
}
