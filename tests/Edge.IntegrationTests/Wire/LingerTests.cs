using System.Net.Sockets;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Wire;

/// <summary>
/// A refusal is deliverable: the answer, then a half-close, then what the client still sends is read within bounds, and only then the end.
/// Without that the unread bytes would reset the connection and take the answer with them.
/// </summary>
public sealed class LingerTests
{
    private const string Bad = "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n";

    [Fact]
    public async Task Refusal_ClientStillSends_SeesStatusAndEndWithoutReset()
    {
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single("127.0.0.1:1"), ("EDGE_LINGER_TIMEOUT", "60s"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync(Bad + new string('x', 20_000));
        RawResponse response = await client.ReceiveAsync();
        Assert.Equal(400, response.Status);
        Assert.Equal("", await client.ToEndAsync());

        // The edge has half-closed and still takes what comes: no reset answers these bytes.
        for (int i = 0; i < 4; i++)
        {
            await client.SendAsync(new string('y', 20_000));
        }

        client.HalfClose();
        await edge.WhenEmptyAsync();
        Assert.Equal("", await client.ToEndAsync());
    }

    [Fact]
    public async Task Refusal_ClientSendsWithoutEnd_IsCutAtTheByteLimit()
    {
        await using RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single("127.0.0.1:1"), ("EDGE_LINGER_BYTES", "64k"), ("EDGE_LINGER_TIMEOUT", "60s"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync(Bad);
        Assert.Equal(400, (await client.ReceiveAsync()).Status);
        Task ended = edge.WhenEmptyAsync();
        long sent = 0;
        try
        {
            while (!ended.IsCompleted && sent < 64 << 20)
            {
                await client.SendAsync(new byte[16 * 1024]);
                sent += 16 * 1024;
            }
        }
        catch (SocketException)
        {
            // The edge has closed with bytes unread.
        }

        await ended;
        Assert.True(sent >= 64 * 1024, $"{sent} bytes");
    }

    [Fact]
    public async Task Refusal_ClientNeverCloses_IsClosedInTime()
    {
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single("127.0.0.1:1"), ("EDGE_LINGER_TIMEOUT", "200ms"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(400, (await client.ExchangeAsync(Bad)).Status);

        // The client's side stays open: only the deadline can end this.
        await edge.WhenEmptyAsync();
    }

    [Fact]
    public async Task RefusedBody_ClientStillSends_SeesStatusAndEnd()
    {
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single("127.0.0.1:1"), ("EDGE_LIMIT_BODY", "1k"), ("EDGE_LINGER_TIMEOUT", "60s"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + new string('x', 50_000));
        Assert.Equal(413, (await client.ReceiveAsync()).Status);
        Assert.Equal("", await client.ToEndAsync());
        await client.SendAsync(new string('x', 50_000));
        client.HalfClose();
        await edge.WhenEmptyAsync();
        Assert.Equal("", await client.ToEndAsync());
    }
}
