using System.Collections.Concurrent;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Telemetry;

/// <summary>A collector that is killed under load and comes back.</summary>
public sealed class CollectorOutageTests
{
    // Long against the pauses between tries, which are set to a part of Kong's defaults.
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task Killed_WithinTheBoundOfTheQueue_LosesNothing()
    {
        ConcurrentDictionary<string, int> seen = new();
        using CollectorProcess first = await CollectorProcess.StartAsync(seen);
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(Kong(upstream, first.Port, maxEntries: 10_000));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        int sent = 0;
        sent = await LoadAsync(client, sent, TimeSpan.FromSeconds(1));
        await first.KillAsync();
        sent = await LoadAsync(client, sent, Outage);
        using CollectorProcess second = await CollectorProcess.StartAsync(seen, first.Port);
        sent = await LoadAsync(client, sent, TimeSpan.FromSeconds(1));
        string metrics = await Metrics.ReadUntilAsync(edge, text => Metrics.Value(text, Series(first.Port, "sent")) == sent);
        await second.KillAsync();
        Assert.Equal(sent, seen.Count);
        Assert.True(Metrics.Value(metrics, $"vse_queue_failed_attempts_total{{queue=\"http-log http://127.0.0.1:{first.Port}/\"}}") > 0);
    }

    [Fact]
    public async Task Killed_BeyondTheBound_CountsExactlyWhatIsLost()
    {
        const int Bound = 50, During = 400;
        ConcurrentDictionary<string, int> seen = new();
        using CollectorProcess first = await CollectorProcess.StartAsync(seen);
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(Kong(upstream, first.Port, Bound));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.ExchangeAsync("GET /first HTTP/1.1\r\nHost: a\r\n\r\n");
        await Metrics.ReadUntilAsync(edge, text => Metrics.Value(text, Series(first.Port, "sent")) == 1);
        await first.KillAsync();
        for (int i = 0; i < During; i++)
        {
            Assert.Equal(200, (await client.ExchangeAsync($"GET /{i} HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        }

        string down = await Metrics.ReadAsync(edge);
        Assert.Equal(During - Bound, Metrics.Value(down, Series(first.Port, "dropped_full")));
        Assert.Equal(Bound, Metrics.Value(down, $"vse_queue_waiting_entries{{queue=\"http-log http://127.0.0.1:{first.Port}/\"}}"));
        using CollectorProcess second = await CollectorProcess.StartAsync(seen, first.Port);
        string after = await Metrics.ReadUntilAsync(edge, text => Metrics.Value(text, Series(first.Port, "sent")) == Bound + 1);
        Assert.Equal(During - Bound, Metrics.Value(after, Series(first.Port, "dropped_full")));
        await second.KillAsync();
        Assert.Equal(Bound + 1, seen.Count);

        // Of the entries that a full queue is offered during an outage it takes one in 32, so that the newest it has are recent.
        Assert.Contains(seen.Keys, static key => int.TryParse(key.AsSpan(1), out int number) && number >= During - 32);
    }

    private static async Task<int> LoadAsync(RawClient client, int sent, TimeSpan duration)
    {
        long end = Environment.TickCount64 + (long)duration.TotalMilliseconds;
        int most = sent + 3000;
        while (Environment.TickCount64 < end)
        {
            // Not faster than the bound of the queue allows during the outage.
            if (sent < most)
            {
                Assert.Equal(200, (await client.ExchangeAsync($"GET /{sent++} HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
            }
            else
            {
                await Task.Delay(10);
            }
        }

        return sent;
    }

    private static string Series(int port, string result) => $"vse_queue_entries_total{{queue=\"http-log http://127.0.0.1:{port}/\",result=\"{result}\"}}";

    private static string Kong(ScriptedUpstream upstream, int port, int maxEntries) => KongText.Single(upstream.Address, tail: $$"""
        plugins:
        - name: http-log
          config:
            http_endpoint: "http://127.0.0.1:{{port}}"
            queue: {max_batch_size: 20, max_coalescing_delay: 0.1, max_entries: {{maxEntries}}, max_retry_delay: 0.5, max_retry_time: 60}
        """);
}
