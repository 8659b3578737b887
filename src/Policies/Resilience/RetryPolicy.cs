namespace VoltageSoda.Edge.Policies.Resilience;

/// <summary>How a route is retried, Istio's <c>retries</c> with its defaults filled in. Immutable.</summary>
public sealed record RetryPolicy
{
    /// <summary>What holds where a route says nothing: two retries of what surely did not reach the upstream.</summary>
    public static RetryPolicy Default { get; } = new();

    /// <summary>No retry at all: <c>attempts: 0</c>.</summary>
    public static RetryPolicy Never { get; } = new() { Retries = 0 };

    /// <summary>Tries after the first one, 0 or more (<c>attempts</c>).</summary>
    public int Retries { get; init; } = 2;

    /// <summary>What may be tried again.</summary>
    public RetryConditions Conditions { get; init; } = RetryConditions.Default;

    /// <summary>Milliseconds of one attempt until its response head; 0 means as long as the route has.</summary>
    public long PerTryTimeout { get; init; }

    /// <summary>Pauses between attempts.</summary>
    public Backoff Backoff { get; init; } = Backoff.Default;

    /// <summary>
    /// Whether endpoints already tried are passed by (<c>retryIgnorePreviousHosts</c>); null leaves it to the destination: yes, unless it is a
    /// single one that hashes.
    /// </summary>
    public bool? IgnoresPreviousHosts { get; init; }

    /// <summary>Whether after every two attempts the next priority gets its turn (<c>retryRemoteLocalities</c>).</summary>
    public bool UsesRemoteLocalities { get; init; }

    /// <summary>Whether a further attempt passes by the endpoints already tried.</summary>
    /// <param name="isHashing">Whether the destination's endpoint is decided by a key.</param>
    /// <param name="destinations">Destinations of the route.</param>
    public bool AvoidsTried(bool isHashing, int destinations) => IgnoresPreviousHosts ?? !(isHashing && destinations == 1);
}
