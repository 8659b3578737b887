using VoltageSoda.Edge.Policies.RateLimiting;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Stores;

/// <summary>Token buckets of one scope on Redis, shared by every process that asks there. Thread-safe.</summary>
internal sealed class RedisBuckets(RedisLink link, QuotaKey key, int budget)
{
    public RedisLink Link => link;

    /// <summary>Takes a token of an identifier's bucket. Loop-thread only.</summary>
    public ValueTask<StoreAnswer> AskAsync(QuotaChecks checks, in BucketRate rate, ReadOnlySpan<byte> identifier)
    {
        LimiterResult entered = link.Enter(checks.Loop.NowMilliseconds, 1, out int ticket);
        if (entered != LimiterResult.Allowed)
        {
            return new ValueTask<StoreAnswer>(new StoreAnswer { Result = entered });
        }

        Span<byte> room = stackalloc byte[QuotaKey.MaxIdentifierLength];
        Span<byte> name = stackalloc byte[key.MaxLength];
        QuotaCheck check = checks.Rent();
        check.AddKey(name[..key.Write(QuotaKey.Bound(identifier, room), name)]);
        check.AddValue(rate.NanosecondsPerToken);
        check.AddValue(rate.Capacity);
        return check.SendAsync(link, ticket, QuotaScripts.Bucket, perKey: false, budget);
    }

    /// <summary>The verdict of an answer.</summary>
    public static BucketVerdict Conclude(in StoreAnswer answer, in BucketRate rate) => new()
    {
        IsAllowed = answer.Values[0] != 0,
        Capacity = rate.Capacity,
        Remaining = answer.Values[1],
        RetryTicks = answer.Values[2] * TimeSpan.TicksPerMicrosecond,
        FullTicks = answer.Values[3] * TimeSpan.TicksPerMicrosecond,
    };
}
