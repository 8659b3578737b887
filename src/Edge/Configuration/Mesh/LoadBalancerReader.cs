using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Reads <c>loadBalancer</c> (<c>pkg/config/validation/validation.go</c>, validateLoadBalancer).</summary>
internal static class LoadBalancerReader
{
    private const long LargestMaglevTable = 5_000_011;
    private const int LargestRing = 8_388_608;

    /// <summary>Reads it out of a traffic policy; null when absent.</summary>
    public static LoadBalancerSettings? Read(MeshRecord policy)
    {
        MeshRecord? record = policy.Record("loadBalancer");
        MeshRecord? hash = record?.Record("consistentHash");
        if (policy.Record("consistentHash") is { } misplaced)
        {
            policy.ReportKey(FindingCodes.ConsistentHashPlace, "consistentHash", "stands beside loadBalancer, where Istio does not look",
                hash is null ? "read as loadBalancer.consistentHash" : "left out: loadBalancer has one", "move it into loadBalancer");
            if (hash is null)
            {
                hash = misplaced;
            }
            else
            {
                ConsistentHash(misplaced);
            }
        }

        if (record is null && hash is null)
        {
            return null;
        }

        SimpleBalancing? simple = record is null ? null : Simple(record);
        ConsistentHashSettings? hashing = hash is null ? null : ConsistentHash(hash);
        LoadBalancerSettings settings = new()
        {
            Span = record?.Span ?? hash!.Span,
            Simple = simple,
            ConsistentHash = hashing,
            LocalityLb = record?.Record("localityLbSetting") is { } locality ? LocalityReader.Read(locality) : null,
            Warmup = record is null ? null : Warmup(record),
        };
        if (hashing is not null && simple is not null)
        {
            record!.Report(FindingCodes.SimpleAndHash, "simple", "only one of simple and consistentHash may be set; Istio refuses the document",
                "requests with the key are hashed, those without go by simple", "remove one of them");
        }

        record?.Done();
        return settings;
    }

    /// <summary>A simple algorithm by its name in Istio.</summary>
    public static SimpleBalancing? Simple(MeshRecord record, string field = "simple")
    {
        string? name = record.Text(field);
        if (name == "UNSPECIFIED")
        {
            return null;
        }

        SimpleBalancing? simple = record.Choice<SimpleBalancing>(field,
            ("LEAST_REQUEST", SimpleBalancing.LeastRequest),
            ("ROUND_ROBIN", SimpleBalancing.RoundRobin),
            ("RANDOM", SimpleBalancing.Random),
            ("PASSTHROUGH", SimpleBalancing.Passthrough),
            ("LEAST_CONN", SimpleBalancing.LeastRequest));
        if (name == "LEAST_CONN")
        {
            record.Report(FindingCodes.LeastConn, field, "LEAST_CONN is deprecated", "read as LEAST_REQUEST, which it means", "write LEAST_REQUEST");
        }

        if (simple == SimpleBalancing.Passthrough)
        {
            record.Report(FindingCodes.PassthroughBalancing, field, "PASSTHROUGH means the address that the client connected to, which at the edge is the edge",
                "read as LEAST_REQUEST");
        }

        return simple;
    }

    private static ConsistentHashSettings ConsistentHash(MeshRecord record)
    {
        record.OneOf("httpHeaderName", "httpCookie", "useSourceIp", "httpQueryParameterName");
        record.OneOf("ringHash", "maglev");
        int? ring = 1024;
        int? table = null;
        if (record.Has("minimumRingSize"))
        {
            ring = record.Integer("minimumRingSize", 0, LargestRing);
            record.Report(FindingCodes.MinimumRingSize, "minimumRingSize", "is deprecated", "honoured", "write ringHash: {minimumRingSize: …}");
            if (record.Has("ringHash") || record.Has("maglev"))
            {
                record.ReportKey(FindingCodes.MeshOneOf, "minimumRingSize", "only one of minimumRingSize, ringHash, maglev may be set");
            }
        }

        if (record.Record("ringHash") is { } ringHash)
        {
            ring = ringHash.Integer("minimumRingSize", 0, LargestRing);
            ringHash.Done();
        }

        if (record.Record("maglev") is { } maglev)
        {
            ring = null;
            table = Table(maglev);
            maglev.Done();
        }

        ConsistentHashSettings settings = new()
        {
            Span = record.Span,
            HttpHeaderName = record.Text("httpHeaderName"),
            HttpCookie = record.Record("httpCookie") is { } cookie ? Cookie(cookie) : null,
            UseSourceIp = record.Boolean("useSourceIp") ?? false,
            HttpQueryParameterName = record.Text("httpQueryParameterName"),
            MinimumRingSize = table is not null ? null : ring is null or 0 ? 1024 : ring,
            MaglevTableSize = table,
        };
        record.Done();
        if (settings is { HttpHeaderName: null, HttpCookie: null, UseSourceIp: false, HttpQueryParameterName: null } && !record.Has("httpCookie"))
        {
            record.ReportHere(FindingCodes.HashWithoutKey, "no key is named (httpHeaderName, httpCookie, useSourceIp or httpQueryParameterName)",
                "every request goes to a random endpoint");
        }

        if (settings.HttpHeaderName is { } header && !MeshFields.IsHeaderName(header))
        {
            record.Report(FindingCodes.MeshBadValue, "httpHeaderName", $"'{header}' is no header name");
        }

        return settings;
    }

    private static int Table(MeshRecord maglev)
    {
        int size = maglev.Integer("tableSize") ?? 65537;
        if (size >= LargestMaglevTable || !IsPrime(size))
        {
            maglev.Report(FindingCodes.MeshOutOfRange, "tableSize", $"must be a prime below {LargestMaglevTable}, it is {size}");
        }

        return size;
    }

    private static bool IsPrime(int number)
    {
        if (number < 4)
        {
            return number > 1;
        }

        if (number % 2 == 0)
        {
            return false;
        }

        for (int factor = 3; (long)factor * factor <= number; factor += 2)
        {
            if (number % factor == 0)
            {
                return false;
            }
        }

        return true;
    }

    private static HashCookie? Cookie(MeshRecord record)
    {
        string? name = record.Required("name");
        string? path = record.Text("path");
        TimeSpan? ttl = record.Duration("ttl", zero: true);
        List<KeyValuePair<string, string>> attributes = [];
        foreach (MeshRecord attribute in record.Records("attributes"))
        {
            if (attribute.Required("name") is { } key)
            {
                attributes.Add(new(key, attribute.Text("value") ?? ""));
            }

            attribute.Done();
        }

        record.Done();
        return name is null ? null : new HashCookie(name, path, ttl, attributes);
    }

    private static WarmupSettings? Warmup(MeshRecord balancer)
    {
        TimeSpan? old = balancer.Duration("warmupDurationSecs");
        if (old is not null)
        {
            balancer.ReportKey(FindingCodes.DeprecatedField, "warmupDurationSecs", "is deprecated", "honoured", "write warmup: {duration: …}");
        }

        if (balancer.Record("warmup") is not { } record)
        {
            return old is { } duration ? new WarmupSettings(duration, 10, 1, balancer.Span) : null;
        }

        TimeSpan? written = record.Duration("duration");
        if (!record.Has("duration"))
        {
            record.ReportHere(FindingCodes.MeshRequired, "duration is required");
        }

        double percent = Wrapped(record, "minimumPercent", 0, 100) ?? 10;
        double aggression = Wrapped(record, "aggression", 1, 1000) ?? 1;
        record.Done();
        return written is { } time ? new WarmupSettings(time, percent, aggression, record.Span) : null;
    }

    /// <summary>A number of protobuf's wrapper types, bare in JSON; some documents write <c>{value: …}</c>.</summary>
    public static double? Wrapped(MeshRecord record, string field, double min, double max)
    {
        if (record.Entry(field) is { Value: YamlMapping })
        {
            MeshRecord inner = record.Record(field)!;
            double? value = inner.Number("value", min, max);
            inner.Done();
            return value;
        }

        return record.Number(field, min, max);
    }
}
