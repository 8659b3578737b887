using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Snapshot.Mesh;
using static VoltageSoda.Edge.Tests.Snapshot.Mesh.MeshModels;

namespace VoltageSoda.Edge.Tests.Snapshot.Mesh;

public sealed class TrafficPoliciesTests
{
    private static readonly TrafficPolicy Host = Policy() with
    {
        LoadBalancer = Balancer(SimpleBalancing.Random),
        ConnectionPool = Pool(connections: 100),
        OutlierDetection = Outlier(7),
        Tls = Tls(ClientTlsMode.Simple),
        RetryBudget = new RetryBudgetSettings(20, 3, TimeSpan.Zero, At(1)),
    };

    [Fact]
    public void Nothing_IsIstiosDefault() => Assert.Equal(ResolvedPolicy.Default, TrafficPolicies.Resolve(null, null, 80, null));

    [Fact]
    public void Host_HoldsForEveryPortAndSubset()
    {
        ResolvedPolicy policy = TrafficPolicies.Resolve(Host, null, 80, null);
        Assert.Same(Host.LoadBalancer, policy.LoadBalancer);
        Assert.Same(Host.ConnectionPool, policy.ConnectionPool);
        Assert.Same(Host.OutlierDetection, policy.OutlierDetection);
        Assert.Same(Host.Tls, policy.Tls);
        Assert.Same(Host.RetryBudget, policy.RetryBudget);
    }

    [Fact]
    public void PortLevel_ReplacesTheHostsWholesale()
    {
        TrafficPolicy entry = Policy() with { ConnectionPool = Pool(connections: 5) };
        TrafficPolicy host = Host with { PortLevelSettings = [new PortTrafficPolicy(8080, entry)] };
        ResolvedPolicy policy = TrafficPolicies.Resolve(host, null, 8080, null);
        Assert.Same(entry.ConnectionPool, policy.ConnectionPool);
        Assert.Null(policy.LoadBalancer);
        Assert.Null(policy.OutlierDetection);
        Assert.Null(policy.Tls);
        Assert.Same(Host.ConnectionPool, TrafficPolicies.Resolve(host, null, 8081, null).ConnectionPool);
    }

    [Fact]
    public void Subset_OverridesBlockByBlockNeverFieldByField()
    {
        TrafficPolicy subset = Policy() with { ConnectionPool = Pool(pending: 9), LoadBalancer = Balancer(SimpleBalancing.RoundRobin) };
        ResolvedPolicy policy = TrafficPolicies.Resolve(Host, subset, 80, null);
        Assert.Same(subset.ConnectionPool, policy.ConnectionPool);
        Assert.Null(policy.ConnectionPool!.MaxConnections);
        Assert.Same(subset.LoadBalancer, policy.LoadBalancer);
        Assert.Same(Host.OutlierDetection, policy.OutlierDetection);
        Assert.Same(Host.Tls, policy.Tls);
    }

    [Fact]
    public void Subset_OverridesTheHostsPortLevel()
    {
        TrafficPolicy host = Host with { PortLevelSettings = [new PortTrafficPolicy(80, Policy() with { ConnectionPool = Pool(connections: 5) })] };
        TrafficPolicy subset = Policy() with { OutlierDetection = Outlier(2) };
        ResolvedPolicy policy = TrafficPolicies.Resolve(host, subset, 80, null);
        Assert.Equal(5, policy.ConnectionPool!.MaxConnections);
        Assert.Same(subset.OutlierDetection, policy.OutlierDetection);
        Assert.Null(policy.LoadBalancer);
        Assert.Null(policy.Tls);
    }

    [Fact]
    public void SubsetPortLevel_ReplacesAllFourEvenWhenUnset()
    {
        TrafficPolicy entry = Policy() with { LoadBalancer = Balancer(SimpleBalancing.RoundRobin) };
        TrafficPolicy subset = Policy() with { OutlierDetection = Outlier(2), PortLevelSettings = [new PortTrafficPolicy(80, entry)] };
        ResolvedPolicy policy = TrafficPolicies.Resolve(Host, subset, 80, null);
        Assert.Same(entry.LoadBalancer, policy.LoadBalancer);
        Assert.Null(policy.ConnectionPool);
        Assert.Null(policy.OutlierDetection);
        Assert.Null(policy.Tls);
        Assert.Same(subset.OutlierDetection, TrafficPolicies.Resolve(Host, subset, 81, null).OutlierDetection);
    }

    [Fact]
    public void Mesh_FillsOnlyLimitsAndOutlierDetectionThatAreLacking()
    {
        TrafficPolicy mesh = Host with { ConnectionPool = Pool(connections: 1), OutlierDetection = Outlier(1) };
        ResolvedPolicy none = TrafficPolicies.Resolve(null, null, 80, mesh);
        Assert.Same(mesh.ConnectionPool, none.ConnectionPool);
        Assert.Same(mesh.OutlierDetection, none.OutlierDetection);
        Assert.Null(none.LoadBalancer);
        Assert.Null(none.Tls);
        ResolvedPolicy some = TrafficPolicies.Resolve(Policy() with { ConnectionPool = Pool(pending: 3) }, null, 80, mesh);
        Assert.Equal((null, 3), (some.ConnectionPool!.MaxConnections, some.ConnectionPool.Http1MaxPendingRequests));
        Assert.Same(mesh.OutlierDetection, some.OutlierDetection);
    }
}
