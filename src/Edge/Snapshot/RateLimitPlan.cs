using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.RateLimiting;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>
/// A rate-limiting instance ready to decide: its rule, its counters (which survive reloads) and its answers. Immutable but for the
/// counters, which are thread-safe.
/// </summary>
internal sealed class RateLimitPlan
{
    public required RateLimitRule Rule { get; init; }

    /// <summary>Counters of this process; null when counts live in a store that cannot be reached.</summary>
    public required LocalRateLimiter? Counters { get; init; }

    public required RateLimitBy LimitBy { get; init; }

    /// <summary>Field of <see cref="RateLimitBy.Header"/>, or path of <see cref="RateLimitBy.Path"/>.</summary>
    public byte[] Subject { get; init; } = [];

    /// <summary>Whether a store that fails lets requests pass without rate limit fields (else 500).</summary>
    public required bool FaultTolerant { get; init; }

    public required bool HideClientHeaders { get; init; }

    public required int ErrorStatus { get; init; }

    public required KongErrorBody ErrorBody { get; init; }
}
