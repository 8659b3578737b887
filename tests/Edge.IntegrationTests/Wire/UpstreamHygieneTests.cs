using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Wire;

/// <summary>Which upstream connections are used again, what is tried again, and how a broken answer reaches the client.</summary>
public sealed class UpstreamHygieneTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private const string Post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";

    [Fact]
    public async Task UnsolicitedBytes_OnAnIdleConnection_PoisonItAndAreCounted()
    {
        TaskCompletionSource speak = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int answered = 0;
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            while (await peer.RequestAsync() is not null)
            {
                await peer.SendAsync(ScriptedUpstream.Ok("good"));
                if (Interlocked.Increment(ref answered) == 1)
                {
                    await speak.Task;
                    await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
                    await peer.ToEndAsync();
                    ended.SetResult();
                }
            }
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal("good", (await client.ExchangeAsync(Get)).Body);
        speak.SetResult();

        // The sweep of idle connections, or the next request, finds what was not asked for.
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal("good", (await client.ExchangeAsync(Get)).Body);
        Assert.Equal(2, upstream.Connections);
        Assert.Equal(1, await edge.CounterAsync("edge_upstream_poisoned_total", "cluster=\"app.internal\""));
    }

    [Fact]
    public async Task UnsolicitedBytes_BehindAnAnswer_AreCounted()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("one") + "HTTP/1.1 200 OK\r\n\r\n");
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal("one", (await client.ExchangeAsync(Get)).Body);
        Assert.Equal("one", (await client.ExchangeAsync(Get)).Body);
        Assert.Equal(2, await edge.CounterAsync("edge_upstream_poisoned_total", "cluster=\"app.internal\""));
    }

    [Theory]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n")]
    [InlineData("HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n")]
    public async Task BytesBehindABodylessAnswer_PoisonTheConnection(string answer)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(_ => answer + "evil");
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        for (int i = 0; i < 2; i++)
        {
            RawResponse response = await client.ExchangeAsync(Get);
            Assert.InRange(response.Status, 204, 304);
            Assert.Null(response.Header("Transfer-Encoding"));
        }

        Assert.Equal(2, upstream.Connections);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx")]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx")]
    public async Task AnswerThatCloses_IsNotPooled(string answer)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(_ => answer);
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal("x", (await client.ExchangeAsync(Get)).Body);
        }

        Assert.Equal(3, upstream.Connections);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PATCH")]
    [InlineData("LOCK")]
    public async Task StalePooledConnection_OtherMethod_IsNotSentAgain(string method)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer =>
        {
            await peer.RequestAsync();
            await peer.SendAsync(ScriptedUpstream.Ok("one"));
            await peer.HeadAsync();
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(200, (await client.ExchangeAsync(Post)).Status);
        Assert.Equal(502, (await client.ExchangeAsync(method + Post["POST".Length..])).Status);
        Assert.Equal(1, upstream.Connections);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n")]
    public async Task BodyThatEndsEarly_IsNeverCompleted(string answer)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.RequestAsync();
            await peer.SendAsync(answer);
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, serviceExtra: "retries: 0"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync(Get);
        await Assert.ThrowsAnyAsync<Exception>(() => client.ReceiveAsync());
        await edge.WhenEmptyAsync();
        Assert.Equal(1, await edge.CounterAsync("edge_connections_closed_total", "reason=\"upstream_aborted\""));
    }

    [Fact]
    public async Task UpstreamThatStallsInItsBody_IsCutByTheReadTimeout()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer =>
        {
            await peer.RequestAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
            await peer.ToEndAsync();
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, serviceExtra: "read_timeout: 200"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync(Get);
        await Assert.ThrowsAnyAsync<Exception>(() => client.ReceiveAsync());
    }

    [Fact]
    public async Task UpstreamThatDoesNotTakeTheRequest_IsCutByTheWriteTimeout()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer => await new TaskCompletionSource().Task.WaitAsync(TimeSpan.FromMinutes(1)));
        await using RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(upstream.Address, serviceExtra: "write_timeout: 300\nretries: 0"), ("EDGE_MIN_BODY_RATE", "0"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {64 << 20}\r\n\r\n");
        Task pushing = PushAsync(client);
        Assert.Equal(504, (await client.ReceiveAsync()).Status);
        client.Reset();
        await pushing;
    }

    [Fact]
    public async Task HeadTooLarge_IsCounted()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => $"HTTP/1.1 200 OK\r\nX: {new string('x', 70_000)}\r\n\r\n");
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, serviceExtra: "retries: 0"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(502, (await client.ExchangeAsync(Get)).Status);
        Assert.Equal(1, await edge.CounterAsync("edge_limits_hit_total", "limit=\"response_head\""));
        Assert.Equal(1, await edge.CounterAsync("edge_protocol_errors_total", "side=\"upstream\""));
    }

    [Fact]
    public async Task TooManyResponseFields_Are502()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(
            static _ => $"HTTP/1.1 200 OK\r\n{string.Concat(Enumerable.Range(0, 201).Select(static i => $"X-{i}: 1\r\n"))}Content-Length: 0\r\n\r\n");
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, serviceExtra: "retries: 0"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(502, (await client.ExchangeAsync(Get)).Status);
    }

    [Fact]
    public async Task ReasonPhrase_IsOurOwn()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => "HTTP/1.1 404 Strange \u00fcmlaut\r\nContent-Length: 0\r\n\r\n");
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal("HTTP/1.1 404 Not Found", (await client.ExchangeAsync(Get)).StatusLine);
    }

    private static async Task PushAsync(RawClient client)
    {
        byte[] block = new byte[64 * 1024];
        try
        {
            for (int i = 0; i < 1024; i++)
            {
                await client.SendAsync(block);
            }
        }
        catch (Exception exception) when (exception is System.Net.Sockets.SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The edge has given up.
        }
    }
}
