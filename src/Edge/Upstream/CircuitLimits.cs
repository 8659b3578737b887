namespace VoltageSoda.Edge.Upstream;

/// <summary>
/// Limits of a cluster over all loops, Istio's <c>connectionPool</c>; <see cref="int.MaxValue"/> stands for none. Immutable.
/// </summary>
internal sealed record CircuitLimits
{
    public static CircuitLimits None { get; } = new();

    /// <summary>Connections to all its endpoints; an endpoint without any may open one above it.</summary>
    public int MaxConnections { get; init; } = int.MaxValue;

    /// <summary>Requests that wait for a connection, those whose connection is being opened included.</summary>
    public int MaxPendingRequests { get; init; } = int.MaxValue;

    /// <summary>Requests in flight.</summary>
    public int MaxRequests { get; init; } = int.MaxValue;

    /// <summary>Retries under way; without meaning where there is a budget.</summary>
    public int MaxRetries { get; init; } = int.MaxValue;

    /// <summary>Retries under way per hundred requests in flight or waiting, 0..100; null without budget.</summary>
    public double? RetryBudgetPercent { get; init; }

    /// <summary>Retries a budget always allows.</summary>
    public int RetryBudgetMinimum { get; init; } = 3;
}
