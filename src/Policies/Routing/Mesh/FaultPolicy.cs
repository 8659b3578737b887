namespace VoltageSoda.Edge.Policies.Routing.Mesh;

/// <summary>
/// Envoy's fault filter for one route (mesh.md 5.1): delay and abort are drawn independently, the delay first, the abort when it is over.
/// Immutable, thread-safe, no allocation.
/// </summary>
public sealed record FaultPolicy
{
    /// <summary>Body of an abort over HTTP.</summary>
    public static ReadOnlySpan<byte> AbortBody => "fault filter abort"u8;

    /// <summary>Which requests wait.</summary>
    public PerMillion DelayShare { get; init; }

    /// <summary>How long they wait; zero for not at all.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Which requests are aborted.</summary>
    public PerMillion AbortShare { get; init; }

    /// <summary>200..599; 0 when <see cref="AbortGrpcStatus"/> counts.</summary>
    public int AbortStatus { get; init; }

    /// <summary>gRPC status code, or null.</summary>
    public int? AbortGrpcStatus { get; init; }

    /// <summary>Whether a request waits. <paramref name="random"/> is uniform over all 64 bits.</summary>
    public bool DrawDelay(ulong random) => Delay > TimeSpan.Zero && DelayShare.Hits(random);

    /// <summary>Whether a request is aborted. <paramref name="random"/> is uniform over all 64 bits and not the one of the delay.</summary>
    public bool DrawAbort(ulong random) => (AbortStatus != 0 || AbortGrpcStatus is not null) && AbortShare.Hits(random);
}
