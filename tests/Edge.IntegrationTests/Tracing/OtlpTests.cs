using System.Text;
using System.Text.Json.Nodes;
using VoltageSoda.Edge.Telemetry.Tracing;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Tracing;

/// <summary>Traces by OTLP over HTTP, decoded as a collector would.</summary>
public sealed class OtlpTests
{
    private const string Parent = "00-463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-01";

    [Fact]
    public async Task Export_ProxiedRequest_ArrivesWithConventions()
    {
        await using ScriptedUpstream collector = Collector();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(upstream.Address),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + collector.Address),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=secret"),
            ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test,service.name=shop"));
        int clientPort;
        await using (RawClient client = await RawClient.ConnectAsync(edge.Proxy))
        {
            clientPort = ((System.Net.IPEndPoint)client.Socket.LocalEndPoint!).Port;
            await client.ExchangeAsync($"GET /a?q=1 HTTP/1.1\r\nHost: shop.test\r\ntraceparent: {Parent}\r\n\r\n");
        }

        await SentAsync(edge, 3);
        await edge.DisposeAsync();

        UpstreamRequest post = collector.Requests.Single();
        Assert.Equal("POST /v1/traces HTTP/1.1", post.StartLine);
        Assert.Equal("application/x-protobuf", post.Header("Content-Type"));
        Assert.Equal("secret", post.Header("x-key"));
        ProtobufMessage resource = ProtobufMessage.Read(Encoding.Latin1.GetBytes(post.Body)).Messages(1).Single();
        Dictionary<string, string> who = resource.Messages(1).Single().Attributes(1);
        Assert.Equal(("shop", "test", "opentelemetry"), (who["service.name"], who["deployment.environment"], who["telemetry.sdk.name"]));
        ProtobufMessage[] spans = [.. resource.Messages(2).SelectMany(static scope => scope.Messages(2))];
        Assert.Equal(["GET", "GET (balancer try 1)", "GET (proxy)"], spans.Select(static span => span.Text(5)).Order(StringComparer.Ordinal));
        ProtobufMessage server = spans.Single(static span => span.Text(5) == "GET");
        ProtobufMessage proxy = spans.Single(static span => span.Text(5) == "GET (proxy)");
        ProtobufMessage attempt = spans.Single(static span => span.Text(5) == "GET (balancer try 1)");

        Assert.All(spans, static span => Assert.Equal("463ac35c9f6413ad48485a3953bb6124", span.Hex(1)));
        Assert.Equal("a2fb4a1d1a96d312", server.Hex(4));
        Assert.Equal((server.Hex(2), server.Hex(2)), (proxy.Hex(4), attempt.Hex(4)));
        Assert.Equal($"00-463ac35c9f6413ad48485a3953bb6124-{proxy.Hex(2)}-01", upstream.Requests.Single().Header("traceparent"));
        Assert.Equal((2ul, 3ul, 3ul), (server.Number(6), proxy.Number(6), attempt.Number(6)));
        Assert.All(spans, static span => Assert.True(span.Number(8) >= span.Number(7) && span.Number(7) > 1_500_000_000_000_000_000));

        Dictionary<string, string> said = server.Attributes(9);
        Assert.Equal(
            ("GET", "http", "/a", "shop.test", "127.0.0.1", clientPort.ToString(), "1.1", "200"),
            (said["http.request.method"], said["url.scheme"], said["url.path"], said["server.address"], said["client.address"], said["client.port"],
                said["network.protocol.version"], said["http.response.status_code"]));
        said = attempt.Attributes(9);
        Assert.Equal(
            ($"http://127.0.0.1:{upstream.EndPoint.Port}/a", upstream.EndPoint.Port.ToString(), "200", "app"),
            (said["url.full"], said["server.port"], said["http.response.status_code"], said["kong.service_name"]));
    }

    [Theory]
    [InlineData("parentbased_always_on", null, Parent, 3)]
    [InlineData("parentbased_always_on", null, "00-463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-00", 0)]
    [InlineData("parentbased_always_off", null, null, 0)]
    [InlineData("parentbased_always_off", null, Parent, 3)]
    [InlineData("always_off", null, Parent, 0)]
    [InlineData("always_on", null, "00-463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-00", 3)]
    [InlineData("traceidratio", "0.5", "00-463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-00", 0)]
    [InlineData("traceidratio", "0.5", "00-463ac35c9f6413ad08485a3953bb6124-a2fb4a1d1a96d312-00", 3)]
    [InlineData("parentbased_traceidratio", "0", null, 0)]
    [InlineData("parentbased_traceidratio", "1", null, 3)]
    public async Task Sampler_Decides(string sampler, string? argument, string? parent, int spans)
    {
        await using ScriptedUpstream collector = Collector();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        (string, string)[] settings =
        [
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", $"http://{collector.Address}/own"), ("OTEL_TRACES_SAMPLER", sampler),
            .. argument is null ? [] : ((string, string)[])[("OTEL_TRACES_SAMPLER_ARG", argument)],
        ];
        RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address), settings);
        await using (RawClient client = await RawClient.ConnectAsync(edge.Proxy))
        {
            await client.ExchangeAsync($"GET / HTTP/1.1\r\nHost: a\r\n{(parent is null ? "" : $"traceparent: {parent}\r\n")}\r\n");
        }

        await SentAsync(edge, spans);
        await edge.DisposeAsync();

        Assert.Equal(spans, collector.Requests.Sum(static post => Spans(post).Length));
        Assert.All(collector.Requests, static post => Assert.Equal("/own", post.Target));
        Assert.EndsWith(spans == 0 ? "-00" : "-01", upstream.Requests.Single().Header("traceparent"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("OTEL_SDK_DISABLED", "true")]
    [InlineData("OTEL_TRACES_EXPORTER", "none")]
    public async Task SwitchedOff_TracesNothing(string name, string value)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(upstream.Address), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"), (name, value));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);

        await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

        Assert.Null(upstream.Requests.Single().Header("traceparent"));
        Assert.Null(edge.Host.Metrics.Traces!.Value.Counters.Otlp);
    }

    [Fact]
    public async Task ZipkinPlugin_DecidesAndBothCollectorsGetTheSameIds()
    {
        await using ScriptedUpstream collector = Collector();
        await using SpanCollector zipkin = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(upstream.Address, tail: zipkin.Plugin()),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + collector.Address), ("OTEL_TRACES_SAMPLER", "always_off"));
        await using (RawClient client = await RawClient.ConnectAsync(edge.Proxy))
        {
            await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        }

        await SentAsync(edge, 3);
        await zipkin.SpansAsync(3);
        await edge.DisposeAsync();

        string[] expected = [.. (await zipkin.SpansAsync(3)).Select(static span => (string)span["id"]!).Order(StringComparer.Ordinal)];
        Assert.Equal(expected, collector.Requests.SelectMany(Spans).Select(static span => span.Hex(2)).Order(StringComparer.Ordinal));
        Assert.NotNull(upstream.Requests.Single().Header("x-b3-traceid"));
        Assert.Null(upstream.Requests.Single().Header("traceparent"));
    }

    [Fact]
    public async Task Failures_AreErrors()
    {
        await using ScriptedUpstream collector = Collector();
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer =>
        {
            await peer.HeadAsync();
            peer.Reset();
        });
        RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(upstream.Address, serviceExtra: "retries: 1"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + collector.Address));
        await using (RawClient client = await RawClient.ConnectAsync(edge.Proxy))
        {
            Assert.Equal(502, (await client.ExchangeAsync("BREW / HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        }

        await SentAsync(edge, 4);
        await edge.DisposeAsync();

        ProtobufMessage[] spans = [.. collector.Requests.SelectMany(Spans)];
        ProtobufMessage server = spans.Single(static span => span.Text(5) == "BREW");
        Assert.Equal(
            ("_OTHER", "BREW", "502"),
            (server.Attributes(9)["http.request.method"], server.Attributes(9)["http.request.method_original"], server.Attributes(9)["error.type"]));
        Assert.Equal(2ul, server.Messages(15).Single().Number(3));
        ProtobufMessage second = spans.Single(static span => span.Text(5) == "BREW (balancer try 2)");
        Assert.Equal(("1", "502"), (second.Attributes(9)["http.request.resend_count"], second.Attributes(9)["error.type"]));
    }

    [Fact]
    public async Task Collector_ThatComesBack_GetsTheBatchAgain()
    {
        int posts = 0;
        await using ScriptedUpstream collector = ScriptedUpstream.Respond(
            _ => $"HTTP/1.1 {(Interlocked.Increment(ref posts) < 3 ? 503 : 200)} Answer\r\nContent-Length: 0\r\n\r\n");
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(upstream.Address), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + collector.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);

        await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

        await SentAsync(edge, 3);
        OtlpQueue queue = edge.Host.Metrics.Traces!.Value.Counters.Otlp!;
        Assert.Equal((0, 0), (queue.DroppedFull, queue.DroppedUndeliverable));
        Assert.Equal(3, Volatile.Read(ref posts));
    }

    // The counters have no event to await.
    internal static async Task SentAsync(RunningEdge edge, int spans)
    {
        OtlpQueue queue = edge.Host.Metrics.Traces!.Value.Counters.Otlp!;
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        while (queue.Sent != spans)
        {
            await Task.Delay(5, patience.Token);
        }
    }

    private static ScriptedUpstream Collector() => ScriptedUpstream.Respond(static _ => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

    private static ProtobufMessage[] Spans(UpstreamRequest post) =>
        [.. ProtobufMessage.Read(Encoding.Latin1.GetBytes(post.Body)).Messages(1).SelectMany(static resource => resource.Messages(2)).SelectMany(static scope => scope.Messages(2))];
}
