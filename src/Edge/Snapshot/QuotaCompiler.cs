using System.Text;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.RateLimiting;
using VoltageSoda.Edge.Policies.Text;
using VoltageSoda.Edge.Stores;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>
/// Turns rate-limiting and token-bucket instances into plans, wired to the counters that survive. Used by one compilation; not
/// thread-safe.
/// </summary>
internal sealed class QuotaCompiler(StateRegistry registry, QuotaOptions options)
{
    // A plugin says how many tokens a second, a bucket how many in an interval: a thousandth is the finest rate there is.
    private const int FineRate = 1000;

    // A bucket is sixteen bytes, so that much less holds as many of them as of the windows of rate-limiting.
    private const int BucketShare = 16;

    /// <summary>Scopes with counters in this process, for the registry.</summary>
    public HashSet<string> Scopes { get; } = [];

    /// <summary>Counters on Redis in use, for the registry.</summary>
    public HashSet<object> Stores { get; } = [];

    public RateLimitPlan RateLimit(KongPlugin plugin, RateLimitingConfig config)
    {
        string scope = "rate-limiting|" + plugin.Id;
        bool shared = config.Policy == RateLimitPolicy.Redis;
        RedisQuota? store = null;
        if (shared && config.Redis.UnreachableReason is null && registry.Stores is { } stores)
        {
            store = stores.Quota(
                ScopeInStore(scope, plugin),
                new QuotaKey(plugin.Route?.Id, plugin.Service?.Id),
                RedisTarget.Of(config.Redis, options.Servers),
                new QuotaMode
                {
                    Budget = Budget(config.Redis),
                    Exact = options.Exact,
                    Lease = options.Lease,
                    SyncSeconds = config.SyncRate,
                });
            Stores.Add(store);
        }

        return new RateLimitPlan
        {
            Rule = new RateLimitRule
            {
                Second = config.Second ?? 0,
                Minute = config.Minute ?? 0,
                Hour = config.Hour ?? 0,
                Day = config.Day ?? 0,
                Month = config.Month ?? 0,
                Year = config.Year ?? 0,
            },
            Counters = CountsHere(shared, config.FaultTolerant, config.Redis) ? registry.Limiter(Name(scope), options.LocalMemory) : null,
            Store = store,
            IsShared = shared,
            LimitBy = config.LimitBy,
            Subject = Encoding.UTF8.GetBytes(config.LimitBy == RateLimitBy.Path ? config.Path ?? "" : config.HeaderName ?? ""),
            FaultTolerant = config.FaultTolerant,
            HideClientHeaders = config.HideClientHeaders,
            ErrorStatus = config.ErrorCode,
            ErrorBody = KongErrorBody.Templated(config.ErrorMessage),
        };
    }

    public TokenBucketPlan TokenBucket(KongPlugin plugin, TokenBucketConfig config)
    {
        string scope = "token-bucket|" + plugin.Id;
        bool shared = config.Policy == RateLimitPolicy.Redis;
        RedisBuckets? store = null;
        if (shared && config.Redis.UnreachableReason is null && registry.Stores is { } stores)
        {
            store = stores.Buckets(
                ScopeInStore(scope, plugin),
                new QuotaKey(plugin.Route?.Id, plugin.Service?.Id, "tokenbucket"),
                RedisTarget.Of(config.Redis, options.Servers),
                Budget(config.Redis));
            Stores.Add(store);
        }

        return new TokenBucketPlan
        {
            Rate = RateOf(config),
            Buckets = CountsHere(shared, config.FaultTolerant, config.Redis) ? registry.Buckets(Name(scope), options.LocalMemory / BucketShare) : null,
            Store = store,
            IsShared = shared,
            LimitBy = config.LimitBy,
            Subject = Encoding.UTF8.GetBytes(config.HeaderName ?? config.ClaimName ?? ""),
            FaultTolerant = config.FaultTolerant,
            HideClientHeaders = config.HideClientHeaders,
            ErrorStatus = config.ErrorCode,
            ErrorBody = KongErrorBody.Templated(config.ErrorMessage),
        };
    }

    private static BucketRate RateOf(TokenBucketConfig config) => config.Rate < FineRate
        ? new BucketRate(config.Burst, Math.Max(1, (int)Math.Round(config.Rate * FineRate)), TimeSpan.FromSeconds(FineRate))
        : new BucketRate(config.Burst, (int)Math.Round(config.Rate), TimeSpan.FromSeconds(1));

    // Without fault_tolerant a store that cannot be reached refuses: counting elsewhere would hide that. Where no store is ever asked
    // (an explanation) the counters stand for an empty one.
    private bool CountsHere(bool shared, bool faultTolerant, RedisConfig redis) =>
        !shared || (options.CountsLocallyWithoutStore && faultTolerant) || (registry.Stores is null && redis.UnreachableReason is null);

    // Route and service are in the keys: a plugin that moved counts elsewhere.
    private static string ScopeInStore(string scope, KongPlugin plugin) => $"{scope}|{plugin.Route?.Id}|{plugin.Service?.Id}";

    private int Budget(RedisConfig redis) => (int)Math.Clamp(redis.Timeout.TotalMilliseconds, 1, options.Budget);

    private string Name(string scope)
    {
        Scopes.Add(scope);
        return scope;
    }
}
