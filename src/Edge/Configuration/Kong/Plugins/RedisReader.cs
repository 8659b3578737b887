using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong.Plugins;

/// <summary>Reads the Redis part of rate-limiting in both spellings: <c>redis.host</c> (Kong 3.6) and <c>redis_host</c> (before).</summary>
internal static class RedisReader
{
    private static readonly string[] Fields =
        ["host", "port", "username", "password", "ssl", "ssl_verify", "server_name", "timeout", "database"];

    public static RedisConfig Read(RecordReader config, bool used)
    {
        RecordReader nested = config.Record("redis");
        nested.Accept(Fields);
        foreach (string field in Fields)
        {
            if (config.Has($"redis_{field}"))
            {
                string kept = nested.Has(field) ? $"redis.{field} is given too and counts" : $"read as redis.{field}";
                config.Report(FindingCodes.RedisFieldRenamed, $"redis_{field}", $"since Kong 3.6 it is redis.{field}", kept);
            }
        }

        (RecordReader Record, string Field) Pick(string field) => nested.Has(field) ? (nested, field) : (config, $"redis_{field}");
        string? Text(string field) => Pick(field) is var (record, name) ? record.Text(name) : null;
        long? Integer(string field, long min, long max) => Pick(field) is var (record, name) ? record.Integer(name, min, max) : null;
        bool Boolean(string field) => Pick(field) is var (record, name) && (record.Boolean(name) ?? false);

        string? host = Text("host");
        (Secret? username, string? missingUser) = Credential(Pick("username"), used);
        (Secret? password, string? missingPassword) = Credential(Pick("password"), used);
        string? unreachable = missingUser ?? missingPassword;
        if (used)
        {
            CheckHost(config, nested, host);
        }

        nested.Done();
        return new RedisConfig
        {
            Host = host,
            Port = (int)(Integer("port", 0, 65535) ?? 6379),
            Username = username?.Reveal(),
            Password = password,
            Ssl = Boolean("ssl"),
            SslVerify = Boolean("ssl_verify"),
            ServerName = Text("server_name"),
            Timeout = TimeSpan.FromMilliseconds(Integer("timeout", 0, int.MaxValue - 1L) ?? 2000),
            Database = (int)(Integer("database", 0, int.MaxValue) ?? 0),
            UnreachableReason = unreachable,
        };
    }

    private static (Secret? Value, string? Missing) Credential((RecordReader Record, string Field) place, bool used)
    {
        (Secret? value, string? missing, bool reported) = place.Record.SecretText(place.Field, mayBeEmpty: true);
        if (missing is not null && used && !reported)
        {
            place.Record.Report(FindingCodes.RedisPasswordMissing, place.Field, missing, "Redis counts as unreachable",
                "set the variable (or NAME_FILE), or write ${NAME:-} for a Redis without password");
        }

        return (value, missing is null ? null : $"{place.Field}: {missing}");
    }

    private static void CheckHost(RecordReader config, RecordReader nested, string? host)
    {
        string field = nested.Has("host") ? "redis" : "redis_host";
        if (host is null)
        {
            if (!config.Has("redis_host") && !nested.Has("host"))
            {
                config.Report(FindingCodes.RequiredMissing, "redis_host", "required field missing",
                    hint: "failed conditional validation given value of field 'config.policy'",
                    kong: [config.Conditional("config.policy"), config.ErrorAt("redis_host", "required field missing")]);
            }
        }
        else if (!EntityFields.TryHost(host, out _))
        {
            config.Report(FindingCodes.BadValue, field, $"invalid value: {host}");
        }
    }
}
