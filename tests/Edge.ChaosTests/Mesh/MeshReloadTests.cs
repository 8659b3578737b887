using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Upstream;
using Xunit.Abstractions;

namespace VoltageSoda.Edge.ChaosTests.Mesh;

/// <summary>
/// Documents of both dialects are replaced under load, a hundred times: routes and endpoints come and go, what is known of those that stay is kept.
/// </summary>
public sealed class MeshReloadTests(ITestOutputHelper output)
{
    private const int Reloads = 100;
    private const string Destination = "outbound|8080||app.shop.svc.cluster.local";

    [Theory]
    [InlineData("auto")]
    [InlineData("sockets")]
    public async Task RoutesAndEndpoints_ChangeUnderLoadOfBothDialects_NoRequestFailsAndWhatIsKnownStays(string transport)
    {
        bool bad = true;
        await using ScriptedUpstream a = ScriptedUpstream.Respond(_ => Volatile.Read(ref bad)
            ? "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
            : ScriptedUpstream.Ok("a"));
        await using ScriptedUpstream b = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("b"));
        await using ScriptedUpstream c = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("c"));
        string folder = Directory.CreateTempSubdirectory("edge-mesh").FullName;
        await WriteAsync(folder, 0, a, b, c);
        await using RunningEdge edge = await RunningEdge.StartAsync(
            "",
            ("EDGE_CONFIG", folder),
            ("EDGE_TRANSPORT", transport),
            ("EDGE_LOOPS", "2"),
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
        long ejections = kept.Detector!.Enforced(EjectionCause.Consecutive5xx);
        long requests = kept.Stats.Total(ClusterCounter.Requests);
        long reached = a.Requests.Count;
        await using SteadyLoad gateway = new(edge.Host.Gateways.EndPoint(80)!, clients: 2);
        await using SteadyLoad kong = new(edge.Proxy, clients: 2);
        await using RawClient probe = await RawClient.ConnectAsync(edge.Host.Gateways.EndPoint(80)!);
        await using RawClient kongProbe = await RawClient.ConnectAsync(edge.Proxy);
        for (int i = 1; i <= Reloads; i++)
        {
            ScriptedUpstream[] now = (i % 3) switch
            {
                0 => [a, b],
                1 => [a, c],
                _ => [a, b, c],
            };
            await WriteAsync(folder, i, now);
            await edge.Host.ReloadAsync(new ConfigSource(edge.Settings).Load());
            Assert.Equal(now.Length, Serving(edge).Endpoints.Endpoints.Length);
            Assert.Equal(now.Length - 1, Serving(edge).Endpoints.AvailableCount);
            Assert.Equal($"r{i}", (await probe.ExchangeAsync("GET /generation HTTP/1.1\r\nHost: app\r\n\r\n")).Header("x-generation"));
            Assert.Equal($"k{i}", (await kongProbe.ExchangeAsync("GET /generation HTTP/1.1\r\nHost: app\r\n\r\n")).Header("x-generation"));
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

        // The ejected endpoint saw nothing of it, and the counters went on where they were: every request of every generation is in them.
        Assert.Same(kept, Guard(edge));
        Assert.Equal((1, ejections), (kept.Detector!.Active, kept.Detector.Enforced(EjectionCause.Consecutive5xx)));
        Assert.Equal(reached, a.Requests.Count);
        Assert.Equal(requests + gateway.Results.Count + kong.Results.Count + (2 * Reloads), kept.Stats.Total(ClusterCounter.Requests));
        Assert.Equal((0, 0), (kept.Ledger.Requests, kept.Ledger.Pending));
        output.WriteLine($"mesh reload ({transport}): {Reloads} times, {gateway.Results.Count} requests by a Gateway and {kong.Results.Count} by Kong's listener, none failed");
        Directory.Delete(folder, recursive: true);
    }

    private static Cluster Serving(RunningEdge edge) => edge.Host.Snapshots.Current.Clusters.Single(static cluster => cluster.Name == Destination);

    private static ClusterGuard Guard(RunningEdge edge) => Serving(edge).Guard!;

    // The routes of a generation: their number, order and answers change with it.
    private static async Task WriteAsync(string folder, int generation, params ScriptedUpstream[] endpoints)
    {
        string more = string.Concat(Enumerable.Range(0, generation % 4).Select(static i =>
            $"  - match: [{{uri: {{prefix: /more{i}}}}}]\n    directResponse: {{status: 404}}\n"));
        await File.WriteAllTextAsync(Path.Combine(folder, "routes.yaml"), $$"""
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
            kind: DestinationRule
            metadata: {name: app, namespace: shop}
            spec:
              host: app.shop.svc.cluster.local
              trafficPolicy:
                outlierDetection: {consecutive5xxErrors: 1, interval: 1s, baseEjectionTime: 1h, maxEjectionPercent: 50}
            ---
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: app, namespace: shop}
            spec:
              hosts: ["*"]
              gateways: [gw]
              http:
            {{more}}
              - headers:
                  response:
                    set: {x-generation: "r{{generation}}"}
                route:
                - destination: {host: app.shop.svc.cluster.local, port: {number: 8080} }
                retries: {attempts: 2, retryOn: 5xx}
            """);
        await File.WriteAllTextAsync(Path.Combine(folder, "kong.yml"), $$"""
            _format_version: "3.0"
            services:
            - name: app
              url: http://app.shop.svc.cluster.local:8080
              routes:
              - {name: all{{generation % 5}}, paths: ["/"]}
              plugins:
              - name: response-transformer
                config: {add: {headers: ["x-generation:k{{generation}}"]} }
            """);
        await File.WriteAllTextAsync(Path.Combine(folder, "endpoints.yaml"), Entry(endpoints));
    }

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
