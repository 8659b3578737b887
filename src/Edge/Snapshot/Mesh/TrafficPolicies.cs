using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>The blocks that hold for one destination; null where Istio's default does. Immutable.</summary>
internal sealed record ResolvedPolicy
{
    public static ResolvedPolicy Default { get; } = new();

    public LoadBalancerSettings? LoadBalancer { get; init; }

    public ConnectionPoolSettings? ConnectionPool { get; init; }

    public OutlierSettings? OutlierDetection { get; init; }

    public ClientTlsSettings? Tls { get; init; }

    public RetryBudgetSettings? RetryBudget { get; init; }
}

/// <summary>
/// Resolves the policy of a subset and port (<c>istio: pilot/pkg/networking/util/util.go</c>, MergeSubsetTrafficPolicy): a subset's blocks go before
/// the host's, each as a whole; the entry of a port replaces all four, also by nothing. Stateless.
/// </summary>
internal static class TrafficPolicies
{
    /// <summary>The policy of a destination.</summary>
    /// <param name="host">Policy of the host.</param>
    /// <param name="subset">Policy of the subset.</param>
    /// <param name="port">Port of the service.</param>
    /// <param name="mesh">Fills limits and outlier detection where the result lacks them.</param>
    public static ResolvedPolicy Resolve(TrafficPolicy? host, TrafficPolicy? subset, int port, TrafficPolicy? mesh)
    {
        ResolvedPolicy policy = Merge(Merge(ResolvedPolicy.Default, host, port), subset, port);
        return policy with
        {
            ConnectionPool = policy.ConnectionPool ?? mesh?.ConnectionPool,
            OutlierDetection = policy.OutlierDetection ?? mesh?.OutlierDetection,
        };
    }

    private static ResolvedPolicy Merge(ResolvedPolicy below, TrafficPolicy? above, int port)
    {
        if (above is null)
        {
            return below;
        }

        ResolvedPolicy merged = new()
        {
            LoadBalancer = above.LoadBalancer ?? below.LoadBalancer,
            ConnectionPool = above.ConnectionPool ?? below.ConnectionPool,
            OutlierDetection = above.OutlierDetection ?? below.OutlierDetection,
            Tls = above.Tls ?? below.Tls,
            RetryBudget = above.RetryBudget ?? below.RetryBudget,
        };
        return above.PortLevelSettings.FirstOrDefault(entry => entry.Port == port) is { Policy: { } entry }
            ? merged with
            {
                LoadBalancer = entry.LoadBalancer,
                ConnectionPool = entry.ConnectionPool,
                OutlierDetection = entry.OutlierDetection,
                Tls = entry.Tls,
            }
            : merged;
    }
}
