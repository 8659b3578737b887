using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong;

/// <summary>Reads <c>healthchecks</c> of an upstream.</summary>
internal static class HealthcheckReader
{
    private static readonly string[] Types = ["tcp", "http", "https", "grpc", "grpcs"];

    public static KongHealthchecks Read(RecordReader record)
    {
        KongHealthchecks result = new()
        {
            Active = ReadActive(record.Record("active")),
            Passive = ReadPassive(record.Record("passive")),
            Threshold = record.Number("threshold", 0, 100) ?? 0,
        };
        Check(record, result);
        record.Done();
        return result;
    }

    private static void Check(RecordReader record, KongHealthchecks checks)
    {
        KongActiveCheck active = checks.Active;
        bool probes = active.HealthyInterval > TimeSpan.Zero || active.UnhealthyInterval > TimeSpan.Zero;
        if (probes && (active.Type is "grpc" or "grpcs"))
        {
            record.Report(
                FindingCodes.ProbeTypeUnsupported, "active", $"active checks of type {active.Type} are not sent", "allowed are http, https and tcp");
        }

        bool takesOut = checks.Passive.TcpFailures + checks.Passive.Timeouts + checks.Passive.HttpFailures > 0;
        bool lets = (active.Type is "http" or "https" or "tcp") && active.UnhealthyInterval > TimeSpan.Zero && active.Successes > 0;
        if (takesOut && !lets)
        {
            record.Report(
                FindingCodes.NoWayBack, "passive", "targets that passive checks take out do not come back by themselves",
                "set active.unhealthy.interval and active.healthy.successes");
        }
    }

    private static KongActiveCheck ReadActive(RecordReader record)
    {
        KongActiveCheck defaults = new();
        RecordReader healthy = record.Record("healthy");
        RecordReader unhealthy = record.Record("unhealthy");
        KongActiveCheck check = new()
        {
            Type = record.Choice("type", "http", Types),
            Timeout = record.Seconds("timeout", 65535) ?? defaults.Timeout,
            Concurrency = (int)(record.Integer("concurrency", 1, int.MaxValue) ?? defaults.Concurrency),
            HttpPath = ReadPath(record),
            HttpsSni = record.Text("https_sni"),
            HttpsVerifyCertificate = record.Boolean("https_verify_certificate") ?? true,
            Headers = ReadHeaders(record),
            HealthyInterval = healthy.Seconds("interval", 65535) ?? TimeSpan.Zero,
            HealthyStatuses = Statuses(healthy) ?? defaults.HealthyStatuses,
            Successes = Count(healthy, "successes"),
            UnhealthyInterval = unhealthy.Seconds("interval", 65535) ?? TimeSpan.Zero,
            UnhealthyStatuses = Statuses(unhealthy) ?? defaults.UnhealthyStatuses,
            TcpFailures = Count(unhealthy, "tcp_failures"),
            Timeouts = Count(unhealthy, "timeouts"),
            HttpFailures = Count(unhealthy, "http_failures"),
        };
        healthy.Done();
        unhealthy.Done();
        record.Done();
        return check;
    }

    private static KongPassiveCheck ReadPassive(RecordReader record)
    {
        KongPassiveCheck defaults = new();
        RecordReader healthy = record.Record("healthy");
        RecordReader unhealthy = record.Record("unhealthy");
        KongPassiveCheck check = new()
        {
            Type = record.Choice("type", "http", Types),
            HealthyStatuses = Statuses(healthy) ?? defaults.HealthyStatuses,
            Successes = Count(healthy, "successes"),
            UnhealthyStatuses = Statuses(unhealthy) ?? defaults.UnhealthyStatuses,
            TcpFailures = Count(unhealthy, "tcp_failures"),
            Timeouts = Count(unhealthy, "timeouts"),
            HttpFailures = Count(unhealthy, "http_failures"),
        };
        healthy.Done();
        unhealthy.Done();
        record.Done();
        return check;
    }

    private static int Count(RecordReader record, string field) => (int)(record.Integer(field, 0, 255) ?? 0);

    private static string ReadPath(RecordReader record)
    {
        string path = record.Text("http_path") ?? "/";
        if (!path.StartsWith('/'))
        {
            record.Report(FindingCodes.BadValue, "http_path", "should start with: /");
        }
        else if (path.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            record.Report(FindingCodes.BadValue, "http_path", "cannot be sent as a path", hint: "percent-encode spaces and what is not ASCII");
        }

        return path;
    }

    private static List<int>? Statuses(RecordReader record)
    {
        if (record.Entry("http_statuses") is not { } entry)
        {
            return null;
        }

        if (entry.Value is not YamlSequence list)
        {
            record.Report(FindingCodes.WrongType, "http_statuses", "expected an array");
            return null;
        }

        List<int> statuses = [];
        for (int i = 0; i < list.Items.Count; i++)
        {
            YamlNode item = list.Items[i];
            if (item is YamlScalar { Type: YamlScalarType.Integer, Number: >= 100 and <= 999 } scalar)
            {
                statuses.Add((int)scalar.Number);
            }
            else
            {
                bool whole = item is YamlScalar { Type: YamlScalarType.Integer };
                record.Load.Findings.Add(whole ? FindingCodes.OutOfRange : FindingCodes.WrongType, item.Span, record.PathOf($"http_statuses[{i}]"),
                    whole ? "http_statuses: value should be between 100 and 999" : "http_statuses: expected an integer");
            }
        }

        return statuses;
    }

    private static List<KeyValuePair<string, IReadOnlyList<string>>> ReadHeaders(RecordReader record)
    {
        List<KeyValuePair<string, IReadOnlyList<string>>> headers = [];
        if (record.Entry("headers") is { Value: YamlMapping map })
        {
            RecordReader inner = record.Record("headers");
            foreach (YamlEntry header in map.Distinct)
            {
                string[] values = [.. (inner.Texts(header.Key) ?? []).Select(text => text.Text)];
                if (!EntityFields.IsHeaderName(header.Key) || !values.All(EntityFields.IsHeaderValue))
                {
                    inner.Report(FindingCodes.BadValue, header.Key, $"'{header.Key}' cannot be sent as a header");
                    continue;
                }

                headers.Add(new(header.Key, values));
            }
        }

        return headers;
    }
}
