using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong.Plugins;

/// <summary>Reads <c>token-bucket</c>, a plugin of our own with the field names of rate-limiting (docs/quotas.md).</summary>
internal static class TokenBucketReader
{
    private const double LeastRate = 0.001;
    private const int Most = 1_000_000;

    public static TokenBucketConfig Read(RecordReader config)
    {
        double rate = Rate(config);
        int burst = (int)(config.Integer("burst", 1, Most) ?? Math.Max(1, (long)Math.Ceiling(rate)));
        BucketBy limitBy = config.Choice("limit_by", "consumer", "consumer", "ip", "header", "path", "claim") switch
        {
            "ip" => BucketBy.Ip,
            "header" => BucketBy.Header,
            "path" => BucketBy.Path,
            "claim" => BucketBy.Claim,
            _ => BucketBy.Consumer,
        };
        string? header = config.Text("header_name");
        string? claim = config.Text("claim_name");
        CheckNames(config, limitBy, header, claim);
        RateLimitPolicy policy = config.Choice("policy", "local", "local", "redis") == "redis" ? RateLimitPolicy.Redis : RateLimitPolicy.Local;
        return new TokenBucketConfig
        {
            Rate = rate,
            Burst = burst,
            LimitBy = limitBy,
            HeaderName = header?.ToLowerInvariant(),
            ClaimName = claim,
            Policy = policy,
            FaultTolerant = config.Boolean("fault_tolerant") ?? true,
            HideClientHeaders = config.Boolean("hide_client_headers") ?? false,
            ErrorCode = (int)(config.Integer("error_code", 400, 599) ?? 429),
            ErrorMessage = config.Text("error_message") ?? "API rate limit exceeded",
            Redis = RedisReader.Read(config, policy == RateLimitPolicy.Redis),
        };
    }

    private static double Rate(RecordReader config)
    {
        if (!config.Has("rate"))
        {
            config.ReportRecord(FindingCodes.RequiredMissing, "rate: required field missing", hint: "tokens per second");
            return 1;
        }

        double rate = config.Number("rate") ?? 1;
        if (rate is < LeastRate or > Most)
        {
            config.Report(FindingCodes.OutOfRange, "rate", $"value should be between {LeastRate} and {Most}", hint: "tokens per second");
            return 1;
        }

        return rate;
    }

    private static void CheckNames(RecordReader config, BucketBy limitBy, string? header, string? claim)
    {
        if (limitBy == BucketBy.Header && header is null)
        {
            config.Report(FindingCodes.RequiredMissing, "header_name", "required field missing", hint: "limit_by is header");
        }
        else if (header is not null && !EntityFields.IsHeaderName(header))
        {
            config.Report(FindingCodes.BadValue, "header_name", $"bad header name '{header}', allowed characters are A-Z, a-z, 0-9, '_', and '-'");
        }

        if (limitBy == BucketBy.Claim && string.IsNullOrEmpty(claim))
        {
            config.Report(FindingCodes.RequiredMissing, "claim_name", "required field missing", hint: "limit_by is claim");
        }
    }
}
