using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Tests.Configuration.Mesh;

public sealed class MeshSampleTests
{
    [Fact]
    public void Load_SuppliedFolderInLenientMode_FindsWhatThereIsToSay()
    {
        LoadResult result = MeshLoading.Sample("lenient");
        Assert.False(result.Refused);
        Golden.Equal("tests/Edge.Tests/Configuration/Golden/mesh-lenient.txt", MeshLoading.Render(result));
    }

    [Fact]
    public void Load_SuppliedFolderInCompatMode_RefusesAndSuggestsTheRepair()
    {
        LoadResult result = MeshLoading.Sample("compat");
        Assert.True(result.Refused);
        Assert.Null(result.Mesh);
        Assert.Contains("lenient repairs it: line 87", result.One("VSE2003").Hint);
        Golden.Equal("tests/Edge.Tests/Configuration/Golden/mesh-compat.txt", MeshLoading.Render(result));
    }

    [Fact]
    public void Load_SuppliedFolderInStrictMode_RefusesEveryDeviation()
    {
        LoadResult result = MeshLoading.Sample("strict");
        Assert.True(result.Refused);
        Assert.DoesNotContain(result.Findings, finding => finding is { Refuses: true, Action: not null });
        Assert.True(result.Findings.Count(finding => finding.Refuses) > 40);
    }

    [Fact]
    public void Load_SuppliedFolder_GivesTheModel()
    {
        MeshModel model = MeshLoading.Sample("lenient").Mesh!;
        Assert.Equal(["voltage-soda-gateway", "voltage-soda-gateway-https"], model.Gateways.Select(gateway => gateway.Name));
        Assert.Equal(["voltage-soda-advanced-routing", "voltage-soda-global-routing"], model.VirtualServices.Select(service => service.Name));
        Assert.Equal(["voltage-soda-advanced-traffic-policy", "voltage-soda-destination-rules"], model.DestinationRules.Select(rule => rule.Name));
        GatewayServer grpc = model.Gateways[1].Servers[1];
        Assert.Equal((9443, GatewayProtocol.Https, true, GatewayTlsMode.IstioMutual), (grpc.Port, grpc.Protocol, grpc.Http2Only, grpc.Tls!.Mode));
        Assert.True(model.Gateways[0].Servers[0].Tls!.HttpsRedirect);
        Assert.Equal(["voltage-soda/voltage-soda-gateway", "voltage-soda/voltage-soda-gateway-https"], model.VirtualServices[1].Gateways.Select(gateway => gateway.Name));
        Assert.Equal("voltage-soda-frontend.voltage-soda.svc.cluster.local", model.VirtualServices[1].Http[0].Destinations[0].Destination.ResolvedHost);
        Assert.Equal(0.05, model.VirtualServices[1].Http[1].Fault!.Delay!.Percent);
        Assert.Equal(TimeSpan.FromMilliseconds(25), model.VirtualServices[0].Http[4].Retries!.Backoff);
        Assert.Equal(TimeSpan.FromSeconds(1), model.VirtualServices[0].Http[4].Retries!.MaxBackoff);
    }

    [Fact]
    public void Load_SuppliedFolder_MapsWhatWasMeant()
    {
        MeshModel model = MeshLoading.Sample("lenient").Mesh!;
        TrafficPolicy policy = model.DestinationRules[0].TrafficPolicy!;
        OutlierSettings outlier = policy.OutlierDetection!;
        Assert.Equal((5, 3, true), (outlier.Consecutive5xxErrors, outlier.ConsecutiveGatewayErrors, outlier.SplitExternalLocalOriginErrors));
        Assert.Equal((100, 100, 50), (outlier.EnforcingConsecutive5xx, outlier.EnforcingConsecutiveGatewayErrors, outlier.EnforcingSuccessRate));
        Assert.Equal((3, 100, 1.9), (outlier.SuccessRateMinimumHosts, outlier.SuccessRateRequestVolume, outlier.SuccessRateStdevFactor));
        Assert.Equal((SimpleBalancing.LeastRequest, "x-user-id", 100), (policy.LoadBalancer!.Simple, policy.LoadBalancer.ConsistentHash!.HttpHeaderName, policy.LoadBalancer.ConsistentHash.MinimumRingSize));
        PortTrafficPolicy port = Assert.Single(policy.PortLevelSettings);
        Assert.Equal((8080, SimpleBalancing.RoundRobin, 50, 25, 5), (port.Port, port.Policy.LoadBalancer!.Simple, port.Policy.ConnectionPool!.MaxConnections,
            port.Policy.ConnectionPool.Http1MaxPendingRequests, port.Policy.ConnectionPool.MaxRequestsPerConnection));
        Assert.Null(port.Policy.Tls);
        Assert.Equal((2, TimeSpan.FromSeconds(10)), (port.Policy.OutlierDetection!.ConsecutiveGatewayErrors, port.Policy.OutlierDetection.BaseEjectionTime));

        TrafficPolicy second = model.DestinationRules[1].TrafficPolicy!;
        Assert.Equal((3, 50), (second.OutlierDetection!.ConsecutiveGatewayErrors, second.OutlierDetection.MinHealthPercent));
        Assert.Null(second.OutlierDetection.Consecutive5xxErrors);
        Assert.Equal("x-user-id", second.LoadBalancer!.ConsistentHash!.HttpHeaderName);
        Assert.Equal(3, model.VirtualServices[1].Http[2].TrafficPolicy!.OutlierDetection!.ConsecutiveGatewayErrors);
    }

    [Fact]
    public void Load_SuppliedFolder_ReadsTheMeshOfTheFirstClusterWithAControlPlane()
    {
        MeshConfig config = MeshLoading.Sample("lenient").Mesh!.MeshConfig;
        Assert.Equal(("voltage-soda-control-plane", "voltage-soda-us-east", "voltage-soda.global", "voltage-soda-global-mesh", "voltage-soda-network"),
            (config.OperatorName, config.ClusterName, config.TrustDomain, config.MeshId, config.Network));
        Assert.Equal("/dev/stdout", config.AccessLogFile);
        Assert.StartsWith("[%START_TIME%] \"%REQ(:METHOD)%", config.AccessLogFormat);
        Assert.EndsWith("\n", config.AccessLogFormat);
        Assert.Equal((100, 256), (config.Proxy.TracingSampling, config.Proxy.MaxPathTagLength));
        Assert.Equal((4, 5), (config.Proxy.StatsMatcher.InclusionRegexps.Count, config.Proxy.StatsMatcher.ExclusionRegexps.Count));
        Assert.Equal((100, 50, 100, 2, 3), (config.DefaultTrafficPolicy!.ConnectionPool!.MaxConnections, config.DefaultTrafficPolicy.ConnectionPool.Http1MaxPendingRequests,
            config.DefaultTrafficPolicy.ConnectionPool.Http2MaxRequests, config.DefaultTrafficPolicy.ConnectionPool.MaxRequestsPerConnection, config.DefaultTrafficPolicy.ConnectionPool.MaxRetries));
        Assert.Equal(3, config.DefaultTrafficPolicy.OutlierDetection!.ConsecutiveGatewayErrors);
        Assert.Equal(SimpleBalancing.LeastRequest, config.DefaultLoadBalancing);
        Assert.True(config.EnableAutoMtls);
        Assert.Equal(["15021=15021", "80=8080", "443=8443", "31400=31400"], config.IngressGateways[0].Ports.Select(port => $"{port.Port}={port.TargetPort}"));

        MeshConfig other = MeshLoading.Sample("lenient", ("EDGE_CLUSTER_NAME", "voltage-soda-eu-west")).Mesh!.MeshConfig;
        Assert.Equal(("voltage-soda-remote-cluster", null), (other.OperatorName, other.AccessLogFile));
        Assert.True(MeshLoading.Sample("lenient", ("EDGE_CLUSTER_NAME", "elsewhere")).One("VSE2006").Refuses);
    }

    [Fact]
    public void Load_SuppliedFolderInLenientMode_DeniesWhatIsNotEnforced()
    {
        MeshModel model = MeshLoading.Sample("lenient").Mesh!;
        Assert.Equal(
            ["AuthorizationPolicy voltage-soda app=voltage-soda-backend", "PeerAuthentication voltage-soda ", "RequestAuthentication voltage-soda "],
            model.DeniedWorkloads.Select(denied => $"{denied.Kind} {denied.Namespace} {denied.Selector}").Order());
        DeniedWorkload policy = model.DeniedWorkloads.Single(denied => denied.Kind == "AuthorizationPolicy");
        Assert.True(policy.Covers("voltage-soda", new LabelSet([new("app", "voltage-soda-backend"), new("version", "stable")])));
        Assert.False(policy.Covers("voltage-soda", new LabelSet([new("app", "voltage-soda-frontend")])));
        Assert.False(policy.Covers("elsewhere", new LabelSet([new("app", "voltage-soda-backend")])));
    }

    [Fact]
    public void Load_SuppliedFolder_NeverShowsTheTokenInThePolicy()
    {
        LoadResult result = MeshLoading.Sample("lenient");
        Assert.Single(result.Findings, finding => finding.Code == "VSE2129");
        foreach (string shown in (string[])[DiagnosticText.Text(result.Findings), DiagnosticText.Json(result), DiagnosticText.Sarif(result, "1"), string.Join('\n', result.Mesh!.SecurityDocuments)])
        {
            Assert.DoesNotContain("valid-admin-token", shown);
        }
    }
}
