using System.Globalization;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong.Plugins;

/// <summary>Reads <c>rate-limiting</c> and <c>request-size-limiting</c> (<c>kong/plugins/*/schema.lua</c>).</summary>
internal static class TrafficReader
{
    private static readonly string[] Periods = ["second", "minute", "hour", "day", "month", "year"];

    public static RequestSizeLimitingConfig ReadSize(RecordReader config)
    {
        long size = config.Integer("allowed_payload_size", 0, long.MaxValue >> 20) ?? 128;
        int shift = config.Choice("size_unit", "megabytes", "megabytes", "kilobytes", "bytes") switch
        {
            "megabytes" => 20,
            "kilobytes" => 10,
            _ => 0,
        };
        long? status = null;
        if (config.Has("reject_status_code"))
        {
            status = config.Integer("reject_status_code", 400, 599);
            config.Report(FindingCodes.RejectStatus, "reject_status_code", "unknown field", $"taken as an extension: refusals get {status ?? 413}", "Kong always answers 413");
        }

        return new RequestSizeLimitingConfig
        {
            MaxBytes = size << shift,
            RequireContentLength = config.Boolean("require_content_length") ?? false,
            RejectStatus = (int)(status ?? 413),
        };
    }

    public static RateLimitingConfig ReadRate(RecordReader config)
    {
        double?[] limits = [.. Periods.Select(period => Limit(config, period))];
        bool ordered = CheckLimits(config, limits);
        RateLimitPolicy policy = Policy(config);
        RateLimitBy limitBy = config.Choice("limit_by", "consumer", "consumer", "credential", "ip", "service", "header", "path") switch
        {
            "credential" => RateLimitBy.Credential,
            "ip" => RateLimitBy.Ip,
            "service" => RateLimitBy.Service,
            "header" => RateLimitBy.Header,
            "path" => RateLimitBy.Path,
            _ => RateLimitBy.Consumer,
        };
        string? headerName = config.Text("header_name");
        string? path = config.Text("path");
        CheckNames(config, limitBy, headerName, path);
        return new RateLimitingConfig
        {
            Second = Whole(config, limits, 0),
            Minute = Whole(config, limits, 1),
            Hour = Whole(config, limits, 2),
            Day = Whole(config, limits, 3),
            Month = Whole(config, limits, 4),
            Year = Whole(config, limits, 5),
            LimitBy = limitBy,
            HeaderName = headerName?.ToLowerInvariant(),
            Path = path,
            Policy = policy,
            FaultTolerant = config.Boolean("fault_tolerant") ?? true,
            HideClientHeaders = config.Boolean("hide_client_headers") ?? false,
            ErrorCode = ErrorCode(config),
            ErrorMessage = config.Text("error_message") ?? "API rate limit exceeded",
            SyncRate = SyncRate(config, policy, ordered),
            Redis = RedisReader.Read(config, policy == RateLimitPolicy.Redis),
        };
    }

    // Kong's schema takes every number above 0 (kong/plugins/rate-limiting/schema.lua), its answers only 400 to 599 (kong/pdk/response.lua).
    private static int ErrorCode(RecordReader config)
    {
        const int TooManyRequests = 429;
        double code = config.Number("error_code") ?? TooManyRequests;
        if (code <= 0)
        {
            config.Report(FindingCodes.OutOfRange, "error_code", "value must be greater than 0");
            return TooManyRequests;
        }

        if (code is < 200 or > 599 || code != Math.Floor(code))
        {
            config.Report(FindingCodes.ErrorCode, "error_code", "no answer can have this status; Kong fails refused requests with 500",
                $"{TooManyRequests} is used", "400 to 599 tell a client that it was refused");
            return TooManyRequests;
        }

        if (code < 400)
        {
            config.Report(FindingCodes.ErrorCode, "error_code", "a refused request is answered without an error; Kong fails it with 500",
                $"refused requests get {code}", "400 to 599 tell a client that it was refused");
        }

        return (int)code;
    }

    private static RateLimitPolicy Policy(RecordReader config)
    {
        string policy = config.Choice("policy", "local", "local", "redis", "cluster");
        if (policy == "cluster")
        {
            config.Report(FindingCodes.NotAllowed, "policy", "expected one of: local, redis", hint: "cluster needs a database");
        }

        return policy == "redis" ? RateLimitPolicy.Redis : RateLimitPolicy.Local;
    }

    private static double? Limit(RecordReader config, string period)
    {
        double? limit = config.Number(period);
        if (limit is <= 0 or > 1e15)
        {
            config.Report(FindingCodes.OutOfRange, period, limit <= 0 ? "value must be greater than 0" : "value is too large");
            return null;
        }

        return limit;
    }

    private static bool CheckLimits(RecordReader config, double?[] limits)
    {
        // Has is asked for each, so that a limit that is there but wrong does not also count as missing.
        bool any = false;
        foreach (string period in Periods)
        {
            any |= config.Has(period);
        }

        if (!any)
        {
            string sentence = "at least one of these fields must be non-empty: " + string.Join(", ", Periods.Select(period => $"'config.{period}'"));
            config.ReportRecord(FindingCodes.EntityCheck, sentence, kong: [config.EntityError(sentence)]);
        }

        bool ordered = true;

        for (int i = 0; i < limits.Length; i++)
        {
            for (int j = i + 1; j < limits.Length; j++)
            {
                if (limits[i] is { } shorter && limits[j] is { } longer && longer < shorter)
                {
                    string Shown(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
                    string sentence = $"The limit for {Periods[j]}({Shown(longer)}) cannot be lower than the limit for {Periods[i]}({Shown(shorter)})";
                    // Kong's check of the record ends at the first.
                    config.Report(FindingCodes.EntityCheck, Periods[j], sentence, kong: ordered ? [config.ErrorHere(sentence)] : []);
                    ordered = false;
                }
            }
        }

        return ordered;
    }

    private static long? Whole(RecordReader config, double?[] limits, int index)
    {
        if (limits[index] is not { } limit)
        {
            return null;
        }

        // Usage is whole: usage < limit is the same as usage < ceiling(limit).
        long whole = (long)Math.Ceiling(limit);
        if (whole != limit)
        {
            config.Report(FindingCodes.FractionalLimit, Periods[index], "a limit with a fraction", $"counted as {whole}");
        }

        return whole;
    }

    private static void CheckNames(RecordReader config, RateLimitBy limitBy, string? headerName, string? path)
    {
        if (limitBy == RateLimitBy.Header && headerName is null)
        {
            ReportNeeded("header_name");
        }
        else if (headerName is not null && !EntityFields.IsHeaderName(headerName))
        {
            config.Report(FindingCodes.BadValue, "header_name", $"bad header name '{headerName}', allowed characters are A-Z, a-z, 0-9, '_', and '-'");
        }

        if (limitBy == RateLimitBy.Path && path is null)
        {
            ReportNeeded("path");
        }
        else if (path is not null && !path.StartsWith('/'))
        {
            config.Report(FindingCodes.BadValue, "path", "should start with: /");
        }

        void ReportNeeded(string field) => config.Report(FindingCodes.RequiredMissing, field, "required field missing",
            hint: "failed conditional validation given value of field 'config.limit_by'",
            kong: [config.Conditional("config.limit_by"), config.ErrorAt(field, "required field missing")]);
    }

    private static double SyncRate(RecordReader config, RateLimitPolicy policy, bool first)
    {
        double rate = config.Number("sync_rate") ?? -1;
        if (rate == -1)
        {
            return rate;
        }

        if (policy != RateLimitPolicy.Redis)
        {
            Report("sync_rate can only be used with the redis policy");
        }
        else if (rate < 0.02)
        {
            Report("sync_rate must be greater than 0.02, or -1 to disable");
        }

        void Report(string sentence) =>
            config.Report(FindingCodes.EntityCheck, "sync_rate", sentence, kong: first ? [config.ErrorHere(sentence)] : []);

        return rate;
    }
}
