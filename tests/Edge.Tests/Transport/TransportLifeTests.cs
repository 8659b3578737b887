using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Tests.Transport;

/// <summary>Ends of connections, over both back ends: FIN, reset, abort, disposal.</summary>
public sealed class TransportLifeTests
{
    public static TheoryData<TransportKind> Loops => [.. TransportKinds.Loops];

    public static TheoryData<TransportKind> Kinds => [.. TransportKinds.All];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task HalfClose_ByPeer_EndsReadsAfterTheDataAndLeavesWriting(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        await client.SendAllAsync("last words"u8.ToArray());
        client.Shutdown(SocketShutdown.Send);
        await bench.Loop.RunAsync(async () =>
        {
            PipeReader input = server.Transport.Input;
            ReadResult read = await input.ReadAsync();
            Assert.Equal("last words"u8.ToArray(), read.Buffer.ToArray());
            input.AdvanceTo(read.Buffer.End);
            read = await input.ReadAsync();
            Assert.True(read.IsCompleted && read.Buffer.IsEmpty);
            input.AdvanceTo(read.Buffer.End);
            Assert.False(((IConnectionLifeSignal)server).IsReset);
            FlushResult flush = await server.Transport.Output.WriteAsync("answer"u8.ToArray());
            Assert.False(flush.IsCompleted);
            await server.DisposeAsync();
        });
        Assert.Equal("answer"u8.ToArray(), await client.ReceiveToEndAsync());
        client.Dispose();
        await bench.ExpectNothingLeftAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task HalfClose_ByUs_SendsFinAndLeavesReading(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        await bench.Loop.RunAsync(async () =>
        {
            server.Transport.Output.Write("bye"u8);
            await server.Transport.Output.CompleteAsync();
        });
        Assert.Equal("bye"u8.ToArray(), await client.ReceiveToEndAsync());
        await client.SendAllAsync("still here"u8.ToArray());
        await bench.Loop.RunAsync(async () =>
        {
            ReadResult read = await server.Transport.Input.ReadAtLeastAsync(10);
            Assert.Equal("still here"u8.ToArray(), read.Buffer.ToArray());
            server.Transport.Input.AdvanceTo(read.Buffer.End);
            ValueTask<ReadResult> end = server.Transport.Input.ReadAsync();
            client.Shutdown(SocketShutdown.Send);
            Assert.True((await end).IsCompleted);
            Assert.False(((IConnectionLifeSignal)server).IsReset);
            await server.DisposeAsync();
        });
        client.Dispose();
        await bench.ExpectNothingLeftAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Reset_WhileReading_ThrowsConnectionReset(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        Task<ReadResult> read = bench.Loop.RunAsync(async () => await server.Transport.Input.ReadAsync());
        await bench.Loop.RunAsync(() => Task.CompletedTask);
        client.Reset();
        await Assert.ThrowsAsync<ConnectionResetException>(() => read);
        await bench.Loop.RunAsync(async () =>
        {
            Assert.True(((IConnectionLifeSignal)server).IsReset);
            Assert.True((await server.Transport.Output.WriteAsync("x"u8.ToArray())).IsCompleted);
            await server.DisposeAsync();
        });
        await bench.ExpectNothingLeftAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Reset_WhileReadingQuietly_EndsWithAResult(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        var life = (IConnectionLifeSignal)server;
        Task<ReadResult> read = bench.Loop.RunAsync(async () =>
        {
            life.EndsQuietly = true;
            return await server.Transport.Input.ReadAsync();
        });
        await bench.Loop.RunAsync(() => Task.CompletedTask);
        client.Reset();
        Assert.True((await read).IsCompleted);
        Assert.True(life.IsReset);
        await bench.Loop.RunAsync(async () => await server.DisposeAsync());
        await bench.ExpectNothingLeftAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Reset_WhileNobodyReads_TellsTheObserverOnce(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        var life = (IConnectionLifeSignal)server;
        var observer = new RecordingObserver();
        await bench.Loop.RunAsync(() =>
        {
            life.LifeObserver = observer;
            return Task.CompletedTask;
        });
        client.Reset();
        await Eventually.TrueAsync(() => observer.Reset > 0, "the reset is told");
        await bench.Loop.RunAsync(async () =>
        {
            Assert.True(life.IsReset);
            await Assert.ThrowsAsync<ConnectionResetException>(async () => await server.Transport.Input.ReadAsync());
            Assert.True((await server.Transport.Output.WriteAsync("x"u8.ToArray())).IsCompleted);
            await server.DisposeAsync();
        });
        Assert.Equal(1, observer.Reset);
        Assert.True(observer.AlwaysOnLoop);
        await bench.ExpectNothingLeftAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task HalfClose_WhileNobodyReads_TellsTheObserverOnce(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        var life = (IConnectionLifeSignal)server;
        var observer = new RecordingObserver();
        await bench.Loop.RunAsync(() =>
        {
            life.LifeObserver = observer;
            return Task.CompletedTask;
        });
        await client.SendAllAsync("unread"u8.ToArray());
        client.Shutdown(SocketShutdown.Send);
        await Eventually.TrueAsync(() => observer.HalfClosed > 0, "the FIN is told");
        await bench.Loop.RunAsync(async () =>
        {
            Assert.True(life.IsHalfClosed && !life.IsReset);
            ReadResult read = await server.Transport.Input.ReadAtLeastAsync(6);
            Assert.Equal("unread"u8.ToArray(), read.Buffer.ToArray());
            server.Transport.Input.AdvanceTo(read.Buffer.End);
            Assert.True((await server.Transport.Input.ReadAsync()).IsCompleted);
            await server.DisposeAsync();
        });
        Assert.Equal((1, 0), (observer.HalfClosed, observer.Reset));
        client.Dispose();
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Reset_AfterUnreadData_GivesTheDataFirst(TransportKind kind)
    {
        // The stock transport drops what it received before a reset; ours does not.
        await using var bench = new TransportBench(kind);
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        var observer = new RecordingObserver();
        await bench.Loop.RunAsync(() =>
        {
            ((IConnectionLifeSignal)server).LifeObserver = observer;
            return Task.CompletedTask;
        });
        await client.SendAllAsync("data"u8.ToArray());
        client.Reset();
        await Eventually.TrueAsync(() => observer.Reset > 0, "the reset is told");
        await bench.Loop.RunAsync(async () =>
        {
            ReadResult read = await server.Transport.Input.ReadAsync();
            Assert.Equal("data"u8.ToArray(), read.Buffer.ToArray());
            Assert.False(read.IsCompleted);
            server.Transport.Input.AdvanceTo(read.Buffer.End);
            await Assert.ThrowsAsync<ConnectionResetException>(async () => await server.Transport.Input.ReadAsync());
            await server.DisposeAsync();
        });
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Reset_FoundByASend_StillFailsTheNextRead(TransportKind kind)
    {
        // The kernel tells of a reset once: after the send that met it, a receive would look like a proper end.
        await using var bench = new TransportBench(kind);
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        await bench.Loop.RunAsync(async () =>
        {
            client.Reset();
            Assert.True((await server.Transport.Output.WriteAsync("x"u8.ToArray())).IsCompleted);
            await Assert.ThrowsAsync<ConnectionResetException>(async () => await server.Transport.Input.ReadAsync());
            await server.DisposeAsync();
        });
        await bench.ExpectNothingLeftAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Reset_WhileFlushWaits_CompletesIt(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        Task<FlushResult> flush = bench.Loop.RunAsync(
            async () => await server.Transport.Output.WriteAsync(Bytes.Pattern(50_000_000)));
        await bench.Loop.RunAsync(() => Task.CompletedTask);
        Assert.False(flush.IsCompleted);
        client.Reset();
        Assert.True((await flush).IsCompleted);
        await bench.Loop.RunAsync(async () => await server.DisposeAsync());
        await bench.ExpectNothingLeftAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Abort_ResetsThePeerAndEndsWhatWaits(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        Task<ReadResult> read = bench.Loop.RunAsync(async () => await server.Transport.Input.ReadAsync());
        Task<FlushResult> flush = bench.Loop.RunAsync(
            async () => await server.Transport.Output.WriteAsync(Bytes.Pattern(50_000_000)));
        CancellationToken closed = await bench.Loop.RunAsync(() => Task.FromResult(server.ConnectionClosed));
        Assert.False(closed.IsCancellationRequested);
        server.Abort(new ConnectionAbortedException("enough"));
        ConnectionAbortedException thrown = await Assert.ThrowsAsync<ConnectionAbortedException>(() => read);
        Assert.Equal("enough", thrown.Message);
        Assert.True((await flush).IsCompleted);
        await Eventually.TrueAsync(() => closed.IsCancellationRequested, "ConnectionClosed fires");
        SocketException reset = await Assert.ThrowsAsync<SocketException>(client.ReceiveToEndAsync);
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
        await server.DisposeAsync();
        client.Dispose();
        await bench.ExpectNothingLeftAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Dispose_WithUnsentBytes_SendsThemInTheBackground(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        byte[] bytes = Bytes.Pattern(30_000_000);
        await bench.Loop.RunAsync(async () =>
        {
            server.Transport.Output.Write(bytes);
            await server.DisposeAsync();
        });
        Assert.True((await client.ReceiveToEndAsync()).AsSpan().SequenceEqual(bytes));
        client.Dispose();
        await bench.ExpectNothingLeftAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Dispose_PeerNeverReads_EndsAfterTheLinger(TransportKind kind)
    {
        await using var bench = new TransportBench(kind, new TransportOptions { LoopCount = 1, LingerMilliseconds = 50 });
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        await bench.Loop.RunAsync(async () =>
        {
            server.Transport.Output.Write(Bytes.Pattern(50_000_000));
            await server.DisposeAsync();
        });
        await bench.ExpectNothingLeftAsync();
        await Eventually.TrueAsync(
            () => client.Poll(0, SelectMode.SelectError) || Failed(client), "the peer sees a reset");
        client.Dispose();

        static bool Failed(Socket socket)
        {
            byte[] buffer = new byte[1 << 20];
            try
            {
                return socket.Available == 0 && socket.Receive(buffer, SocketFlags.Peek) == 0;
            }
            catch (SocketException)
            {
                return true;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Dispose_FiresConnectionClosed(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        CancellationToken closed = await bench.Loop.RunAsync(async () =>
        {
            CancellationToken token = server.ConnectionClosed;
            await server.DisposeAsync();
            return token;
        });
        await Eventually.TrueAsync(() => closed.IsCancellationRequested, "ConnectionClosed fires");
        Assert.Empty(await client.ReceiveToEndAsync());
        client.Dispose();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Features_OfAStockHandler_AreThere(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        await bench.Loop.RunAsync(async () =>
        {
            Assert.Equal(client.LocalEndPoint, server.RemoteEndPoint);
            Assert.Equal(client.RemoteEndPoint, server.LocalEndPoint);
            Assert.Equal(server.RemoteEndPoint, server.Features.Get<IConnectionEndPointFeature>()!.RemoteEndPoint);
            Assert.NotEmpty(server.ConnectionId);
            Assert.Equal(server.ConnectionId, server.Features.Get<IConnectionIdFeature>()!.ConnectionId);
            Assert.NotNull(server.Features.Get<IMemoryPoolFeature>()!.MemoryPool);
            Assert.Same(server.Transport, server.Features.Get<IConnectionTransportFeature>()!.Transport);
            server.Items["key"] = "value";
            Assert.Equal("value", server.Features.Get<IConnectionItemsFeature>()!.Items["key"]);
            Assert.Null(server.Features.Get<Uri>());
            server.Features.Set(new Uri("http://x/"));
            Assert.Equal(new Uri("http://x/"), server.Features.Get<Uri>());
            Assert.Equal(7, server.Features.Count());
            await server.DisposeAsync();
        });
        client.Dispose();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Connections_ComeAndGo_LeaveNothingBehind(TransportKind kind)
    {
        await using var bench = new TransportBench(kind, new TransportOptions { LoopCount = 2 });
        EndPoint endPoint = await bench.ListenAsync(Handlers.EchoAsync);
        await bench.ListenAsync(Handlers.EchoAsync, endPoint, bench.Transport.Loops[1]);
        int count = 0;
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async worker =>
        {
            for (int i = 0; i < 50; i++)
            {
                using Socket client = await bench.ConnectSocketAsync();
                byte[] bytes = Bytes.Pattern(1 + (i * 200), worker);
                await client.SendAllAsync(bytes);
                Assert.True((await client.ReceiveExactlyAsync(bytes.Length)).AsSpan().SequenceEqual(bytes));
                switch (i % 3)
                {
                    case 0:
                        client.Reset();
                        break;
                    case 1:
                        client.Shutdown(SocketShutdown.Send);
                        Assert.Empty(await client.ReceiveToEndAsync());
                        break;
                    default:
                        client.Close();
                        break;
                }

                Interlocked.Increment(ref count);
            }
        }));
        Assert.Equal(1000, count);
        await bench.ExpectNothingLeftAsync();
    }
}
