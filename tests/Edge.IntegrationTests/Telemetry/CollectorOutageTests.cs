using VoltageSoda.Edge.Telemetry.Queues;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Telemetry;

/// <summary>
/// A collector process that is killed under load and started again ten seconds later, behind two edges: the queue of one has room for what
/// comes meanwhile, that of the other has not.
/// </summary>
public sealed class CollectorOutageTests
{
    private const int Roomy = 20_000;
    private const int Narrow = 100;

    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Killed_WithinTheBoundNothingIsLost_BeyondItDropsAreCountedExactly()
    {
        CollectedEntries seen = new();
        using ReservedPort port = ReservedPort.Take();
        using CollectorProcess first = await CollectorProcess.StartAsync(seen, port.Number);
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using Sender roomy = await Sender.StartAsync("roomy", upstream, first.Port, Roomy);
        await using Sender narrow = await Sender.StartAsync("narrow", upstream, first.Port, Narrow);
        await seen.ReachedAsync(roomy.Name, 100, roomy.Load);
        await seen.ReachedAsync(narrow.Name, 100, narrow.Load);

        await first.KillAsync();
        (int Roomy, int Narrow) killed = (roomy.Sent, narrow.Sent);
        await Task.Delay(Outage);
        (int Roomy, int Narrow) revived = (roomy.Sent, narrow.Sent);
        using CollectorProcess second = await CollectorProcess.StartAsync(seen, first.Port);

        // What was sent when it was there again arrives, and so the load goes on beyond the outage.
        await seen.ReachedAsync(roomy.Name, roomy.Sent, roomy.Load);
        await seen.ReachedAsync(narrow.Name, narrow.Sent, narrow.Load);
        await Task.WhenAll(roomy.StopAsync(), narrow.StopAsync());

        // A full queue drops its oldest, so the last one always arrives, and after all others of its queue.
        await seen.ReachedAsync(roomy.Name, roomy.Sent - 1);
        await seen.ReachedAsync(narrow.Name, narrow.Sent - 1);
        QueueCounters within = await roomy.SettleAsync();
        QueueCounters beyond = await narrow.SettleAsync();
        await second.KillAsync();

        Assert.InRange(revived.Roomy - killed.Roomy, 3 * Narrow, Roomy);
        Assert.True(within.FailedAttempts > 0);
        Assert.Equal((roomy.Sent, roomy.Sent, 0), (within.Entered, within.Sent, within.TotalDropped));
        Assert.Equal(roomy.Sent, seen.Count(roomy.Name));

        Assert.InRange(revived.Narrow - killed.Narrow, 3 * Narrow, int.MaxValue);
        Assert.InRange(beyond.TotalDropped, revived.Narrow - killed.Narrow - Narrow, narrow.Sent);
        Assert.Equal(beyond.TotalDropped, beyond.Dropped(QueueDrop.Full));
        Assert.Equal((narrow.Sent, narrow.Sent), (beyond.Entered, beyond.Sent + beyond.TotalDropped));
        Assert.Equal(beyond.Sent, seen.Count(narrow.Name));
        Assert.Equal((0, 0), (within.Waiting, beyond.Waiting));
    }

    /// <summary>An edge with a client that asks for <c>/name/0</c>, <c>/name/1</c> and so on at a steady pace.</summary>
    private sealed class Sender : IAsyncDisposable
    {
        // 500 a second: over ten seconds well within one bound and far beyond the other.
        private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(2);

        private readonly CancellationTokenSource _stop = new();
        private readonly RunningEdge _edge;
        private int _sent;
        private bool _settled;

        private Sender(string name, RunningEdge edge) => (Name, _edge) = (name, edge);

        public string Name { get; }

        /// <summary>The client; fails when an answer is not 200.</summary>
        public Task Load { get; private set; } = Task.CompletedTask;

        /// <summary>Requests that were answered.</summary>
        public int Sent => Volatile.Read(ref _sent);

        public static async Task<Sender> StartAsync(string name, ScriptedUpstream upstream, int collector, int maxEntries)
        {
            Sender sender = new(name, await RunningEdge.StartAsync(
                KongText.Single(upstream.Address, tail: $$"""
                    plugins:
                    - name: http-log
                      config:
                        http_endpoint: "http://127.0.0.1:{{collector}}"
                        queue: {max_batch_size: 20, max_coalescing_delay: 0.1, max_entries: {{maxEntries}}, max_retry_delay: 0.5, max_retry_time: 60}
                    """),
                ("EDGE_LIMIT_CONN_REQUESTS", "0")));
            sender.Load = Task.Run(sender.LoadAsync);
            return sender;
        }

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await Load;
        }

        /// <summary>Ends the edge, which ends its queue, and gives the accounting that is final then.</summary>
        public async Task<QueueCounters> SettleAsync()
        {
            _settled = true;
            await _edge.DisposeAsync();
            return _edge.Host.Metrics.Queues!.Read().Single().Value;
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            if (!_settled)
            {
                await _edge.DisposeAsync();
            }

            _stop.Dispose();
        }

        private async Task LoadAsync()
        {
            using PeriodicTimer pace = new(Pace);
            await using RawClient client = await RawClient.ConnectAsync(_edge.Proxy);
            while (!_stop.IsCancellationRequested)
            {
                Assert.Equal(200, (await client.ExchangeAsync($"GET /{Name}/{_sent} HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
                Interlocked.Increment(ref _sent);
                await pace.WaitForNextTickAsync();
            }
        }
    }
}
