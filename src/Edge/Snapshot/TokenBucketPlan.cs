using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.RateLimiting;
using VoltageSoda.Edge.Policies.Text;
using VoltageSoda.Edge.Stores;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>
/// A token-bucket instance ready to decide: its rate, its buckets (which survive reloads) and its answers. Immutable but for the
/// buckets, which are thread-safe.
/// </summary>
internal sealed class TokenBucketPlan
{
    public required BucketRate Rate { get; init; }

    /// <summary>Buckets of this process: those of the local policy, or what counts while Redis cannot be asked. Null lets pass then.</summary>
    public required TokenBucketTable? Buckets { get; init; }

    /// <summary>Buckets on Redis; null for the local policy, and when Redis is never to be asked.</summary>
    public RedisBuckets? Store { get; init; }

    /// <summary>Whether buckets belong on Redis, asked or not.</summary>
    public bool IsShared { get; init; }

    public required BucketBy LimitBy { get; init; }

    /// <summary>Field of <see cref="BucketBy.Header"/>, or name of the claim.</summary>
    public byte[] Subject { get; init; } = [];

    /// <summary>Whether a store that fails lets requests pass without rate limit fields (else 500).</summary>
    public required bool FaultTolerant { get; init; }

    public required bool HideClientHeaders { get; init; }

    public required int ErrorStatus { get; init; }

    public required KongErrorBody ErrorBody { get; init; }
}
