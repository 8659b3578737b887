using System.Net;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Wire;

/// <summary>
/// Who does not read stops who writes, and the edge holds no more than its thresholds in between. What it holds is computed from what each
/// end has sent and received less what the kernel still has, so the bound is checked and not assumed.
/// </summary>
public sealed class BackPressureTests
{
    // 32 KiB where the pipe pauses, one read that was under way, and a block's rounding on each side.
    private const long Bound = 160 * 1024;
    private const int Total = 64 << 20;

    [Fact]
    public async Task ClientThatDoesNotRead_StopsTheUpstream()
    {
        TaskCompletionSource<OutgoingBytes> begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.RequestAsync();
            OutgoingBytes flow = new((IPEndPoint)peer.Socket.LocalEndPoint!, (IPEndPoint)peer.Socket.RemoteEndPoint!);
            begun.SetResult(flow);
            await PushAsync(flow, $"HTTP/1.1 200 OK\r\nContent-Length: {Total}\r\n\r\n", peer.SendAsync, peer.SendAsync);
            await peer.ToEndAsync();
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address), ("EDGE_MIN_RESPONSE_RATE", "0"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        OutgoingBytes source = await begun.Task;
        long stopped = await source.SettledAsync();
        Assert.True(stopped < Total, "nothing stopped the upstream");

        // The client has received nothing yet, so all that left the edge waits in the kernel.
        long received = stopped - KernelQueues.Between(source.Local, source.Remote);
        long sent = KernelQueues.Between(edge.Proxy, (IPEndPoint)client.Socket.LocalEndPoint!);
        Assert.InRange(received - sent, -16 * 1024, Bound);
        Assert.Equal(Total, (await client.ReceiveAsync()).Body.Length);
    }

    [Fact]
    public async Task UpstreamThatDoesNotRead_StopsTheClient()
    {
        TaskCompletionSource read = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource<(IPEndPoint Local, IPEndPoint Remote)> accepted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            accepted.SetResult(((IPEndPoint)peer.Socket.LocalEndPoint!, (IPEndPoint)peer.Socket.RemoteEndPoint!));
            await read.Task;
            await peer.HeadAsync();
            await peer.SendAsync(ScriptedUpstream.Ok((await peer.ExactlyAsync(Total)).Length.ToString()));
            await peer.ToEndAsync();
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address), ("EDGE_MIN_BODY_RATE", "0"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        OutgoingBytes source = new((IPEndPoint)client.Socket.LocalEndPoint!, edge.Proxy);
        Task pushing = PushAsync(source, $"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {Total}\r\n\r\n", client.SendAsync, client.SendAsync);
        (IPEndPoint local, IPEndPoint remote) = await accepted.Task;
        long stopped = await source.SettledAsync();
        Assert.True(stopped < Total, "nothing stopped the client");
        long received = stopped - KernelQueues.Between(source.Local, source.Remote);
        long sent = KernelQueues.Between(remote, local);
        Assert.InRange(received - sent, -16 * 1024, Bound);
        read.SetResult();
        await pushing;
        Assert.Equal(Total.ToString(), (await client.ReceiveAsync()).Body);
    }

    [Fact]
    public async Task PipelinedRequests_WhileOneIsServed_AreNotReadWithoutBound()
    {
        TaskCompletionSource answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            while (await peer.RequestAsync() is not null)
            {
                await answer.Task;
                await peer.SendAsync(ScriptedUpstream.Ok("x"));
            }
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address), ("EDGE_LIMIT_CONN_REQUESTS", "0"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        const string Request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        string many = string.Concat(Enumerable.Repeat(Request, 64 * 1024));
        OutgoingBytes source = new((IPEndPoint)client.Socket.LocalEndPoint!, edge.Proxy);
        Task pushing = PushAsync(source, "", client.SendAsync, client.SendAsync, System.Text.Encoding.Latin1.GetBytes(many), many.Length * 4);
        await upstream.ConnectedAsync(1);
        long stopped = await source.SettledAsync();
        long held = stopped - KernelQueues.Between(source.Local, source.Remote);

        // Sixteen heads of the allowed size would be more than this: what is read ahead is bounded by bytes.
        Assert.InRange(held, -16 * 1024, Bound);
        Assert.False(pushing.IsCompleted);
        answer.SetResult();
        for (int i = 0; i < 200; i++)
        {
            Assert.Equal(200, (await client.ReceiveAsync()).Status);
        }

        client.Reset();
        try
        {
            await pushing;
        }
        catch (Exception exception) when (exception is System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            // Reset above.
        }
    }

    private static async Task PushAsync(
        OutgoingBytes flow, string head, Func<string, Task> sendText, Func<ReadOnlyMemory<byte>, Task> send, byte[]? block = null, long total = Total)
    {
        block ??= new byte[16 * 1024];
        await sendText(head);
        flow.Sent(head.Length);
        for (long left = total; left > 0; left -= Math.Min(left, 16 * 1024))
        {
            int at = (int)((total - left) % block.Length);
            int length = (int)Math.Min(Math.Min(left, 16 * 1024), block.Length - at);
            await send(block.AsMemory(at, length));
            flow.Sent(length);
        }
    }
}
