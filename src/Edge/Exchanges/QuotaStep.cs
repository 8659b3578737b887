using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.RateLimiting;
using VoltageSoda.Edge.Snapshot;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>
/// The end of step 6: quotas, after everything else that may refuse and before anything is changed (rate-limiting has priority 910). Apart
/// from <see cref="Admission"/> because its answer may come from another machine. Stateless; runs on the exchange's loop.
/// </summary>
internal static class QuotaStep
{
    public static bool IsNeeded(Exchange exchange) => exchange.Plugins.RateLimit is not null;

    /// <summary>Counts the request; the reply is empty when it goes on. Completes synchronously unless a store has to be asked.</summary>
    public static ValueTask<LocalReply> DecideAsync(Exchange exchange)
    {
        NoAdmissionTrace none = default;
        return new ValueTask<LocalReply>(Decide(exchange, ref none));
    }

    /// <summary>Decides without asking a store, and tells the decision.</summary>
    public static LocalReply Decide<TTrace>(Exchange exchange, ref TTrace trace)
        where TTrace : struct, IAdmissionTrace
    {
        if (exchange.Plugins.RateLimit is not { } rateLimit)
        {
            return LocalReply.Continue;
        }

        LocalReply reply = Limit(exchange, rateLimit);
        trace.Decided(AdmissionStep.RateLimit, in reply);
        return reply;
    }

    /// <summary>Who is counted by a rate limit; <paramref name="address"/> is room for the text of an address.</summary>
    public static ReadOnlySpan<byte> Identify(Exchange exchange, RateLimitPlan plan, Span<byte> address)
    {
        switch (plan.LimitBy)
        {
            case RateLimitBy.Consumer when exchange.Identity?.Consumer is { } consumer:
                return consumer.IdUtf8;
            case RateLimitBy.Consumer or RateLimitBy.Credential when exchange.Identity is { CredentialId: not null } identity:
                return identity.CredentialIdUtf8;
            case RateLimitBy.Service when exchange.Route!.Service is { } service:
                return service.IdUtf8.Span;
            case RateLimitBy.Header:
                int index = exchange.Request.Headers.IndexOf(plan.Subject);
                if (index >= 0)
                {
                    return exchange.Request.Headers.Value(index);
                }

                break;
            case RateLimitBy.Path when exchange.Request.Path.SequenceEqual(plan.Subject):
                return plan.Subject;
        }

        return address[..exchange.Client.Address.Format(address)];
    }

    private static LocalReply Limit(Exchange exchange, RateLimitPlan plan)
    {
        if (plan.Counters is not { } counters)
        {
            exchange.Worker.LimiterUnavailable++;
            return plan.FaultTolerant ? LocalReply.Continue : LocalReply.For(Failure.Internal);
        }

        Span<byte> address = stackalloc byte[ClientAddress.MaxTextLength];
        ReadOnlySpan<byte> identifier = Identify(exchange, plan, address);
        RateLimitVerdict verdict = counters.Check(plan.Rule, identifier, exchange.UnixMilliseconds);
        if (!plan.HideClientHeaders)
        {
            exchange.RateLimit = verdict;
            exchange.HasRateLimit = true;
        }

        return verdict.IsAllowed ? LocalReply.Continue : new LocalReply(plan.ErrorStatus, plan.ErrorBody);
    }
}
