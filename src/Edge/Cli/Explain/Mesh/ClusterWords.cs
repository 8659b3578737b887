using System.Globalization;
using VoltageSoda.Edge.Snapshot.Mesh;

namespace VoltageSoda.Edge.Cli.Explain.Mesh;

/// <summary>What a cluster's DestinationRule says, in words. Stateless.</summary>
internal static class ClusterWords
{
    public static IReadOnlyList<string> Of(MeshClusterPlan plan) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"connects within {plan.ConnectTimeout} ms"),
        .. plan.MaxRequestsPerConnection == 0 ? Array.Empty<string>() : [string.Create(CultureInfo.InvariantCulture, $"{plan.MaxRequestsPerConnection} requests per connection")],
        .. Limit(plan.Circuit.MaxConnections, "connections"),
        .. Limit(plan.Circuit.MaxPendingRequests, "waiting requests"),
        .. Limit(plan.Circuit.MaxRequests, "requests"),
        .. Limit(plan.Circuit.MaxRetries, "retries"),
        plan.Outlier is null ? "no endpoint is ejected" : "endpoints that fail are ejected",
        .. plan.Tls is null ? Array.Empty<string>() : ["TLS"],
    ];

    private static string[] Limit(long limit, string what) =>
        limit >= int.MaxValue ? [] : [string.Create(CultureInfo.InvariantCulture, $"at most {limit} {what}")];
}
