using System.Net.Http;
using System.Text.Json.Nodes;
using VoltageSoda.Edge.Telemetry.Queues;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Tracing;

/// <summary>Spans on their way: collectors that fail, queues that are too small, processes that end.</summary>
public sealed class SpanDeliveryTests
{
    private const string Request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Fact]
    public async Task Collector_ThatComesBack_GetsEverySpanOnce()
    {
        await using SpanCollector collector = new(static post => post < 5 ? 503 : 202);
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, tail: collector.Plugin("queue: {max_batch_size: 4, max_coalescing_delay: 0.05}")));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        for (int i = 0; i < 4; i++)
        {
            await client.ExchangeAsync(Request);
        }

        IReadOnlyList<JsonObject> spans = await collector.SpansAsync(12);

        Assert.Equal(12, spans.Select(static span => (string)span["id"]!).Distinct().Count());
        QueueCounters counters = Counters(edge);
        Assert.Equal((12, 0), (counters.Entered, counters.TotalDropped));
        Assert.True(counters.FailedAttempts >= 5);
    }

    [Fact]
    public async Task Queue_ThatIsFull_DropsTheOldestAndCountsThem()
    {
        SpanCollector down = new();
        string plugin = down.Plugin("queue: {max_entries: 10, initial_retry_delay: 0.5, max_retry_delay: 0.5}");
        int port = down.Port;
        await down.DisposeAsync();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, tail: plugin));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        for (int i = 0; i < 20; i++)
        {
            await client.ExchangeAsync(Request);
        }

        QueueCounters counters = Counters(edge);
        await UntilAsync(() => counters.Entered == 60 && counters.Dropped(QueueDrop.Full) >= 50);
        Assert.Equal((50, 10), (counters.Dropped(QueueDrop.Full), counters.Waiting));
        using HttpClient scraper = new();
        string metrics = await scraper.GetStringAsync($"http://{edge.Status}/metrics");
        Assert.Contains($"vse_trace_spans_dropped_total{{exporter=\"zipkin\",collector=\"127.0.0.1:{port}\",reason=\"full\"}} 50\n", metrics, StringComparison.Ordinal);
        Assert.Contains($"vse_trace_spans_waiting{{exporter=\"zipkin\",collector=\"127.0.0.1:{port}\"}} 10\n", metrics, StringComparison.Ordinal);

        // What was kept arrives when somebody listens again.
        await using SpanCollector up = new(port: port);
        Assert.Equal(10, (await up.SpansAsync(10)).Count);
        await UntilAsync(() => counters.Sent == 10);
    }

    [Fact]
    public async Task BadContextsAndTags_AreCounted()
    {
        await using SpanCollector collector = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, tail: collector.Plugin()));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);

        await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\ntraceparent: nonsense\r\nZipkin-Tags: bad; a=b; worse\r\n\r\n");

        await collector.SpansAsync(3);
        using HttpClient scraper = new();
        string metrics = await scraper.GetStringAsync($"http://{edge.Status}/metrics");
        Assert.Contains("\nvse_trace_contexts_malformed_total 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("\nvse_trace_tags_rejected_total 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains("\nvse_trace_records_dropped_total{reason=\"exhausted\"} 0\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Collector_ThatNeverAnswers_IsLeftAfterItsTimeouts()
    {
        int connections = 0;
        await using ScriptedUpstream silent = ScriptedUpstream.Script(async peer =>
        {
            Interlocked.Increment(ref connections);
            await peer.ToEndAsync();
        });
        string plugin = $"""
            plugins:
            - name: zipkin
              config:
                sample_ratio: 1
                http_endpoint: http://{silent.Address}/
                read_timeout: 50
                queue:
                  max_retry_time: 1
                  max_batch_size: 3
            """;
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, tail: plugin));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);

        await client.ExchangeAsync(Request);

        QueueCounters counters = Counters(edge);
        await UntilAsync(() => counters.Dropped(QueueDrop.Undeliverable) == 3);
        Assert.Equal((0, 0), (counters.Sent, counters.Waiting));
        await UntilAsync(() => Volatile.Read(ref connections) > 1);
    }

    [Fact]
    public async Task Shutdown_WithoutCollector_IsBoundedAndCounts()
    {
        SpanCollector down = new();
        string plugin = down.Plugin();
        string address = down.Address;
        await down.DisposeAsync();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(upstream.Address, tail: plugin), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + address));
        await using (RawClient client = await RawClient.ConnectAsync(edge.Proxy))
        {
            await client.ExchangeAsync(Request);
        }

        QueueCounters counters = Counters(edge);
        long started = TimeProvider.System.GetTimestamp();
        await edge.DisposeAsync();

        Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(30));
        Assert.Equal((0, 3, 0), (counters.Sent, counters.Dropped(QueueDrop.Shutdown), counters.Waiting));
        Assert.Equal(3, edge.Host.Metrics.Traces!.Value.Counters.Otlp!.DroppedShutdown);
    }

    [Fact]
    public async Task Shutdown_SendsWhatWaits()
    {
        await using SpanCollector collector = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(upstream.Address, tail: collector.Plugin("queue: {max_batch_size: 4, max_coalescing_delay: 60}")));
        await using (RawClient client = await RawClient.ConnectAsync(edge.Proxy))
        {
            for (int i = 0; i < 3; i++)
            {
                await client.ExchangeAsync(Request);
            }
        }

        // Two full batches go at once; the ninth span waits for more.
        await collector.SpansAsync(8);
        Assert.Equal(2, collector.Posts);
        await edge.DisposeAsync();
        Assert.Equal(9, (await collector.SpansAsync(9)).Count);
        Assert.Equal(3, collector.Posts);
    }

    [Fact]
    public async Task Reload_WithTheSamePlugin_KeepsItsQueue()
    {
        await using SpanCollector collector = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        string kong = KongText.Single(upstream.Address, tail: collector.Plugin("queue: {max_batch_size: 6, max_coalescing_delay: 60}"));
        await using RunningEdge edge = await RunningEdge.StartAsync(kong);
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.ExchangeAsync(Request);
        await edge.ReloadAsync(kong);
        await client.ExchangeAsync(Request);

        Assert.Equal(6, (await collector.SpansAsync(6)).Count);
        Assert.Equal(1, collector.Posts);
    }

    private static QueueCounters Counters(RunningEdge edge) =>
        edge.Host.Metrics.Traces!.Value.Queues.Read().Single(static row => row.Key.StartsWith("zipkin ", StringComparison.Ordinal)).Value;

    // The counters have no event to await.
    private static async Task UntilAsync(Func<bool> holds)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(30));
        while (!holds())
        {
            await Task.Delay(5, patience.Token);
        }
    }
}
