using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>
/// Reads <c>trafficPolicy</c> at every level, and what older or other documents write into it: <c>circuitBreaker</c>, <c>consistentHash</c>
/// beside the load balancer, and outlier fields under <c>http</c>.
/// </summary>
internal static class TrafficPolicyReader
{
    /// <summary>Reads one.</summary>
    public static TrafficPolicy Read(MeshRecord record) => Read(record, atPort: false);

    private static TrafficPolicy Read(MeshRecord record, bool atPort)
    {
        LoadBalancerSettings? balancer = LoadBalancerReader.Read(record);
        MeshRecord? pool = record.Record("connectionPool");
        MeshRecord? http = pool?.Record("http");
        TrafficPolicy policy = new()
        {
            Span = record.Span,
            LoadBalancer = balancer,
            OutlierDetection = OutlierReader.Read(record, http),
            ConnectionPool = pool is null ? null : ConnectionPoolReader.Read(pool, http),
            Tls = record.Record("tls") is { } tls ? ClientTlsReader.Read(tls) : null,
            PortLevelSettings = atPort ? [] : Ports(record),
            RetryBudget = record.Record("retryBudget") is { } budget ? RetryBudget(budget) : null,
        };
        foreach (string later in (ReadOnlySpan<string>)["tunnel", "proxyProtocol"])
        {
            if (!atPort && record.Has(later))
            {
                record.ReportKey(FindingCodes.ComesLater, later, "is read and has no effect yet", "left out");
            }
        }

        record.Done();
        bool empty = policy is { LoadBalancer: null, OutlierDetection: null, ConnectionPool: null, Tls: null, RetryBudget: null, PortLevelSettings.Count: 0 };
        if (empty && !record.Has("portLevelSettings"))
        {
            record.ReportHere(FindingCodes.MeshRequired, "needs at least one of loadBalancer, connectionPool, outlierDetection, tls");
        }

        ReportLost(record, policy);
        return policy;
    }

    private static List<PortTrafficPolicy> Ports(MeshRecord record)
    {
        List<PortTrafficPolicy> ports = [];
        foreach (MeshRecord entry in record.Records("portLevelSettings"))
        {
            int? port = RouteDestinationReader.PortNumber(entry);
            if (!entry.Has("port"))
            {
                entry.ReportHere(FindingCodes.MeshRequired, "port is required");
            }

            TrafficPolicy policy = Read(entry, atPort: true);
            if (port is { } number)
            {
                ports.Add(new PortTrafficPolicy(number, policy));
            }
        }

        return ports;
    }

    // MergeTrafficPolicy of pilot/pkg/networking/util takes the entry of the port whole.
    private static void ReportLost(MeshRecord record, TrafficPolicy policy)
    {
        foreach (PortTrafficPolicy port in policy.PortLevelSettings)
        {
            List<string> lost = [];
            Lose(policy.LoadBalancer, port.Policy.LoadBalancer, "loadBalancer", lost);
            Lose(policy.ConnectionPool, port.Policy.ConnectionPool, "connectionPool", lost);
            Lose(policy.OutlierDetection, port.Policy.OutlierDetection, "outlierDetection", lost);
            Lose(policy.Tls, port.Policy.Tls, "tls", lost);
            if (policy.LoadBalancer?.ConsistentHash is not null && port.Policy.LoadBalancer is { ConsistentHash: null })
            {
                lost.Add("loadBalancer.consistentHash");
            }

            if (lost.Count > 0)
            {
                record.Load.Add(FindingCodes.PortLevelLoses, port.Policy.Span, record.PathOf("portLevelSettings"),
                    $"{record.PathOf("portLevelSettings")}: the entry of port {port.Port} replaces the whole policy: {string.Join(", ", lost)} of the host "
                    + "do not hold there, in Istio as here",
                    "Istio's defaults hold for them", "repeat in the entry what is meant to hold");
            }
        }
    }

    private static void Lose(object? host, object? port, string name, List<string> lost)
    {
        if (host is not null && port is null)
        {
            lost.Add(name);
        }
    }

    private static RetryBudgetSettings RetryBudget(MeshRecord record)
    {
        RetryBudgetSettings budget = new(
            LoadBalancerReader.Wrapped(record, "percent", 0, 100) ?? 20,
            record.Integer("minRetryConcurrency") is > 0 and var minimum ? minimum : 3,
            record.Duration("budgetInterval", zero: true) ?? TimeSpan.Zero,
            record.Span);
        record.Done();
        return budget;
    }
}
