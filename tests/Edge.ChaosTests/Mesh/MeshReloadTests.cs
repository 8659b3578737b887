using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Upstream;
using Xunit.Abstractions;

namespace VoltageSoda.Edge.ChaosTests.Mesh;

/// <summary>Documents of the mesh are replaced under load: endpoints come and go, what is known of those that stay is kept.</summary>
public sealed class MeshReloadTests(ITestOutputHelper output)
{
    private const int Reloads = 50;
    private const string Destination = "outbound|8080||app.shop.svc.cluster.local";

    private const string Routes = """
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: gw, namespace: shop}
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
          gateways: [gw]
          http:
          - route:
            - destination: {host: app.shop.svc.cluster.local, port: {number: 8080}}
            retries: {attempts: 2, retryOn: 5xx}
        ---
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: app, namespace: shop}
        spec:
          host: app.shop.svc.cluster.local
          trafficPolicy:
            outlierDetection: {consecutive5xxErrors: 1, interval: 1s, baseEjectionTime: 1h, maxEjectionPercent: 50}

        """;

    [Fact]
    public async Task Endpoints_ChangeUnderLoadOfBothDialects_NoRequestFailsAndTheEjectedStaysOut()
    {
        bool bad = true;
        await using ScriptedUpstream a = ScriptedUpstream.Respond(_ => Volatile.Read(ref bad)
            ? "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
            : ScriptedUpstream.Ok("a"));
        await using ScriptedUpstream b = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("b"));
        await using ScriptedUpstream c = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("c"));
        string folder = Directory.CreateTempSubdirectory("edge-mesh").FullName;
        string endpoints = Path.Combine(folder, "endpoints.yaml");
        await File.WriteAllTextAsync(Path.Combine(folder, "routes.yaml"), Routes);
        await File.WriteAllTextAsync(endpoints, Entry(a, b, c));
        await using RunningEdge edge = await RunningEdge.StartAsync(
            """
            _format_version: "3.0"
            services:
            - name: app
              url: http://app.shop.svc.cluster.local:8080
              routes: [{name: all, paths: ["/"]}]
            """,
            ("EDGE_CONFIG", folder),
            ("EDGE_CONFIG_WATCH", "off"),
            ("EDGE_GATEWAY_BIND", "127.0.0.1"),
            ("EDGE_GATEWAY_PORT_MAP", "80=0"),
            ("EDGE_STATUS_PORT", "off"),
            ("EDGE_STATS_PORT", "off"),
            ("EDGE_ADMIN_PORT", "off"),
            ("EDGE_LIMIT_CONN_REQUESTS", "0"));

        // The Gateway listener tries the 500 again elsewhere, and so the bad one leaves without a failed request.
        await using (RawClient client = await RawClient.ConnectAsync(edge.Host.Gateways.EndPoint(80)!))
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    Assert.Equal(200, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: app\r\n\r\n")).Status);
                    return Guard(edge).Detector!.Active == 1;
                },
                "the bad endpoint is ejected");
        }

        Volatile.Write(ref bad, false);
        ClusterGuard kept = Guard(edge);
        await using SteadyLoad gateway = new(edge.Host.Gateways.EndPoint(80)!, clients: 2);
        await using SteadyLoad kong = new(edge.Proxy, clients: 2);
        for (int i = 0; i < Reloads; i++)
        {
            ScriptedUpstream[] now = (i % 3) switch
            {
                0 => [a, b],
                1 => [a, c],
                _ => [a, b, c],
            };
            await File.WriteAllTextAsync(endpoints, Entry(now));
            await edge.Host.ReloadAsync(new ConfigSource(edge.Settings).Load());
            Assert.Equal(now.Length, Serving(edge).Endpoints.Endpoints.Length);
            Assert.Equal(now.Length - 1, Serving(edge).Endpoints.AvailableCount);
            await gateway.NextAsync();
            await kong.NextAsync();
        }

        await gateway.StopAsync();
        await kong.StopAsync();
        Assert.Empty(gateway.Failures.Concat(kong.Failures));
        foreach (SteadyLoad load in new[] { gateway, kong })
        {
            Assert.Equal(["b", "c"], load.Results.Select(static one => one.Body).Distinct().Order());
        }

        Assert.Same(kept, Guard(edge));
        Assert.Equal(1, kept.Detector!.Active);
        output.WriteLine($"mesh reload: {Reloads} times, {gateway.Results.Count} requests by a Gateway and {kong.Results.Count} by Kong's listener, none failed");
        Directory.Delete(folder, recursive: true);
    }

    private static Cluster Serving(RunningEdge edge) => edge.Host.Snapshots.Current.Clusters.Single(static cluster => cluster.Name == Destination);

    private static ClusterGuard Guard(RunningEdge edge) => Serving(edge).Guard!;

    private static string Entry(params ScriptedUpstream[] endpoints) =>
        """
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: app, namespace: shop}
        spec:
          hosts: [app.shop.svc.cluster.local]
          ports: [{number: 8080, name: http, protocol: HTTP}]
          location: MESH_INTERNAL
          resolution: STATIC
          endpoints:

        """ + string.Concat(endpoints.Select(static one => $"  - {{address: 127.0.0.1, ports: {{http: {one.EndPoint.Port}}}}}\n"));
}
