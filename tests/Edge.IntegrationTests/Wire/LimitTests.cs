using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Wire;

/// <summary>Limits and timeouts of a listener, each with its exact answer.</summary>
public sealed class LimitTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Fact]
    public async Task HeadTooSlow_Is408()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address), ("EDGE_TIMEOUT_REQUEST_HEAD", "200ms"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync("GET / HTTP/1.1\r\nHo");
        RawResponse response = await client.ReceiveAsync();
        Assert.Equal(408, response.Status);
        Assert.Equal("close", response.Header("Connection"));
        Assert.Equal("", await client.ToEndAsync());
    }

    [Fact]
    public async Task IdleTooLong_IsClosedSilently()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address), ("EDGE_TIMEOUT_IDLE", "1s"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(200, (await client.ExchangeAsync(Get)).Status);
        Assert.Equal("", await client.ToEndAsync());
    }

    [Fact]
    public async Task BodyTooSlow_Is408()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address), ("EDGE_TIMEOUT_STREAM_IDLE", "200ms"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
        RawResponse response = await client.ReceiveAsync();
        Assert.Equal(408, response.Status);
        Assert.Equal("close", response.Header("Connection"));
    }

    [Fact]
    public async Task WholeRequestTooSlow_Is408()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address), ("EDGE_TIMEOUT_REQUEST", "200ms"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
        Assert.Equal(408, (await client.ReceiveAsync()).Status);
    }

    [Fact]
    public async Task ClientThatDoesNotRead_IsAborted()
    {
        byte[] chunk = new byte[1 << 20];
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.RequestAsync();
            await peer.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {64L << 20}\r\n\r\n");
            for (int i = 0; i < 64; i++)
            {
                await peer.SendAsync(chunk);
            }
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address), ("EDGE_TIMEOUT_STREAM_IDLE", "300ms"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync(Get);

        // Before the edge has taken the connection in it is empty too; nothing is read until it has given up.
        await upstream.ConnectedAsync(1);
        await edge.WhenEmptyAsync();

        await Assert.ThrowsAnyAsync<Exception>(async () => await client.ReceiveAsync());
    }

    [Fact]
    public async Task ClientThatReadsSlowly_AboveTheRate_GetsItAll()
    {
        const int Length = 24 << 20;
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.RequestAsync();
            await peer.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {Length}\r\n\r\n");
            await peer.SendAsync(new byte[Length]);
            await peer.ToEndAsync();
        });
        // The rate is far below what the client takes and the silence timeout far above: with either counted wrongly it is cut.
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address), ("EDGE_MIN_RESPONSE_RATE", "100"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        client.Socket.ReceiveBufferSize = 64 * 1024;
        await client.SendAsync(Get);
        byte[] buffer = new byte[1 << 20];
        long received = 0;
        long started = Environment.TickCount64;
        while (received < Length)
        {
            int read = await client.Socket.ReceiveAsync(buffer);
            Assert.NotEqual(0, read);
            received += read;
            if (Environment.TickCount64 - started < 7000)
            {
                // Longer than the grace: the wait for this client is judged by what moved.
                await Task.Delay(50);
            }
        }
    }

    [Fact]
    public async Task RequestsPerConnection_LastOneSaysClose()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address), ("EDGE_LIMIT_CONN_REQUESTS", "2"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Null((await client.ExchangeAsync(Get)).Header("Connection"));
        Assert.Equal("close", (await client.ExchangeAsync(Get)).Header("Connection"));
        Assert.True(await client.IsClosedAsync());
        client.HalfClose();
        await edge.WhenEmptyAsync();
        Assert.Equal(1, await edge.CounterAsync("edge_limits_hit_total", "limit=\"conn_requests\""));
    }

    [Theory]
    [InlineData("EDGE_LIMIT_CONNECTIONS", "connections")]
    [InlineData("EDGE_LIMIT_CONNECTIONS_LISTENER", "connections_listener")]
    [InlineData("EDGE_LIMIT_CONNECTIONS_PER_IP", "connections_per_ip")]
    public async Task Connections_AboveTheLimit_AreClosedCountedAndFreedOnesServe(string setting, string limit)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address), (setting, "1"));
        await using (RawClient first = await RawClient.ConnectAsync(edge.Proxy))
        {
            Assert.Equal(200, (await first.ExchangeAsync(Get)).Status);
            await using RawClient second = await RawClient.ConnectAsync(edge.Proxy);
            Assert.True(await second.IsClosedAsync());
            Assert.Equal(200, (await first.ExchangeAsync(Get)).Status);
        }

        await edge.WhenEmptyAsync();
        Assert.Equal(1, await edge.CounterAsync("edge_limits_hit_total", $"limit=\"{limit}\""));
        Assert.Equal(1, await edge.CounterAsync("edge_connections_closed_total", "reason=\"limit\""));

        await using RawClient third = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(200, (await third.ExchangeAsync(Get)).Status);
    }

    [Theory]
    [InlineData("Content-Length: 11\r\n\r\nhello world")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n")]
    public async Task Body_AboveTheLimit_Is413(string rest)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address), ("EDGE_LIMIT_BODY", "10"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(413, (await client.ExchangeAsync("POST / HTTP/1.1\r\nHost: a\r\n" + rest)).Status);
    }

    [Fact]
    public async Task MemoryPressure_RefusesAndRecovers()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        edge.Host.State.Pressure = MemoryPressure.Refuse;
        await using (RawClient client = await RawClient.ConnectAsync(edge.Proxy))
        {
            RawResponse response = await client.ExchangeAsync(Get);
            Assert.Equal(503, response.Status);
            Assert.NotNull(response.Header("Retry-After"));
            Assert.Equal("close", response.Header("Connection"));
        }

        edge.Host.State.Pressure = MemoryPressure.Shrink;
        await using (RawClient client = await RawClient.ConnectAsync(edge.Proxy))
        {
            RawResponse response = await client.ExchangeAsync(Get);
            Assert.Equal(200, response.Status);
            Assert.Equal("close", response.Header("Connection"));
        }

        edge.Host.State.Pressure = MemoryPressure.None;
        await using (RawClient client = await RawClient.ConnectAsync(edge.Proxy))
        {
            Assert.Null((await client.ExchangeAsync(Get)).Header("Connection"));
        }
    }

    [Fact]
    public async Task MemoryPressure_AtTheTop_StopsAcceptingAndServesWhatIsOpen()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient open = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(200, (await open.ExchangeAsync(Get)).Status);
        edge.Host.State.Pressure = MemoryPressure.StopAccepting;
        await using RawClient late = await RawClient.ConnectAsync(edge.Proxy);
        Assert.True(await late.IsClosedAsync());
        Assert.Equal(1, await edge.CounterAsync("edge_limits_hit_total", "limit=\"memory\""));
        Assert.Equal(1, await edge.CounterAsync("edge_connections_closed_total", "reason=\"memory\""));
        Assert.Equal(503, (await open.ExchangeAsync(Get)).Status);
    }

    [Fact]
    public async Task Loop_TooManyHops_Is508()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address), ("EDGE_MAX_HOPS", "2"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        string hop = "1.1 " + edge.Host.Options.Fields.Product;
        Assert.Equal(200, (await client.ExchangeAsync($"GET / HTTP/1.1\r\nHost: a\r\nVia: {hop}, {hop}\r\n\r\n")).Status);
        Assert.Equal($"{hop}, {hop}, {hop}", upstream.Requests.Single().Header("Via"));
        Assert.Equal(508, (await client.ExchangeAsync($"GET / HTTP/1.1\r\nHost: a\r\nVia: {hop}, {hop}\r\nVia: {hop}\r\n\r\n")).Status);
    }
}
