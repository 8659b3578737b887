using Microsoft.Extensions.Logging.Abstractions;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Snapshot.Mesh;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Tests.Configuration.Mesh;

namespace VoltageSoda.Edge.Tests.Snapshot.Mesh;

/// <summary>The destinations of the supplied folder: two rules for one host, an entry for its port, subsets that nobody defines.</summary>
public sealed class SuppliedDestinationTests : IDisposable
{
    private const string Backend = "voltage-soda-backend.voltage-soda.svc.cluster.local";

    private readonly MeshClusterTable _table;

    public SuppliedDestinationTests()
    {
        EdgeMetrics metrics = new(new MetricsOptions { Loops = 1, ProtocolErrorKinds = [] });
        MeshClusterCompiler compiler = new(new StateRegistry(metrics, 1), metrics, new ServingOptions(), 1, NullLogger.Instance);
        _table = new MeshClusterTable(MeshLoading.Sample("lenient").Mesh!, [], compiler, missingIsWhole: false);
    }

    public void Dispose()
    {
        foreach (ClusterBuilder builder in _table.Builders)
        {
            builder.Dispose();
        }
    }

    // The entry of port 8080 takes everything from the host: its balancer, limits, outlier detection and TLS.
    [Theory]
    [InlineData("")]
    [InlineData("stable")]
    [InlineData("canary")]
    public void Backend8080_HasThePolicyOfItsPortAlone(string subset)
    {
        MeshClusterPlan plan = _table.Find(Backend, 8080, subset).Plan!;
        Assert.Equal($"outbound|8080|{subset}|{Backend}", plan.Name);
        Assert.Equal("ROUND_ROBIN", plan.Cluster.Algorithm);
        Assert.Equal((50, 25, int.MaxValue, int.MaxValue), (
            plan.Circuit.MaxConnections, plan.Circuit.MaxPendingRequests, plan.Circuit.MaxRequests, plan.Circuit.MaxRetries));
        Assert.Equal((5, 10_000), (plan.MaxRequestsPerConnection, plan.ConnectTimeout));
        Assert.Null(plan.Tls);
        Assert.Null(plan.TlsMode);
        Assert.Null(plan.Key);
        Assert.Null(plan.Cluster.PoolSettings!.KeepAlive);
        Assert.Equal(["advanced-traffic-policy.yaml", "traffic-routing.yaml"], plan.Rules.Select(static span => Path.GetFileName(span.File)));

        // Nothing of the host's outlier detection is left; what there is comes from the entry's own circuitBreaker, which the loader maps.
        Assert.Equal((2, 10_000L, 10_000L, 10.0, 0.0), (
            plan.Outlier!.ConsecutiveGatewayFailure, plan.Outlier.Interval, plan.Outlier.BaseEjectionTime, plan.Outlier.MaxEjectionPercent,
            plan.Outlier.EnforcingSuccessRate));
        Assert.Equal(0, plan.Cluster.Endpoints.Layout?.PanicThreshold ?? 0);
    }

    [Fact]
    public void BackendOfOtherPorts_HasThePolicyOfTheHost()
    {
        MeshClusterPlan plan = _table.Find(Backend, 9090, "stable").Plan!;
        Assert.Equal("RING_HASH of at least 100, LEAST_REQUEST without key", plan.Cluster.Algorithm);
        Assert.Equal((RequestKeyKind.Header, "x-user-id"), (plan.Key!.Kind, plan.Key.Name));
        Assert.Equal((100, 100, 1000, 3), (plan.Circuit.MaxConnections, plan.Circuit.MaxPendingRequests, plan.Circuit.MaxRequests, plan.Circuit.MaxRetries));
        Assert.Equal((10, 30_000), (plan.MaxRequestsPerConnection, plan.ConnectTimeout));
        Assert.Equal((5, 3, 50.0, 1.9), (
            plan.Outlier!.Consecutive5xx, plan.Outlier.ConsecutiveGatewayFailure, plan.Outlier.MaxEjectionPercent, plan.Outlier.SuccessRateFactor));
        Assert.NotNull(plan.Tls);
        Assert.Equal("version=stable", plan.Labels.ToString());
    }

    [Theory]
    [InlineData("voltage-soda-flavors", 8081, "canary", nameof(MeshClusterOutcome.SubsetMissing))]
    [InlineData("voltage-soda-backend", 8080, "variant-b", nameof(MeshClusterOutcome.SubsetMissing))]
    [InlineData("voltage-soda-frontend", 3000, null, nameof(MeshClusterOutcome.Found))]
    [InlineData("voltage-soda-backend-eu", 8080, null, nameof(MeshClusterOutcome.Found))]
    public void Destinations_OfTheRoutes(string host, int port, string? subset, string outcome) =>
        Assert.Equal(outcome, _table.Find(MeshHosts.Qualify(host, "voltage-soda"), port, subset).Outcome.ToString());

    // A rule of the VirtualService carries a policy, which holds because no DestinationRule speaks of its destination.
    [Fact]
    public void Flavors_HaveThePolicyOfTheirRoute()
    {
        MeshClusterPlan plan = _table.Find("voltage-soda-flavors.voltage-soda.svc.cluster.local", 8081, null).Plan!;
        Assert.Equal((100, 50, 10), (plan.Circuit.MaxConnections, plan.Circuit.MaxPendingRequests, plan.MaxRequestsPerConnection));
        Assert.Equal(3, plan.Outlier!.ConsecutiveGatewayFailure);
        Assert.Equal("LEAST_REQUEST", plan.Cluster.Algorithm);
    }

    // Where no rule says anything the operator's defaults do.
    [Fact]
    public void Frontend_HasTheDefaultsOfTheMesh()
    {
        MeshClusterPlan plan = _table.Find("voltage-soda-frontend.voltage-soda.svc.cluster.local", 3000, null).Plan!;
        Assert.Equal((100, 50, 100, 3), (plan.Circuit.MaxConnections, plan.Circuit.MaxPendingRequests, plan.Circuit.MaxRequests, plan.Circuit.MaxRetries));
        Assert.Equal(2, plan.MaxRequestsPerConnection);
        Assert.Equal(3, plan.Outlier!.ConsecutiveGatewayFailure);
        Assert.Empty(plan.Rules);
    }
}
