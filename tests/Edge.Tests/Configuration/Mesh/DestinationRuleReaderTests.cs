using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Tests.Configuration.Mesh;

public sealed class DestinationRuleReaderTests
{
    // protobuf's JSON of a wrapped number is the number.
    [Theory]
    [InlineData("{percent: 25}", 25, 3)]
    [InlineData("{percent: {value: 12.5}, minRetryConcurrency: 4}", 12.5, 4)]
    [InlineData("{minRetryConcurrency: 0}", 20, 3)]
    [InlineData("{percent: 0}", 0, 3)]
    public void RetryBudget_IsReadInBothForms(string written, double percent, int minimum)
    {
        TrafficPolicy policy = Policy($"retryBudget: {written}\n");
        Assert.Equal((percent, minimum), (policy.RetryBudget!.Percent, policy.RetryBudget.MinRetryConcurrency));
    }

    [Fact]
    public void Read_EveryField_IsKept()
    {
        TrafficPolicy policy = Policy("loadBalancer:\n  simple: ROUND_ROBIN\n  warmup: {duration: 60s, minimumPercent: 20, aggression: 2}\n"
            + "  localityLbSetting: {enabled: true, failover: [{from: eu, to: us}], failoverPriority: [topology.istio.io/network]}\n"
            + "connectionPool:\n  tcp: {maxConnections: 1, connectTimeout: 100ms, tcpKeepalive: {probes: 3, time: 1h, interval: 75s}, maxConnectionDuration: 5m, idleTimeout: 0s}\n"
            + "  http: {http1MaxPendingRequests: 2, http2MaxRequests: 3, maxRequestsPerConnection: 100, maxRetries: 4, idleTimeout: 15m, useClientProtocol: true, maxConcurrentStreams: 5}\n"
            + "outlierDetection: {consecutive5xxErrors: 0, consecutive_gateway_errors: 7, interval: 1s, baseEjectionTime: 2s, maxEjectionPercent: 100, minHealthPercent: 30,"
            + " splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 8, outlierDetectionHttpErrorCodes: ['503', 5xx]}\n"
            + "tls: {mode: MUTUAL, clientCertificate: c, privateKey: k, caCertificates: r, subjectAltNames: [a], sni: s}\n"
            + "retryBudget: {percent: {value: 25}, minRetryConcurrency: 1, budgetInterval: 2s}\n");
        Assert.Equal((SimpleBalancing.RoundRobin, TimeSpan.FromMinutes(1), 20, 2), (policy.LoadBalancer!.Simple, policy.LoadBalancer.Warmup!.Duration,
            policy.LoadBalancer.Warmup.MinimumPercent, policy.LoadBalancer.Warmup.Aggression));
        Assert.Equal((true, "eu", "us"), (policy.LoadBalancer.LocalityLb!.Enabled, policy.LoadBalancer.LocalityLb.Failover[0].From, policy.LoadBalancer.LocalityLb.Failover[0].To));
        ConnectionPoolSettings pool = policy.ConnectionPool!;
        Assert.Equal((1, 2, 3, 100, 4, 5), (pool.MaxConnections, pool.Http1MaxPendingRequests, pool.Http2MaxRequests, pool.MaxRequestsPerConnection, pool.MaxRetries, pool.MaxConcurrentStreams));
        Assert.Equal((TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5), TimeSpan.Zero, TimeSpan.FromMinutes(15), true),
            (pool.ConnectTimeout, pool.MaxConnectionDuration, pool.TcpIdleTimeout, pool.HttpIdleTimeout, pool.UseClientProtocol));
        Assert.Equal(new TcpKeepaliveSettings(3, TimeSpan.FromHours(1), TimeSpan.FromSeconds(75)), pool.TcpKeepalive);
        OutlierSettings outlier = policy.OutlierDetection!;
        Assert.Equal((0, 7, 8, 100, 30), (outlier.Consecutive5xxErrors, outlier.ConsecutiveGatewayErrors, outlier.ConsecutiveLocalOriginFailures, outlier.MaxEjectionPercent, outlier.MinHealthPercent));
        Assert.Equal((TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), true), (outlier.Interval, outlier.BaseEjectionTime, outlier.SplitExternalLocalOriginErrors));
        Assert.Equal(["503", "5xx"], outlier.HttpErrorCodes);
        Assert.Equal((ClientTlsMode.Mutual, "c", "k", "r", "s"), (policy.Tls!.Mode, policy.Tls.ClientCertificate, policy.Tls.PrivateKey, policy.Tls.CaCertificates, policy.Tls.Sni));
        Assert.Equal((25, 1, TimeSpan.FromSeconds(2)), (policy.RetryBudget!.Percent, policy.RetryBudget.MinRetryConcurrency, policy.RetryBudget.Interval));
    }

    [Theory]
    [InlineData("{httpHeaderName: x-user}", "x-user   1024 ")]
    [InlineData("{httpQueryParameterName: q, ringHash: {minimumRingSize: 8}}", "  q 8 ")]
    [InlineData("{httpCookie: {name: c, path: /, ttl: 0s}, maglev: {tableSize: 11}}", " c   11")]
    [InlineData("{useSourceIp: true, maglev: {}}", "    65537")]
    public void Read_ConsistentHash_KeepsKeyAndTable(string hash, string expected)
    {
        ConsistentHashSettings settings = Policy($"loadBalancer:\n  consistentHash: {hash}\n").LoadBalancer!.ConsistentHash!;
        Assert.Equal(expected, $"{settings.HttpHeaderName} {settings.HttpCookie?.Name} {settings.HttpQueryParameterName} {settings.MinimumRingSize} {settings.MaglevTableSize}");
    }

    [Fact]
    public void Read_SubsetsAndPorts_AreKept()
    {
        LoadResult result = MeshLoading.Text(MeshLoading.Document("DestinationRule",
            "host: '*.shop.svc.cluster.local'\nexportTo: [.]\nworkloadSelector: {matchLabels: {a: b}}\nsubsets:\n- name: v1\n  labels: {version: v1}\n  trafficPolicy: {portLevelSettings: [{port: {number: 80}, loadBalancer: {simple: RANDOM}}]}\n"));
        Assert.Empty(result.Codes());
        DestinationRule rule = result.Mesh!.DestinationRules[0];
        Assert.Equal(("*.shop.svc.cluster.local", "shop", "a=b"), (rule.ResolvedHost, rule.ExportTo[0], rule.WorkloadSelector!.ToString()));
        Assert.Equal(("v1", "version=v1", 80), (rule.Subsets[0].Name, rule.Subsets[0].Labels.ToString(), rule.Subsets[0].TrafficPolicy!.PortLevelSettings[0].Port));
    }

    [Theory]
    [InlineData("{}\n", "9 VSE2021")]
    [InlineData("loadBalancer: {simple: LEAST_CON}\n", "9 VSE2024")]
    [InlineData("loadBalancer: {consistentHash: {httpHeaderName: a, useSourceIp: true}}\n", "9 VSE2027")]
    [InlineData("loadBalancer: {consistentHash: {httpHeaderName: 'a b'}}\n", "9 VSE2026")]
    [InlineData("loadBalancer: {consistentHash: {httpCookie: {path: /}}}\n", "9 VSE2021")]
    [InlineData("loadBalancer: {consistentHash: {httpHeaderName: a, maglev: {tableSize: 10}}}\n", "9 VSE2025")]
    [InlineData("loadBalancer: {consistentHash: {httpHeaderName: a, maglev: {tableSize: 5000011}}}\n", "9 VSE2025")]
    [InlineData("loadBalancer: {consistentHash: {httpHeaderName: a, maglev: {}, ringHash: {}}}\n", "9 VSE2027")]
    [InlineData("loadBalancer: {consistentHash: {httpHeaderName: a, minimumRingSize: 5, ringHash: {}}}\n", "9 VSE2027")]
    [InlineData("loadBalancer: {simple: RANDOM, warmup: {}}\n", "9 VSE2021")]
    [InlineData("loadBalancer: {simple: RANDOM, warmup: {duration: 1s, aggression: 0}}\n", "9 VSE2025")]
    [InlineData("loadBalancer: {localityLbSetting: {distribute: [{from: a, to: {b: 50}}]}}\n", "9 VSE2025")]
    [InlineData("loadBalancer: {localityLbSetting: {distribute: [{from: a, to: {b: 100}}], failover: [{from: a, to: b}]}}\n", "9 VSE2027")]
    [InlineData("loadBalancer: {localityLbSetting: {failover: [{from: a, to: a}]}}\n", "9 VSE2028")]
    [InlineData("connectionPool: {}\n", "9 VSE2021")]
    [InlineData("connectionPool: {tcp: {maxConnections: -1}}\n", "9 VSE2025")]
    [InlineData("connectionPool: {tcp: {maxConnections: 1.5}}\n", "9 VSE2022")]
    [InlineData("connectionPool: {tcp: {connectTimeout: 0s}}\n", "9 VSE2029")]
    [InlineData("connectionPool: {http: {h2UpgradePolicy: UPGRADE, useClientProtocol: true}}\n", "9 VSE2028")]
    [InlineData("connectionPool: {http: {idleTimeout: 0s}}\n", "9 VSE2029")]
    [InlineData("outlierDetection: {maxEjectionPercent: 101}\n", "9 VSE2025")]
    [InlineData("outlierDetection: {interval: 0s}\n", "9 VSE2029")]
    [InlineData("outlierDetection: {consecutiveLocalOriginFailures: 1}\n", "9 VSE2028")]
    [InlineData("tls: {mode: MUTUAL}\n", "9 VSE2021")]
    [InlineData("tls: {mode: MUTUAL, credentialName: a, clientCertificate: b, privateKey: c}\n", "9 VSE2027")]
    [InlineData("tls: {mode: ISTIO_MUTUAL, privateKey: c}\n", "9 VSE2028")]
    [InlineData("tls: {mode: SIMPLE, insecureSkipVerify: true, caCertificates: c}\n", "9 VSE2028")]
    [InlineData("portLevelSettings: [{loadBalancer: {simple: RANDOM}}]\n", "9 VSE2021")]
    [InlineData("portLevelSettings: [{port: {number: 80}}]\n", "9 VSE2021")]
    public void Read_WhatIstioRefuses_IsRefusedAtItsPlace(string policy, string expected)
    {
        LoadResult result = MeshLoading.Text(MeshLoading.Policy(policy));
        Assert.Contains(expected, result.Codes());
        Assert.True(result.Refused);
        Assert.Empty(MeshLoading.Text(MeshLoading.Policy(policy), "lenient").Mesh!.DestinationRules);
    }

    [Theory]
    [InlineData("trafficPolicy: {loadBalancer: {simple: RANDOM}}", "VSE2021")]
    [InlineData("host: a b", "VSE2030")]
    [InlineData("host: a\nsubsets: [{labels: {a: b}}]", "VSE2021")]
    [InlineData("host: a\nsubsets: [{name: A_B}]", "VSE2026")]
    [InlineData("host: a\nsubsets: [{name: s}, {name: s}]", "VSE2028")]
    [InlineData("host: a\nworkloadSelector: {matchLabels: {a: 'b*'}}", "VSE2026")]
    public void Read_RuleAsAWhole_IsRefused(string spec, string code) =>
        Assert.Contains(MeshLoading.Text(MeshLoading.Document("DestinationRule", spec)).Findings, finding => finding.Code == code && finding.Refuses);

    [Theory]
    [InlineData("loadBalancer:\n  simple: LEAST_CONN\n", "10 VSE2110")]
    [InlineData("loadBalancer:\n  simple: PASSTHROUGH\n", "10 VSE2067")]
    [InlineData("loadBalancer:\n  simple: RANDOM\n  warmupDurationSecs: 5s\n", "11 VSE2032")]
    [InlineData("loadBalancer:\n  consistentHash: {minimumRingSize: 5, httpHeaderName: a}\n", "10 VSE2116")]
    [InlineData("loadBalancer:\n  consistentHash: {ringHash: {minimumRingSize: 5}}\n", "10 VSE2066")]
    [InlineData("loadBalancer:\n  simple: RANDOM\n  consistentHash: {httpHeaderName: a}\n", "10 VSE2115")]
    [InlineData("consistentHash: {httpHeaderName: a}\n", "9 VSE2114")]
    [InlineData("connectionPool:\n  http: {maxRequestsPerConnection: 4}\n", "10 VSE2117")]
    [InlineData("connectionPool:\n  http: {http2MaxRequests: 4, interval: 5s}\n", "10 VSE2111")]
    [InlineData("connectionPool:\n  http: {h2UpgradePolicy: UPGRADE}\n", "10 VSE2033")]
    [InlineData("circuitBreaker: {consecutive5xxErrors: 5}\n", "9 VSE2112")]
    [InlineData("outlierDetection: {consecutiveErrors: 5}\n", "9 VSE2109")]
    [InlineData("outlierDetection: {consecutiveServerErrors: 5}\n", "9 VSE2109")]
    [InlineData("outlierDetection: {enforcingSuccessRate: 5}\n", "9 VSE2118")]
    [InlineData("outlierDetection: {successRateStasFactor: 1.9}\n", "9 VSE2119")]
    [InlineData("outlierDetection: {halfOpenProbes: 3}\n", "9 VSE2034")]
    [InlineData("loadBalancer: {simple: RANDOM}\ntunnel: {targetHost: a}\n", "10 VSE2033")]
    [InlineData("outlierDetection: {consecutive5xErrors: 5, interval: 5s}\n", "9 VSE2020")]
    [InlineData("tls: {mode: DISABLE}\nportLevelSettings:\n- port: {number: 80}\n  loadBalancer: {simple: RANDOM}\n", "11 VSE2120")]
    public void Read_WhatWorksOtherwiseThanWritten_IsToldAndServed(string policy, string expected)
    {
        LoadResult result = MeshLoading.Text(MeshLoading.Policy(policy));
        Assert.Equal([expected], result.Codes());
        Assert.Single(result.Mesh!.DestinationRules);
    }

    [Fact]
    public void Read_OutlierFieldsInThreePlaces_TheFirstOfThemHolds()
    {
        OutlierSettings outlier = MeshLoading.Text(MeshLoading.Policy(
            "connectionPool:\n  http: {http2MaxRequests: 1, consecutiveGatewayFailure: 1, interval: 1s, baseEjectionTime: 1s, minHealthPercent: 1}\n"
            + "circuitBreaker: {ConsecutiveErrors: 2, interval: 2s, baseEjectionTime: 2s}\noutlierDetection: {interval: 3s}\n")).Mesh!.DestinationRules[0].TrafficPolicy!.OutlierDetection!;
        Assert.Equal((2, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(2), 1), (outlier.ConsecutiveGatewayErrors, outlier.Interval, outlier.BaseEjectionTime, outlier.MinHealthPercent));
    }

    [Theory]
    [InlineData("1.9", 1.9)]
    [InlineData("1900", 1.9)]
    [InlineData("99", 99)]
    [InlineData("100", 0.1)]
    public void Read_StdevFactor_IsTheFactorBelowAHundred(string written, double expected) =>
        Assert.Equal(expected, MeshLoading.Text(MeshLoading.Policy($"outlierDetection: {{successRateStdevFactor: {written}}}\n")).Mesh!.DestinationRules[0]
            .TrafficPolicy!.OutlierDetection!.SuccessRateStdevFactor);

    [Fact]
    public void Read_ZeroLimits_AreNotSet()
    {
        ConnectionPoolSettings pool = Policy("connectionPool:\n  tcp: {maxConnections: 0}\n  http: {http2MaxRequests: 0, maxRequestsPerConnection: 0}\n").ConnectionPool!;
        Assert.Equal((null, null, null), (pool.MaxConnections, pool.Http2MaxRequests, pool.MaxRequestsPerConnection));
    }

    private static TrafficPolicy Policy(string policy)
    {
        LoadResult result = MeshLoading.Text(MeshLoading.Policy(policy));
        Assert.Empty(result.Codes());
        return result.Mesh!.DestinationRules[0].TrafficPolicy!;
    }
}
