using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Wire;

/// <summary>Expect: 100-continue in all its endings (RFC 9110 section 10.1.1).</summary>
public sealed class ExpectationTests
{
    private const string Head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";

    [Fact]
    public async Task FinalAnswerInsteadOf100_IsPassedOnWithClose()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer =>
        {
            Assert.Contains("Expect: 100-continue", await peer.HeadAsync(), StringComparison.OrdinalIgnoreCase);
            await peer.SendAsync("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno");
            Assert.Equal("", await peer.ToEndAsync());
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        RawResponse response = await client.ExchangeAsync(Head);
        Assert.Equal(403, response.Status);
        Assert.Equal("no", response.Body);
        Assert.Equal("close", response.Header("Connection"));
        Assert.True(await client.IsClosedAsync());
    }

    [Fact]
    public async Task BodySentWithoutWaiting_IsServed()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static request => ScriptedUpstream.Ok(request.Body));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        for (int i = 0; i < 2; i++)
        {
            RawResponse response = await client.ExchangeAsync(Head + "abc");
            Assert.Equal(200, response.Status);
            Assert.Equal("abc", response.Body);
        }
    }

    [Fact]
    public async Task OldClient_IsNeverAskedToContinue()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer =>
        {
            await peer.HeadAsync();
            await peer.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
            await peer.SendAsync(ScriptedUpstream.Ok(await peer.ExactlyAsync(3)));
            await peer.ToEndAsync();
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        RawResponse response = await client.ExchangeAsync("POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc");
        Assert.Equal(200, response.Status);
        Assert.Equal("abc", response.Body);
    }

    [Fact]
    public async Task LocalRefusal_BeforeTheBody_IsFinalAndCloses()
    {
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(
            "127.0.0.1:1", tail: "plugins:\n- name: request-size-limiting\n  config: {allowed_payload_size: 1, size_unit: bytes}\n"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        RawResponse response = await client.ExchangeAsync(Head);
        Assert.Equal(417, response.Status);
        Assert.Equal("close", response.Header("Connection"));
        Assert.True(await client.IsClosedAsync());
    }

    [Fact]
    public async Task CollectedBody_IsAskedForByTheEdge()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static request => ScriptedUpstream.Ok(request.Body));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(
            upstream.Address, tail: "plugins:\n- name: request-transformer\n  config: {add: {body: [\"b:2\"]}}\n"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 7\r\nExpect: 100-continue\r\n\r\n");
        Assert.Equal(100, (await client.ReceiveAsync()).Status);
        await client.SendAsync("{\"a\":1}");
        RawResponse response = await client.ReceiveAsync();
        Assert.Equal(200, response.Status);
        Assert.Contains("\"b\":\"2\"", response.Body);
    }
}
