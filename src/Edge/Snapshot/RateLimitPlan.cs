using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.RateLimiting;
using VoltageSoda.Edge.Policies.Text;
using VoltageSoda.Edge.Stores;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>
/// A rate-limiting instance ready to decide: its limits, its counters (which survive reloads) and its answers. Immutable but for the
/// counters, which are thread-safe.
/// </summary>
internal sealed class RateLimitPlan
{
    private readonly PeriodValues _limits;

    public required RateLimitRule Rule
    {
        get;
        init
        {
            field = value;
            _limits = value.ToLimits();
        }
    }

    /// <summary>The rule's limits.</summary>
    public ref readonly PeriodValues Limits => ref _limits;

    /// <summary>Counters of this process: those of the local policy, or what counts while Redis cannot be asked. Null lets pass then.</summary>
    public required LocalRateLimiter? Counters { get; init; }

    /// <summary>Counters on Redis; null for the local policy, and when Redis is never to be asked.</summary>
    public RedisQuota? Store { get; init; }

    /// <summary>Whether counts belong on Redis, asked or not.</summary>
    public bool IsShared { get; init; }

    public required RateLimitBy LimitBy { get; init; }

    /// <summary>Field of <see cref="RateLimitBy.Header"/>, or path of <see cref="RateLimitBy.Path"/>.</summary>
    public byte[] Subject { get; init; } = [];

    /// <summary>Whether a store that fails lets requests pass without rate limit fields (else 500).</summary>
    public required bool FaultTolerant { get; init; }

    public required bool HideClientHeaders { get; init; }

    public required int ErrorStatus { get; init; }

    public required KongErrorBody ErrorBody { get; init; }
}
