using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Tracing;

/// <summary>What an upstream is told in each format, over sockets.</summary>
public sealed class PropagationTests
{
    private const string Trace = "463ac35c9f6413ad48485a3953bb6124";

    [Theory]
    [InlineData("b3: 463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-1", "b3", "^463ac35c9f6413ad48485a3953bb6124-[0-9a-f]{16}-1-a2fb4a1d1a96d312$")]
    [InlineData("X-B3-TraceId: 463ac35c9f6413ad48485a3953bb6124\r\nX-B3-SpanId: a2fb4a1d1a96d312\r\nX-B3-Sampled: 0", "X-B3-ParentSpanId", "^a2fb4a1d1a96d312$")]
    [InlineData("traceparent: 00-463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-01", "traceparent", "^00-463ac35c9f6413ad48485a3953bb6124-(?!a2fb4a1d1a96d312)[0-9a-f]{16}-01$")]
    [InlineData("uber-trace-id: 463ac35c9f6413ad48485a3953bb6124:a2fb4a1d1a96d312:0:1", "uber-trace-id", "^463ac35c9f6413ad48485a3953bb6124:[0-9a-f]{16}:a2fb4a1d1a96d312:01$")]
    [InlineData("ot-tracer-traceid: 463ac35c9f6413ad48485a3953bb6124\r\not-tracer-spanid: a2fb4a1d1a96d312\r\not-tracer-sampled: 1", "ot-tracer-traceid", "^463ac35c9f6413ad48485a3953bb6124$")]
    [InlineData("x-datadog-trace-id: 77\r\nx-datadog-parent-id: 78\r\nx-datadog-sampling-priority: 1", "x-datadog-parent-id", "^(?!78$)[0-9]+$")]
    [InlineData("x-amzn-trace-id: Root=1-463ac35c-9f6413ad48485a3953bb6124;Parent=a2fb4a1d1a96d312;Sampled=1", "x-amzn-trace-id", "^Root=1-463ac35c-9f6413ad48485a3953bb6124;Parent=[0-9a-f]{16};Sampled=1$")]
    [InlineData("x-cloud-trace-context: 463ac35c9f6413ad48485a3953bb6124/5;o=1", "x-cloud-trace-context", "^463ac35c9f6413ad48485a3953bb6124/[0-9]+;o=1$")]
    [InlineData("Accept: */*", "X-B3-TraceId", "^[0-9a-f]{32}$")]
    [InlineData("uber-trace-id: 463ac35c9f6413ad48485a3953bb6124:a2fb4a1d1a96d312:0:1\r\nuberctx-user: a%20b", "uberctx-user", "^a%20b$")]
    public async Task Upstream_IsToldInTheCallersFormat(string fields, string name, string pattern)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, tail: "plugins: [{name: zipkin}]"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);

        await client.ExchangeAsync($"GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n");

        Assert.Matches(pattern, Assert.Single(upstream.Requests.Single().Headers(name)));
    }

    [Theory]
    [InlineData("header_type: w3c, default_header_type: jaeger", "", "traceparent uber-trace-id")]
    [InlineData("header_type: w3c", "b3: 0", "b3 traceparent")]
    [InlineData("header_type: ignore, default_header_type: w3c", "b3: 463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-1", "b3 traceparent")]
    [InlineData("default_header_type: b3-single", "", "b3")]
    public async Task HeaderType_DecidesWhatIsSent(string config, string field, string expected)
    {
        string[] names = ["b3", "traceparent", "uber-trace-id", "x-b3-traceid"];
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(upstream.Address, tail: "plugins: [{name: zipkin, config: {" + config + "}}]"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);

        await client.ExchangeAsync($"GET / HTTP/1.1\r\nHost: a\r\n{(field.Length == 0 ? "" : field + "\r\n")}\r\n");

        UpstreamRequest seen = upstream.Requests.Single();
        Assert.Equal(expected, string.Join(' ', names.Where(name => seen.Header(name) is not null)));
        if (config.Contains("ignore", StringComparison.Ordinal))
        {
            Assert.DoesNotContain(Trace, seen.Header("traceparent"), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1, "1")]
    public async Task SampleRatio_AtItsEnds_DecidesEveryRequest(int ratio, string sampled)
    {
        await using SpanCollector collector = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        string plugin = $"plugins: [{{name: zipkin, config: {{sample_ratio: {ratio}, http_endpoint: \"http://{collector.Address}/\"}}}}]";
        RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, tail: plugin));
        await using (RawClient client = await RawClient.ConnectAsync(edge.Proxy))
        {
            for (int i = 0; i < 20; i++)
            {
                await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            }
        }

        Assert.All(upstream.Requests, request => Assert.Equal(sampled, request.Header("x-b3-sampled")));
        await collector.SpansAsync(20 * 3 * ratio);
        await edge.DisposeAsync();
        Assert.Equal(20 * 3 * ratio, (await collector.SpansAsync(0)).Count);
    }

    [Fact]
    public async Task RouteInstance_WinsOverTheGlobalOne()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(
            upstream.Address,
            routeExtra: "plugins: [{name: zipkin, config: {default_header_type: w3c}}]",
            tail: "plugins: [{name: zipkin, config: {default_header_type: jaeger}}]"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);

        await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

        UpstreamRequest seen = upstream.Requests.Single();
        Assert.NotNull(seen.Header("traceparent"));
        Assert.Null(seen.Header("uber-trace-id"));
    }
}
