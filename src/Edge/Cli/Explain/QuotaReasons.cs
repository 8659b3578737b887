using System.Globalization;
using System.Text;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.RateLimiting;
using VoltageSoda.Edge.Snapshot;

namespace VoltageSoda.Edge.Cli.Explain;

/// <summary>Says of rate-limiting and token-bucket whom they count, by what, and where. Stateless.</summary>
internal static class QuotaReasons
{
    public static void Describe(Exchange exchange, RateLimitingConfig config, List<string> details)
    {
        RateLimitPlan plan = exchange.Plugins.RateLimit!;
        Span<byte> room = stackalloc byte[QuotaIdentity.RoomLength];
        string identifier = Encoding.UTF8.GetString(QuotaIdentity.Of(exchange, plan, room));
        string limits = string.Join(", ", new[]
        {
            Period(plan.Rule.Second, "second"), Period(plan.Rule.Minute, "minute"), Period(plan.Rule.Hour, "hour"),
            Period(plan.Rule.Day, "day"), Period(plan.Rule.Month, "month"), Period(plan.Rule.Year, "year"),
        }.OfType<string>());
        string by = plan.LimitBy.ToString().ToLowerInvariant();
        details.Add($"{limits}, counted by {Whom(exchange, by, plan.LimitBy == RateLimitBy.Ip, identifier)}: {identifier}");
        Where(exchange, config.Policy, config.Redis, plan.Counters is null, "its window", details);

        static string? Period(long limit, string name) => limit == 0 ? null : $"{limit} per {name}";
    }

    public static void Describe(Exchange exchange, TokenBucketConfig config, List<string> details)
    {
        TokenBucketPlan plan = exchange.Plugins.TokenBucket!;
        Span<byte> room = stackalloc byte[QuotaIdentity.RoomLength];
        string identifier = Encoding.UTF8.GetString(QuotaIdentity.Of(exchange, plan, room));
        string by = plan.LimitBy.ToString().ToLowerInvariant();
        string rate = config.Rate.ToString(CultureInfo.InvariantCulture);
        details.Add(
            $"{rate} per second and at most {config.Burst} at once, counted by {Whom(exchange, by, plan.LimitBy == BucketBy.Ip, identifier)}: {identifier}");
        Where(exchange, config.Policy, config.Redis, plan.Buckets is null, "a full bucket", details);
    }

    // Whom a limit counts is the policy's own answer; it falls back to the address where the request has nothing better.
    private static string Whom(Exchange exchange, string by, bool isAddress, string identifier) =>
        isAddress || identifier != exchange.Client.Address.ToString() ? by : $"no {by}, so by address";

    private static void Where(
        Exchange exchange, RateLimitPolicy policy, RedisConfig redis, bool passes, string start, List<string> details)
    {
        if (policy == RateLimitPolicy.Redis)
        {
            QuotaOptions options = exchange.Snapshot.Options.Quota;
            string servers = options.Servers is { } given ? string.Join(", ", given.Servers) : $"{redis.Host}:{redis.Port}";
            details.Add(redis.UnreachableReason is { } reason
                ? $"its Redis cannot be asked: {reason}"
                : $"counts are on Redis at {servers}, which is not asked here");
        }

        details.Add(passes
            ? "lets it through without counting and without fields (fault_tolerant)"
            : $"decided as for the first request of {start}: the counters of a serving edge are not looked at");
    }
}
