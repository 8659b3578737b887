using System.Globalization;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.Snapshot.Mesh;

namespace VoltageSoda.Edge.Cli.Explain.Mesh;

/// <summary>What holds for a cluster, in words. Stateless.</summary>
internal static class ClusterWords
{
    public static IReadOnlyList<string> Of(MeshClusterPlan plan)
    {
        List<string> words = [];
        if (plan.Source.Length != 0)
        {
            words.Add($"endpoints from {plan.Source}{(plan.Labels.Count == 0 ? "" : $", those with {plan.Labels}")}");
        }

        if (plan.Key is { } key)
        {
            words.Add($"hashes {Key(key)}");
        }

        words.Add(string.Create(CultureInfo.InvariantCulture, $"connects within {plan.ConnectTimeout} ms"));
        if (plan.MaxRequestsPerConnection != 0)
        {
            words.Add(string.Create(CultureInfo.InvariantCulture, $"{plan.MaxRequestsPerConnection} requests per connection"));
        }

        Limit(words, plan.Circuit.MaxConnections, "connections");
        Limit(words, plan.Circuit.MaxPendingRequests, "waiting requests");
        Limit(words, plan.Circuit.MaxRequests, "requests at once");
        Limit(words, plan.Circuit.MaxRetries, "retries at once");
        words.Add(plan.Outlier is { } outlier ? Ejection(outlier) : "no endpoint is ejected");
        if (plan.Tls is not null)
        {
            words.Add("TLS " + (plan.TlsMode?.ToString().ToUpperInvariant() ?? ""));
        }

        return words;
    }

    private static string Key(RequestKey key) => key.Kind switch
    {
        RequestKeyKind.Header => $"header {key.Name}",
        RequestKeyKind.Cookie => $"cookie {key.Name}",
        RequestKeyKind.SourceAddress => "the client's address",
        _ => $"query parameter {key.Name}",
    };

    private static string Ejection(OutlierRule rule)
    {
        List<string> causes = [];
        Cause(causes, rule.Consecutive5xx, rule.EnforcingConsecutive5xx, "5xx");
        Cause(causes, rule.ConsecutiveGatewayFailure, rule.EnforcingConsecutiveGatewayFailure, "gateway errors");
        if (rule.SplitExternalLocalOrigin)
        {
            Cause(causes, rule.ConsecutiveLocalOriginFailure, rule.EnforcingConsecutiveLocalOriginFailure, "local failures");
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"ejects after {(causes.Count == 0 ? "nothing" : string.Join(" or ", causes))} in a row, for {rule.BaseEjectionTime} ms times count, at most {rule.MaxEjectionPercent:0.##} % of the endpoints");
    }

    private static void Cause(List<string> causes, int count, double enforced, string what)
    {
        if (count > 0 && enforced > 0)
        {
            causes.Add(string.Create(CultureInfo.InvariantCulture, $"{count} {what}"));
        }
    }

    private static void Limit(List<string> words, long limit, string what)
    {
        if (limit is > 0 and < int.MaxValue)
        {
            words.Add(string.Create(CultureInfo.InvariantCulture, $"at most {limit} {what}"));
        }
    }
}
