using System.Net;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Mesh;

/// <summary>Istio's metrics as a scrape of 15090 shows them after real traffic.</summary>
public sealed class MeshMetricsTests
{
    private const string Host = "backend.test.svc.cluster.local";

    private static readonly string[] Names =
    [
        "reporter", "source_workload", "source_workload_namespace", "source_principal", "source_app", "source_version",
        "source_canonical_service", "source_canonical_revision", "source_cluster", "destination_workload", "destination_workload_namespace",
        "destination_principal", "destination_app", "destination_version", "destination_service", "destination_service_name",
        "destination_service_namespace", "destination_canonical_service", "destination_canonical_revision", "destination_cluster",
        "request_protocol", "response_code", "grpc_response_status", "response_flags", "connection_security_policy",
    ];

    [Fact]
    public async Task Requests_Forwarded_HaveIstiosLabels()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("hello"));
        await using RunningAdmin edge = await RunningAdmin.StartAsync(
            upstream.EndPoint, labels: "app: backend, version: v2, service.istio.io/canonical-name: canon");
        Assert.Equal(200, await edge.GetAsync("/"));
        Assert.Equal(200, await edge.GetAsync("/"));
        Sample counted = Assert.Single(Samples(await edge.MetricsAsync(), "istio_requests_total"));
        Assert.Equal(2, counted.Value);
        Assert.Equal(Names, counted.Labels.Keys);
        Assert.Equal(
            [
                "source", "istio-ingressgateway", "istio-system", "unknown", "istio-ingressgateway", "unknown", "istio-ingressgateway", "latest",
                "Kubernetes", "unknown", "test", "unknown", "backend", "v2", Host, "backend", "test", "canon", "v2", "unknown", "http", "200", "", "-", "unknown",
            ],
            counted.Labels.Values);
    }

    [Fact]
    public async Task Requests_ThatReachNobody_AreUnknown()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("hello"));
        await using RunningAdmin edge = await RunningAdmin.StartAsync(upstream.EndPoint);
        await using RawClient client = await RawClient.ConnectAsync(edge.Mesh.EndPoint(80));
        Assert.Equal(404, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: other.example.org\r\n\r\n")).Status);
        Sample counted = Assert.Single(Samples(await edge.MetricsAsync(), "istio_requests_total"));
        Assert.Equal(("unknown", "unknown", "404", "NR"),
            (counted.Labels["destination_service"], counted.Labels["destination_service_name"], counted.Labels["response_code"], counted.Labels["response_flags"]));
    }

    [Fact]
    public async Task Requests_Grpc_HaveTheirStatus()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(
            static _ => "HTTP/1.1 200 OK\r\nContent-Type: application/grpc\r\ngrpc-status: 5\r\nContent-Length: 0\r\n\r\n");
        await using RunningAdmin edge = await RunningAdmin.StartAsync(upstream.EndPoint);
        Assert.Equal(200, await edge.GetAsync("/", "Content-Type: application/grpc\r\n"));
        Sample counted = Assert.Single(Samples(await edge.MetricsAsync(), "istio_requests_total"));
        Assert.Equal(("grpc", "200", "5"), (counted.Labels["request_protocol"], counted.Labels["response_code"], counted.Labels["grpc_response_status"]));
    }

    [Fact]
    public async Task Histograms_HaveEnvoysBucketsAndWireBytes()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok(new string('x', 300)));
        await using RunningAdmin edge = await RunningAdmin.StartAsync(upstream.EndPoint);
        Assert.Equal(200, await edge.GetAsync("/"));
        string text = await edge.MetricsAsync();
        Assert.Equal(
            ["0.5", "1", "5", "10", "25", "50", "100", "250", "500", "1000", "2500", "5000", "10000", "30000", "60000", "300000", "600000", "1800000", "3600000", "+Inf"],
            Samples(text, "istio_request_duration_milliseconds_bucket").Select(static sample => sample.Labels["le"]));
        Assert.Equal(1, Assert.Single(Samples(text, "istio_request_duration_milliseconds_count")).Value);
        const string Head = "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n";
        Assert.Equal(Head.Length, Assert.Single(Samples(text, "istio_request_bytes_sum")).Value);
        Assert.InRange(Assert.Single(Samples(text, "istio_response_bytes_sum")).Value, 301, 700);
        Assert.Equal(0, Samples(text, "istio_response_bytes_bucket").Single(static sample => sample.Labels["le"] == "250").Value);
        Assert.Equal(1, Samples(text, "istio_response_bytes_bucket").Single(static sample => sample.Labels["le"] == "1000").Value);
        Assert.Equal(("proxy", 1.0), Assert.Single(Samples(text, "istio_build")) is var build ? (build.Labels["component"], build.Value) : default);
        Assert.Contains("# TYPE istio_requests_total counter\n", text);
        Assert.Contains("# TYPE istio_request_bytes histogram\n", text);
    }

    [Fact]
    public async Task Telemetry_Overrides_ChangeLabels()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("hello"));
        const string Telemetry = """
            apiVersion: telemetry.istio.io/v1
            kind: Telemetry
            metadata: {name: labels, namespace: istio-system}
            spec:
              metrics:
              - providers: [{name: prometheus}]
                overrides:
                - match: {metric: ALL_METRICS}
                  tagOverrides:
                    source_principal: {operation: REMOVE}
                    destination_service_name: {value: "{{.destination_service_name | default \"unknown\"}}"}
                    source_cluster: {value: "has(x) ? 1 : 2"}
                - match: {metric: REQUEST_COUNT, mode: CLIENT}
                  tagOverrides:
                    request_host: {value: "request.host + ':' + request.method"}
                    tenant: {value: "request.headers['x-tenant']"}
                    agent: {value: "{{.request_headers.user_agent | default \"none\"}}"}
                    fixed: {value: "'always'"}
                    lost: {value: "has(x) ? 1 : 2"}
                - match: {metric: REQUEST_SIZE}
                  disabled: true
                - match: {metric: RESPONSE_SIZE, mode: SERVER}
                  disabled: true
              - providers: [{name: elsewhere}]
                overrides: [{match: {metric: ALL_METRICS}, disabled: true}]
            ---

            """;
        await using RunningAdmin edge = await RunningAdmin.StartAsync(upstream.EndPoint, more: Telemetry);
        Assert.Equal(200, await edge.GetAsync("/", "X-Tenant: acme\r\nUser-Agent: a \"quoted\" one\r\n"));
        Assert.Equal(200, await edge.GetAsync("/"));
        string text = await edge.MetricsAsync();
        IReadOnlyList<Sample> counted = Samples(text, "istio_requests_total");
        Assert.Equal(
            ["acme example.com:GET always backend", "unknown example.com:GET always backend"],
            counted.Select(static sample => $"{sample.Labels["tenant"]} {sample.Labels["request_host"]} {sample.Labels["fixed"]} {sample.Labels["destination_service_name"]}").Order());
        Assert.Contains(counted, static sample => sample.Labels["agent"] == "none");
        Assert.All(counted, static sample => Assert.Empty(sample.Labels.Keys.Intersect(["source_principal", "source_cluster", "lost"])));
        Sample duration = Assert.Single(Samples(text, "istio_request_duration_milliseconds_count"));
        Assert.Equal((2.0, false, false), (duration.Value, duration.Labels.ContainsKey("tenant"), duration.Labels.ContainsKey("source_principal")));
        Assert.Empty(Samples(text, "istio_request_bytes_count"));
        Assert.Single(Samples(text, "istio_response_bytes_count"));
    }

    [Fact]
    public async Task Telemetry_OfAnotherNamespace_HoldsForItsServices()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("hello"));
        const string Telemetry = """
            apiVersion: telemetry.istio.io/v1
            kind: Telemetry
            metadata: {name: labels, namespace: test}
            spec: {metrics: [{overrides: [{tagOverrides: {mine: {value: "'yes'"}}}]}]}
            ---

            """;
        await using RunningAdmin edge = await RunningAdmin.StartAsync(upstream.EndPoint, more: Telemetry);
        Assert.Equal(200, await edge.GetAsync("/"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Mesh.EndPoint(80));
        Assert.Equal(404, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: other.example.org\r\n\r\n")).Status);
        IReadOnlyList<Sample> counted = Samples(await edge.MetricsAsync(), "istio_requests_total");
        Assert.Equal(["200 yes", "404 -"], counted.Select(static sample => $"{sample.Labels["response_code"]} {sample.Labels.GetValueOrDefault("mine", "-")}").Order());
    }

    [Fact]
    public async Task Telemetry_LabelOfManyValues_EndsInOther()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("hello"));
        const string Telemetry = """
            apiVersion: telemetry.istio.io/v1
            kind: Telemetry
            metadata: {name: labels, namespace: istio-system}
            spec: {metrics: [{overrides: [{match: {metric: REQUEST_COUNT}, tagOverrides: {x: {value: "request.headers['x']"}}}]}]}
            ---

            """;
        await using RunningAdmin edge = await RunningAdmin.StartAsync(upstream.EndPoint, more: Telemetry);
        for (int i = 0; i < 1010; i++)
        {
            Assert.Equal(200, await edge.GetAsync("/", $"X: {i}\r\n"));
        }

        IReadOnlyList<Sample> counted = Samples(await edge.MetricsAsync(), "istio_requests_total");
        Assert.Equal((1001, 10.0), (counted.Count, counted.Single(static sample => sample.Labels["x"] == "other").Value));
    }

    private static IReadOnlyList<Sample> Samples(string text, string name) =>
    [
        .. text.Split('\n').Where(line => line.StartsWith(name + "{", StringComparison.Ordinal)).Select(static line =>
        {
            int open = line.IndexOf('{', StringComparison.Ordinal);
            int close = line.LastIndexOf('}');
            Dictionary<string, string> labels = [];
            foreach (System.Text.RegularExpressions.Match label in System.Text.RegularExpressions.Regex.Matches(line[(open + 1)..close], "(\\w+)=\"((?:\\\\.|[^\"\\\\])*)\""))
            {
                labels.Add(label.Groups[1].Value, label.Groups[2].Value);
            }

            return new Sample(labels, double.Parse(line[(close + 1)..], System.Globalization.CultureInfo.InvariantCulture));
        }),
    ];

    private sealed record Sample(Dictionary<string, string> Labels, double Value);
}
