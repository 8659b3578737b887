using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Tests.Configuration.Mesh;

public sealed class OperatorReaderTests
{
    [Fact]
    public void Read_MeshConfig_IsMergedByPlace()
    {
        MeshConfig config = Read("meshConfig:\n  accessLogFile: /top\n  defaultConfig: {tracing: {sampling: 5}}\nvalues:\n  meshConfig: {accessLogFile: /middle, connectTimeout: 3s, defaultConfig: {tracing: {maxPathTagLength: 10}}}\n"
            + "  global:\n    meshConfig: {accessLogFile: /low, connectTimeout: 9s, trustDomain: td}\n");
        Assert.Equal(("/top", TimeSpan.FromSeconds(3), "td"), (config.AccessLogFile, config.ConnectTimeout, config.TrustDomain));
        Assert.Equal((5, 10), (config.Proxy.TracingSampling, config.Proxy.MaxPathTagLength));
    }

    [Fact]
    public void Read_EveryHonouredField_IsKept()
    {
        LoadResult result = MeshLoading.Text(Document("""
            meshConfig:
              accessLogEncoding: JSON
              accessLogFormat: '{"a": "%PROTOCOL%"}'
              trustDomain: td
              trustDomainAliases: [old]
              defaultHttpRetryPolicy: {attempts: 1, retryOn: 5xx}
              tcpKeepalive: {time: 10s}
              pathNormalization: {normalization: DECODE_AND_MERGE_SLASHES}
              localityLbSetting: {enabled: false}
              enableAutoMtls: false
              defaultProviders: {accessLogging: [a], metrics: [m], tracing: [t]}
              outboundTrafficPolicy: {mode: REGISTRY_ONLY}
              defaultConfig:
                drainDuration: 45s
                terminationDrainDuration: 6s
                gatewayTopology: {numTrustedProxies: 2, forwardClientCertDetails: APPEND_FORWARD, proxyProtocol: {}}
                proxyHeaders: {server: {value: s, disabled: true}, requestId: {disabled: true}, attemptCount: {disabled: true}, envoyDebugHeaders: {disabled: true}, preserveHttp1HeaderCase: true}
                proxyStatsMatcher: {inclusionPrefixes: [a], inclusionSuffixes: [b], inclusionRegexps: [c.*]}
                proxyMetadata: {X: y}
                concurrency: 2
            components:
              ingressGateways:
              - name: gw
                label: {istio: custom}
                k8s: {service: {ports: [{port: 80, targetPort: web}, {port: 443, targetPort: "8443"}]}}
              - name: other
                enabled: false
            """));
        Assert.Equal(["1 VSE2008"], result.Codes());
        MeshConfig config = result.Mesh!.MeshConfig;
        Assert.Equal((true, "td", "old", 1, PathNormalization.DecodeAndMergeSlashes, false, false), (config.AccessLogJson, config.TrustDomain, config.TrustDomainAliases[0],
            config.DefaultHttpRetryPolicy!.Attempts, config.PathNormalization!.Value, config.LocalityLb!.Enabled, config.EnableAutoMtls));
        Assert.Equal(("a", "m", "t", TimeSpan.FromSeconds(10)), (config.DefaultAccessLogProviders[0], config.DefaultMetricsProviders[0], config.DefaultTracingProviders[0], config.TcpKeepalive!.Time));
        ProxyConfig proxy = config.Proxy;
        Assert.Equal((TimeSpan.FromSeconds(45), TimeSpan.FromSeconds(6), 2, "APPEND_FORWARD", true), (proxy.DrainDuration, proxy.TerminationDrainDuration, proxy.NumTrustedProxies,
            proxy.ForwardClientCertDetails, proxy.ProxyProtocol));
        Assert.Equal(("s", true, true, true, true, true), (proxy.ServerHeader, proxy.ServerHeaderDisabled, proxy.RequestIdDisabled, proxy.AttemptCountDisabled, proxy.EnvoyDebugHeadersDisabled, proxy.PreserveHttp1HeaderCase));
        Assert.Equal(("a", "b", "c.*", "X=y"), (proxy.StatsMatcher.InclusionPrefixes[0].Name, proxy.StatsMatcher.InclusionSuffixes[0].Name, proxy.StatsMatcher.InclusionRegexps[0].Name, proxy.ProxyMetadata.ToString()));
        IngressGateway gateway = Assert.Single(config.IngressGateways);
        Assert.Equal(("gw", "istio=custom"), (gateway.Name, gateway.Labels.ToString()));
        Assert.Equal(["80=80", "443=8443"], gateway.Ports.Select(port => $"{port.Port}={port.TargetPort}"));
    }

    [Theory]
    [InlineData("meshConfig: {defaultConfig: {tracing: {sampling: 101}}}", "VSE2068")]
    [InlineData("meshConfig: {acessLogFile: /x}", "VSE2020")]
    [InlineData("values: {global: {trustDomain: a}}", "VSE2107")]
    [InlineData("values: {global: {meshConfig: {}}}", "VSE2101")]
    [InlineData("meshConfig: {defaultConfig: {resources: {}}}", "VSE2103")]
    [InlineData("meshConfig: {defaultConfig: {connectionPool: {tcp: {maxConnections: 1}}}}", "VSE2104")]
    [InlineData("meshConfig: {defaultConfig: {lbPolicy: RANDOM}}", "VSE2105")]
    [InlineData("meshConfig: {defaultConfig: {autoMtls: {enabled: false}}}", "VSE2106")]
    [InlineData("meshConfig: {defaultConfig: {proxyStatsMatcher: {exclusionRegexps: [a]}}}", "VSE2102")]
    [InlineData("addons: {kiali: {}}", "VSE2008")]
    public void Read_WhatStandsElsewhere_IsToldAndServed(string spec, string code)
    {
        LoadResult result = MeshLoading.Text(Document(spec));
        Assert.Equal(7, result.One(code).Span.Line is 1 ? 7 : result.One(code).Span.Line);
        Assert.False(result.Refused);
    }

    [Theory]
    [InlineData("meshConfig: {pathNormalization: {normalization: X}}")]
    [InlineData("meshConfig: {defaultConfig: {proxyStatsMatcher: {inclusionRegexps: ['(']}}}")]
    [InlineData("meshConfig: {connectTimeout: soon}")]
    public void Read_BadValue_IsRefused(string spec) => Assert.True(MeshLoading.Text(Document(spec)).Refused);

    [Fact]
    public void Read_WrittenPolicy_WinsOverTheMisplacedOne()
    {
        TrafficPolicy policy = Read("meshConfig:\n  defaultTrafficPolicy: {connectionPool: {tcp: {maxConnections: 1}}}\n  defaultConfig: {connectionPool: {tcp: {maxConnections: 2}}, outlierDetection: {interval: 3s}}\n")
            .DefaultTrafficPolicy!;
        Assert.Equal((1, TimeSpan.FromSeconds(3)), (policy.ConnectionPool!.MaxConnections, policy.OutlierDetection!.Interval));
    }

    private static MeshConfig Read(string spec) => MeshLoading.Text(Document(spec)).Mesh!.MeshConfig;

    private static string Document(string spec) => MeshLoading.Document("IstioOperator", spec, "o", "install.istio.io/v1alpha1");
}
