using System.Diagnostics;
using System.Net;
using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Snapshot.Mesh;
using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Upstream;
using Xunit.Abstractions;

namespace VoltageSoda.Edge.ChaosTests.Mesh;

/// <summary>The profile of docs/resilience.md as an operator writes it: Istio documents in a folder, from the file to the ejected endpoint.</summary>
public sealed class MeshDocumentsTests(ITestOutputHelper output)
{
    private const string Routes =
        """
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: edge, namespace: shop}
        spec:
          selector: {istio: ingressgateway}
          servers:
          - port: {number: 80, name: http, protocol: HTTP}
            hosts: ["*"]
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: app, namespace: shop}
        spec:
          hosts: ["*"]
          gateways: [edge]
          http:
          - route:
            - destination: {host: app.shop.svc.cluster.local, port: {number: 80}}
            retries:
              attempts: 3
              retryOn: connect-failure,refused-stream,reset,503
              perTryTimeout: 250ms
              backoff: 5ms
        ---
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: app, namespace: shop}
        spec:
          host: app.shop.svc.cluster.local
          trafficPolicy:
            connectionPool:
              tcp: {connectTimeout: 250ms, maxConnections: 64, tcpKeepalive: {time: 60s, interval: 5s, probes: 3}}
              http: {http1MaxPendingRequests: 64, http2MaxRequests: 64, maxRetries: 32}
            outlierDetection:
              consecutive5xxErrors: 3
              consecutiveGatewayErrors: 3
              interval: 250ms
              baseEjectionTime: 1s
              maxEjectionPercent: 67
        """;

    [Fact]
    public async Task Profile_OneOfThreeDiesAndTheEndpointsChange_NoRequestFails()
    {
        TormentedEndpoint[] all = [new("alpha"), new("bravo"), new("charlie")];
        string folder = Directory.CreateTempSubdirectory("mesh-documents-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "routes.yaml"), Routes);
        await WriteEndpointsAsync(folder, all);
        await using RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single("127.0.0.1:9"),
            ("EDGE_CONFIG", folder),
            ("EDGE_CONFIG_WATCH", "off"),
            ("EDGE_GATEWAY_BIND", "127.0.0.1"),
            ("EDGE_GATEWAY_PORT_MAP", "80=0"),
            ("EDGE_STATUS_PORT", "off"),
            ("EDGE_STATS_PORT", "off"),
            ("EDGE_ADMIN_PORT", "off"),
            ("EDGE_LIMIT_CONN_REQUESTS", "0"),
            ("EDGE_LOOPS", "2"));
        if (edge.Host.Gateways.EndPoint(80) is null)
        {
            await edge.Host.Gateways.ApplyAsync(edge.Host.Snapshots.Current.Mesh, isStart: true);
        }

        IPEndPoint gateway = edge.Host.Gateways.EndPoint(80)!;
        MeshClusterPlan plan = edge.Host.Snapshots.Current.Mesh.Clusters.Single();
        ClusterGuard guard = plan.Cluster.Guard!;
        await using SteadyLoad load = new(gateway);
        foreach (TormentedEndpoint one in all)
        {
            await load.AnsweredAsync(one.Name, 5, 0);
        }

        using MachineLag lag = new();
        LagWatch killed = lag.Start();
        await all[1].KillAsync();
        while (guard.Detector!.Active != 1)
        {
            await load.NextAsync();
        }

        TimeSpan failover = killed.Elapsed;
        await WriteEndpointsAsync(folder, all[0], all[2]);
        await edge.Host.ReloadAsync(new ConfigSource(edge.Settings).Load());
        long reloaded = Stopwatch.GetTimestamp();
        await load.AnsweredAsync(all[0].Name, 20, reloaded);
        await load.AnsweredAsync(all[2].Name, 20, reloaded);
        await load.StopAsync();
        Assert.Empty(load.Failures);
        Assert.True(failover < TimeSpan.FromSeconds(1), $"it took {failover.TotalMilliseconds} ms");

        // The guard is that of before the reload: its counts go on, the endpoint that left counts no more.
        Assert.Same(guard, edge.Host.Snapshots.Current.Mesh.Clusters.Single().Cluster.Guard);
        Dictionary<string, long> numbers = ClusterStatistics.Of(guard).ToDictionary(static one => one.Name, static one => one.Value);
        Assert.Equal((2, 2, 0), (numbers["membership_total"], numbers["membership_healthy"], numbers["outlier_detection.ejections_active"]));
        Assert.Equal(1, numbers["outlier_detection.ejections_enforced_total"]);
        Assert.Equal((0, 0), (numbers["upstream_rq_active"], numbers["upstream_rq_pending_active"]));
        Assert.Equal(64, numbers["circuit_breakers.default.remaining_rq"]);
        Assert.True(numbers["upstream_rq_retry_success"] >= 3);
        output.WriteLine($"documents: ejected {failover.TotalMilliseconds:F1} ms after the kill, {load.Results.Count} requests over a reload, none failed");
        foreach (TormentedEndpoint one in all)
        {
            await one.DisposeAsync();
        }

        Directory.Delete(folder, recursive: true);
    }

    private static Task WriteEndpointsAsync(string folder, params TormentedEndpoint[] endpoints) => File.WriteAllTextAsync(
        Path.Combine(folder, "endpoints.yaml"),
        $$"""
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: app, namespace: shop}
        spec:
          hosts: [app.shop.svc.cluster.local]
          location: MESH_INTERNAL
          resolution: STATIC
          ports:
          - {number: 80, name: http, protocol: HTTP}
          endpoints:
        {{string.Join('\n', endpoints.Select(static one => $"  - {{address: 127.0.0.1, ports: {{http: {one.Upstream.EndPoint.Port}}}}}"))}}
        """);
}
