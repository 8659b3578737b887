using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Listeners;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.IntegrationTests.Exchanges;

/// <summary>
/// What no branch foresaw ends its exchange only and leaves nothing behind: every edge here is disposed with the assertion that no
/// exchange, connection or count is left.
/// </summary>
public sealed class ExceptionTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Fact]
    public async Task OneExchange_Throws_IsA500AndTheOthersAreServed()
    {
        FaultyClock clock = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(clock, KongText.Single(upstream.Address));
        await using RawClient bystander = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(200, (await bystander.ExchangeAsync(Get)).Status);
        for (int i = 1; i <= 5; i++)
        {
            await NextMillisecondAsync(edge);
            clock.Arm();
            await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
            RawResponse response = await client.ExchangeAsync(Get);
            Assert.Equal(500, response.Status);
            Assert.Equal("close", response.Header("Connection"));
            Assert.Contains("An unexpected error occurred", response.Body);
            Assert.True(await client.IsClosedAsync());
            Assert.Equal(200, (await bystander.ExchangeAsync(Get)).Status);
            Assert.Equal(i, await edge.CounterAsync("vse_internal_errors_total"));
        }
    }

    [Fact]
    public async Task OwnField_CannotBeWritten_ClosesTheConnectionAndIsCounted()
    {
        await using RunningEdge edge = await RunningEdge.StartAsync("_format_version: \"3.0\"\n");
        Product(edge.Host.Options.Fields) = "a\r\nX: y"u8.ToArray();
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync(Get);
        Assert.True(await client.IsClosedAsync());
        Assert.Equal(1, await edge.CounterAsync("vse_internal_errors_total"));
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<ProductUtf8>k__BackingField")]
    private static extern ref ReadOnlyMemory<byte> Product(GatewayFields fields);

    [Fact]
    public async Task Answer_Throws_WhileTheBodyStillGoesUp_TheRelayEndsBeforeItsLease()
    {
        FaultyClock clock = new();
        RunningEdge? running = null;
        TaskCompletionSource<string> left = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            while ((await peer.HeadAsync())?.StartsWith("GET", StringComparison.Ordinal) ?? throw new EndOfStreamException())
            {
                await peer.SendAsync(ScriptedUpstream.Ok("next"));
            }

            await peer.ExactlyAsync(3);
            await NextMillisecondAsync(running!);
            clock.Arm();

            // Without a Date of its own the edge has to ask its clock while the upload is under way.
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            left.SetResult(await EndAsync(peer));
        });
        await using RunningEdge edge = running = await RunningEdge.StartAsync(clock, KongText.Single(upstream.Address));
        await AnswersAndLeavesNothingAsync(edge, left.Task, 500);
        Assert.Equal(1, await edge.CounterAsync("vse_internal_errors_total"));
    }

    [Fact]
    public async Task AnswerThatCannotBeCollected_WhileTheBodyStillGoesUp_TheRelayEndsBeforeItsLease()
    {
        TaskCompletionSource<string> left = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            while ((await peer.HeadAsync())?.StartsWith("GET", StringComparison.Ordinal) ?? throw new EndOfStreamException())
            {
                await peer.SendAsync(ScriptedUpstream.Ok("next"));
            }

            await peer.ExactlyAsync(3);
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
            left.SetResult(await EndAsync(peer));
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(
            upstream.Address, tail: "plugins:\n- name: response-transformer\n  config: {add: {json: [\"b:2\"]}}\n"));
        await AnswersAndLeavesNothingAsync(edge, left.Task, 502);
    }

    [Fact]
    public async Task Listener_Throws_IsListenedToAgain()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        FaultyTransport transport = new(edge.Host.Transport, failures: 3);
        ListenerManager listeners = new(transport, edge.Host.Workers, edge.Host.Limits, NullLogger.Instance);
        await listeners.BindAsync(new ListenerPlan
        {
            Address = new ListenAddress { Ip = IPAddress.Loopback, Port = 0, Text = "127.0.0.1:0" },
            Count = new ListenerCount(0),
        });
        await transport.Failed.WaitAsync(TimeSpan.FromSeconds(20));
        await using (RawClient client = await RawClient.ConnectAsync(listeners.Bound[0].EndPoint))
        {
            Assert.Equal(200, (await client.ExchangeAsync(Get)).Status);
        }

        Assert.Equal(3, await edge.CounterAsync("vse_internal_errors_total"));
        await listeners.UnbindAsync();
    }

    [Fact]
    public async Task SecondEdge_OnTheSameListener_IsRefusedAndTheFirstServes()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("first"));
        using ReservedPort reserved = ReservedPort.Take();
        int port = reserved.Number;
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address), ("KONG_PROXY_LISTEN", $"127.0.0.1:{port} reuseport"));
        IOException refused = await Assert.ThrowsAsync<IOException>(
            () => RunningEdge.StartAsync(KongText.Single(upstream.Address), ("KONG_PROXY_LISTEN", $"127.0.0.1:{port} reuseport")));
        Assert.Contains(port.ToString(), refused.Message);
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal("first", (await client.ExchangeAsync(Get)).Body);
    }

    private static async Task AnswersAndLeavesNothingAsync(RunningEdge edge, Task<string> left, int status)
    {
        await using (RawClient client = await RawClient.ConnectAsync(edge.Proxy))
        {
            await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc");
            RawResponse response = await client.ReceiveAsync();
            Assert.Equal(status, response.Status);
            Assert.Equal("close", response.Header("Connection"));

            // What still comes from the client goes nowhere.
            await client.SendAsync(new string('x', 30_000));
            Assert.Equal("", await client.ToEndAsync());
        }

        Assert.Equal("", await left.WaitAsync(TimeSpan.FromSeconds(20)));
        await edge.WhenEmptyAsync();
        for (int i = 0; i < 3; i++)
        {
            await using RawClient next = await RawClient.ConnectAsync(edge.Proxy);
            Assert.Equal("next", (await next.ExchangeAsync(Get)).Body);
        }
    }

    private static async Task<string> EndAsync(UpstreamPeer peer)
    {
        try
        {
            return await peer.ToEndAsync();
        }
        catch (System.Net.Sockets.SocketException)
        {
            // Reset by the edge.
            return "";
        }
    }

    // The worker reads its clock once for each millisecond of its loop.
    private static async Task NextMillisecondAsync(RunningEdge edge)
    {
        EventLoop loop = edge.Host.Workers[0].Loop;
        long start = await NowAsync(loop);
        while (await NowAsync(loop) <= start + 1)
        {
        }
    }

    private static Task<long> NowAsync(EventLoop loop)
    {
        TaskCompletionSource<long> now = new(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(_ => now.SetResult(loop.NowMilliseconds), null);
        return now.Task;
    }

    /// <summary>Throws once, for the next loop that asks for the time after it was armed.</summary>
    private sealed class FaultyClock : TimeProvider
    {
        private int _armed;

        public void Arm() => Volatile.Write(ref _armed, 1);

        public override DateTimeOffset GetUtcNow()
        {
            if (EventLoop.Current is not null && Interlocked.Exchange(ref _armed, 0) == 1)
            {
                throw new InvalidTimeZoneException("armed by a test");
            }

            return base.GetUtcNow();
        }
    }

    /// <summary>A transport whose first accepts fail.</summary>
    private sealed class FaultyTransport(ITransport inner, int failures) : ITransport
    {
        private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = failures;

        /// <summary>Completes with the last failure.</summary>
        public Task Failed => _failed.Task;

        public string Name => inner.Name;

        public IReadOnlyList<EventLoop> Loops => inner.Loops;

        public IConnectionListenerFactory CreateListenerFactory(EventLoop loop, ListenerSocketOptions options) =>
            new Factory(this, inner.CreateListenerFactory(loop, options));

        public ValueTask<ConnectResult> ConnectAsync(EventLoop loop, EndPoint endPoint, int timeoutMs, CancellationToken cancellationToken = default) =>
            inner.ConnectAsync(loop, endPoint, timeoutMs, cancellationToken);

        public ValueTask DisposeAsync() => default;

        private void Fail()
        {
            if (_left > 0)
            {
                if (--_left == 0)
                {
                    _failed.SetResult();
                }

                throw new InvalidOperationException("the listener failed");
            }
        }

        private sealed class Factory(FaultyTransport owner, IConnectionListenerFactory inner) : IConnectionListenerFactory
        {
            public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
                new Listener(owner, await inner.BindAsync(endpoint, cancellationToken));
        }

        private sealed class Listener(FaultyTransport owner, IConnectionListener inner) : IConnectionListener
        {
            public EndPoint EndPoint => inner.EndPoint;

            public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
            {
                owner.Fail();
                return inner.AcceptAsync(cancellationToken);
            }

            public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => inner.UnbindAsync(cancellationToken);

            public ValueTask DisposeAsync() => inner.DisposeAsync();
        }
    }
}
