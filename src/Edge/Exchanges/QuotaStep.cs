using System.Runtime.CompilerServices;
using VoltageSoda.Edge.Policies.RateLimiting;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Stores;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>
/// The end of step 6: quotas, after everything else that may refuse and before anything is changed (rate-limiting 910, then our token-bucket
/// 909). Apart from <see cref="Admission"/> because the answer may come from another machine. Stateless; runs on the exchange's loop.
/// </summary>
internal static class QuotaStep
{
    public static bool IsNeeded(Exchange exchange) => exchange.Plugins.HasQuota;

    /// <summary>Counts the request; the reply is empty when it goes on. Completes synchronously unless a store has to be asked.</summary>
    public static ValueTask<LocalReply> DecideAsync(Exchange exchange)
    {
        LocalReply reply = LocalReply.Continue;
        if (exchange.Plugins.RateLimit is { } windows && !TryCount(exchange, windows, out reply))
        {
            return CountThenTakeAsync(exchange, windows);
        }

        if (!reply.IsNone || exchange.Plugins.TokenBucket is not { } bucket)
        {
            return new ValueTask<LocalReply>(reply);
        }

        return bucket.Store is null ? new ValueTask<LocalReply>(TakeHere(exchange, bucket)) : TakeAsync(exchange, bucket);
    }

    /// <summary>Decides by the counters of this process alone, and tells every decision.</summary>
    public static LocalReply Decide<TTrace>(Exchange exchange, ref TTrace trace)
        where TTrace : struct, IAdmissionTrace
    {
        if (exchange.Plugins.RateLimit is { } windows)
        {
            LocalReply reply = CountHere(exchange, windows);
            trace.Decided(AdmissionStep.RateLimit, in reply);
            if (!reply.IsNone)
            {
                return reply;
            }
        }

        if (exchange.Plugins.TokenBucket is { } bucket)
        {
            LocalReply reply = TakeHere(exchange, bucket);
            trace.Decided(AdmissionStep.TokenBucket, in reply);
            return reply;
        }

        return LocalReply.Continue;
    }

    // False when Redis has to be asked.
    private static bool TryCount(Exchange exchange, RateLimitPlan plan, out LocalReply reply)
    {
        if (plan.Store is not { } store)
        {
            reply = CountHere(exchange, plan);
            return true;
        }

        Span<byte> room = stackalloc byte[QuotaIdentity.RoomLength];
        ReadOnlySpan<byte> identifier = QuotaIdentity.Of(exchange, plan, room);
        if (!store.TryDecide(plan.Limits, identifier, exchange.UnixMilliseconds, out RateLimitVerdict verdict))
        {
            reply = default;
            return false;
        }

        exchange.Worker.Metrics.LimiterDecided(verdict.IsAllowed ? LimiterResult.HeldAllowed : LimiterResult.HeldRefused);
        reply = Conclude(exchange, plan, verdict);
        return true;
    }

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    private static async ValueTask<LocalReply> CountThenTakeAsync(Exchange exchange, RateLimitPlan plan)
    {
        StoreAnswer answer = await Ask(exchange, plan, out HeldTokens? held);
        LocalReply reply = Answered(exchange, plan, held, answer);
        if (!reply.IsNone || exchange.Plugins.TokenBucket is not { } bucket)
        {
            return reply;
        }

        return bucket.Store is null ? TakeHere(exchange, bucket) : await TakeAsync(exchange, bucket);
    }

    private static ValueTask<StoreAnswer> Ask(Exchange exchange, RateLimitPlan plan, out HeldTokens? held)
    {
        Span<byte> room = stackalloc byte[QuotaIdentity.RoomLength];
        ReadOnlySpan<byte> identifier = QuotaIdentity.Of(exchange, plan, room);
        return plan.Store!.AskAsync(exchange.Worker.QuotaChecks, plan.Limits, identifier, exchange.UnixMilliseconds, out held);
    }

    private static LocalReply Answered(Exchange exchange, RateLimitPlan plan, HeldTokens? held, in StoreAnswer answer)
    {
        if (!answer.Answered)
        {
            RedisQuota.GiveUp(held);
            exchange.Worker.Metrics.LimiterDecided(answer.Result);
            return CountHere(exchange, plan);
        }

        RateLimitVerdict verdict = plan.Store!.Conclude(answer, plan.Limits, held, exchange.UnixMilliseconds);
        exchange.Worker.Metrics.LimiterDecided(verdict.IsAllowed ? LimiterResult.Allowed : LimiterResult.Refused);
        return Conclude(exchange, plan, verdict);
    }

    // The local policy, and the shared one when its store did not answer.
    private static LocalReply CountHere(Exchange exchange, RateLimitPlan plan)
    {
        LoopMetrics metrics = exchange.Worker.Metrics;
        if (plan.Counters is not { } counters)
        {
            return WithoutStore(metrics, plan.FaultTolerant);
        }

        Span<byte> room = stackalloc byte[QuotaIdentity.RoomLength];
        ReadOnlySpan<byte> identifier = QuotaIdentity.Of(exchange, plan, room);
        RateLimitVerdict verdict = counters.Check(plan.Rule, identifier, exchange.UnixMilliseconds);
        if (plan.IsShared)
        {
            metrics.LimiterFellBack(verdict.IsAllowed ? FallbackResult.Allowed : FallbackResult.Refused);
            if (verdict.IsAllowed)
            {
                plan.Store?.Missed(plan.Limits, identifier, exchange.UnixMilliseconds);
            }
        }

        return Conclude(exchange, plan, verdict);
    }

    private static LocalReply Conclude(Exchange exchange, RateLimitPlan plan, in RateLimitVerdict verdict)
    {
        if (!plan.HideClientHeaders)
        {
            exchange.RateLimit = verdict;
            exchange.HasRateLimit = true;
        }

        return verdict.IsAllowed ? LocalReply.Continue : new LocalReply(plan.ErrorStatus, plan.ErrorBody);
    }

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    private static async ValueTask<LocalReply> TakeAsync(Exchange exchange, TokenBucketPlan plan)
    {
        StoreAnswer answer = await Ask(exchange, plan);
        LoopMetrics metrics = exchange.Worker.Metrics;
        if (!answer.Answered)
        {
            metrics.LimiterDecided(answer.Result);
            return TakeHere(exchange, plan);
        }

        BucketVerdict verdict = RedisBuckets.Conclude(answer, plan.Rate);
        metrics.LimiterDecided(verdict.IsAllowed ? LimiterResult.Allowed : LimiterResult.Refused);
        return Conclude(exchange, plan, verdict);
    }

    private static ValueTask<StoreAnswer> Ask(Exchange exchange, TokenBucketPlan plan)
    {
        Span<byte> room = stackalloc byte[QuotaIdentity.RoomLength];
        return plan.Store!.AskAsync(exchange.Worker.QuotaChecks, plan.Rate, QuotaIdentity.Of(exchange, plan, room));
    }

    private static LocalReply TakeHere(Exchange exchange, TokenBucketPlan plan)
    {
        LoopMetrics metrics = exchange.Worker.Metrics;
        if (plan.Buckets is not { } buckets)
        {
            return WithoutStore(metrics, plan.FaultTolerant);
        }

        Span<byte> room = stackalloc byte[QuotaIdentity.RoomLength];
        long now = exchange.Worker.Loop.NowMilliseconds * TimeSpan.TicksPerMillisecond;
        BucketVerdict verdict = buckets.TryTake(plan.Rate, QuotaIdentity.Of(exchange, plan, room), now);
        if (plan.IsShared)
        {
            metrics.LimiterFellBack(verdict.IsAllowed ? FallbackResult.Allowed : FallbackResult.Refused);
        }

        return Conclude(exchange, plan, verdict);
    }

    private static LocalReply Conclude(Exchange exchange, TokenBucketPlan plan, in BucketVerdict verdict)
    {
        if (!plan.HideClientHeaders)
        {
            exchange.Bucket = verdict;
            exchange.HasBucket = true;
        }

        return verdict.IsAllowed ? LocalReply.Continue : new LocalReply(plan.ErrorStatus, plan.ErrorBody);
    }

    // Kong: with fault_tolerant the request passes and nothing is said about limits, else the plugin's error is the answer.
    private static LocalReply WithoutStore(LoopMetrics metrics, bool faultTolerant)
    {
        metrics.LimiterFellBack(faultTolerant ? FallbackResult.Passed : FallbackResult.Failed);
        return faultTolerant ? LocalReply.Continue : LocalReply.For(Failure.Internal);
    }
}
