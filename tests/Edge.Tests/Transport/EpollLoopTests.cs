using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Transport.Loop;

namespace VoltageSoda.Edge.Tests.Transport;

/// <summary>What only the epoll back end promises: descriptor reuse, buffers, bounded turns.</summary>
public sealed class EpollLoopTests
{
    public static TheoryData<TransportKind> Loops => [.. TransportKinds.Loops];

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Events_OfAClosedDescriptorInTheSameBatch_AreDropped(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        var loop = (EpollLoop)bench.Loop;
        var log = new List<string>();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await loop.RunAsync(() =>
        {
            var targets = new EventFdTarget[2];
            EventFdTarget? successor = null;
            for (int i = 0; i < 2; i++)
            {
                int other = 1 - i;
                targets[i] = new EventFdTarget(loop, () =>
                {
                    log.Add("first");
                    EventFdTarget victim = targets[other];
                    int slot = victim.Slot;
                    victim.Close();

                    // The loop gives out its last free slot, which is the victim's, as the kernel does with the descriptor.
                    successor = new EventFdTarget(loop, () => log.Add("successor"));
                    log.Add(successor.Slot == slot ? "same slot" : "other slot");
                });
            }

            // Both are ready before the loop looks again, so that one batch holds an event of each.
            targets[0].Signal();
            targets[1].Signal();
            loop.Timers.Schedule(new Callback(done.SetResult), loop.NowMilliseconds + 20);
            return Task.CompletedTask;
        });
        await done.Task.WaitAsync(LoopRunner.Limit);
        Assert.Equal(["first", "same slot"], log);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Flood_OneConnection_IsBoundedInEveryTurn(TransportKind kind)
    {
        var options = new TransportOptions { LoopCount = 1, TurnOperations = 8, TurnBytes = 64 * 1024 };
        await using var bench = new TransportBench(kind, options);
        var perTurn = new Dictionary<long, (int Reads, long Bytes)>();
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        EndPoint endPoint = await bench.ListenAsync(async connection =>
        {
            long total = 0;
            while (total < 20_000_000)
            {
                ReadResult read = await connection.Transport.Input.ReadAsync();
                (int reads, long bytes) = perTurn.GetValueOrDefault(bench.Loop.Turn);
                perTurn[bench.Loop.Turn] = (reads + 1, bytes + read.Buffer.Length);
                total += read.Buffer.Length;
                connection.Transport.Input.AdvanceTo(read.Buffer.End);
            }

            enough.SetResult();
        });
        using Socket client = await bench.ConnectSocketAsync(endPoint);
        Task sending = client.SendAllAsync(Bytes.Pattern(20_000_000));
        await enough.Task.WaitAsync(LoopRunner.Limit);
        await sending;
        Assert.All(perTurn.Values, turn =>
        {
            Assert.InRange(turn.Reads, 1, options.TurnOperations);
            Assert.InRange(turn.Bytes, 1, options.TurnBytes + BlockPool.LargeSize);
        });
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Flood_OfBufferedBytes_LetsOthersRun(TransportKind kind)
    {
        var options = new TransportOptions { LoopCount = 1, TurnOperations = 8 };
        await using var bench = new TransportBench(kind, options);
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        await client.SendAllAsync(Bytes.Pattern(1000));
        int most = 0;
        await bench.Loop.RunAsync(async () =>
        {
            // As with pipelined requests: each read takes one of many messages that are buffered already.
            await server.Transport.Input.ReadAtLeastAsync(1000);
            int inTurn = 0;
            long turn = 0;
            for (int i = 0; i < 900; i++)
            {
                ReadResult read = await server.Transport.Input.ReadAsync();
                inTurn = bench.Loop.Turn == turn ? inTurn + 1 : 1;
                turn = bench.Loop.Turn;
                most = Math.Max(most, inTurn);
                server.Transport.Input.AdvanceTo(read.Buffer.GetPosition(1));
            }

            await server.DisposeAsync();
        });
        Assert.InRange(most, 1, options.TurnOperations);
        client.Dispose();
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task IdleConnections_HoldNoBuffers(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        await bench.ListenAsync(Handlers.EchoAsync);
        var clients = new List<Socket>();
        for (int i = 0; i < 50; i++)
        {
            Socket client = await bench.ConnectSocketAsync();
            clients.Add(client);
            await client.SendAllAsync(Bytes.Pattern(20_000));
            await client.ReceiveExactlyAsync(20_000);
        }

        var loop = (EpollLoop)bench.Loop;
        Assert.Equal(0, await loop.RunAsync(() => Task.FromResult(loop.Buffers.Outstanding)));
        Assert.Equal(50, loop.OpenConnections);
        clients.ForEach(client => client.Dispose());
        await bench.ExpectNothingLeftAsync();
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Receive_StreamingBody_GrowsItsBuffersAndShrinksBack(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        PipeReader input = server.Transport.Input;
        Task sending = client.SendAllAsync(Bytes.Pattern(4_000_000));
        long largest = 0;
        await bench.Loop.RunAsync(async () =>
        {
            for (long total = 0; total < 4_000_000;)
            {
                ReadResult read = await input.ReadAsync();
                largest = Math.Max(largest, read.Buffer.First.Length);
                total += read.Buffer.Length;
                input.AdvanceTo(read.Buffer.End);
            }
        });
        await sending;
        Assert.True(largest > BlockPool.SmallSize, $"The largest read was {largest}.");
        int room = 0;
        for (int i = 0; i < 20; i++)
        {
            await client.SendAllAsync("small"u8.ToArray());
            await bench.Loop.RunAsync(async () =>
            {
                ReadResult read = await input.ReadAtLeastAsync(5);
                room = ((byte[])read.Buffer.Start.GetObject()!).Length;
                input.AdvanceTo(read.Buffer.End);
            });
        }

        Assert.Equal(BlockPool.SmallSize, room);
        await server.DisposeAsync();
        client.Dispose();
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Receive_ShortMessages_SaveTheReceiveThatFindsNothing(TransportKind kind)
    {
        // After a message that left room in the buffer, a read must not try the socket again; bytes that have come
        // meanwhile are an edge, which the next turn brings.
        await using var bench = new TransportBench(kind);
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        await bench.Loop.RunAsync(async () =>
        {
            PipeReader input = server.Transport.Input;
            for (int i = 0; i < 100; i++)
            {
                client.Send("one"u8);
                ReadResult read = await input.ReadAtLeastAsync(3);
                Assert.Equal(3, read.Buffer.Length);
                input.AdvanceTo(read.Buffer.End);
                client.Send("two"u8);
                Assert.False(input.TryRead(out _));
                read = await input.ReadAtLeastAsync(3);
                input.AdvanceTo(read.Buffer.End);
            }

            await server.DisposeAsync();
        });
        client.Dispose();
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Spinning_LoopsServeAsUsual(TransportKind kind)
    {
        await using var bench = new TransportBench(
            kind, new TransportOptions { LoopCount = 1, SpinMicroseconds = 50 });
        await bench.ListenAsync(Handlers.EchoAsync);
        using Socket client = await bench.ConnectSocketAsync();
        for (int i = 0; i < 1000; i++)
        {
            await client.SendAllAsync("x"u8.ToArray());
            await client.ReceiveExactlyAsync(1);
        }
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Write_WhileAWriteWaits_KeepsTheOrder(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        byte[] first = Bytes.Pattern(40_000_000);
        byte[] second = Bytes.Pattern(1000, first.Length);
        Task sending = bench.Loop.RunAsync(async () =>
        {
            ValueTask<FlushResult> waiting = server.Transport.Output.WriteAsync(first);
            Assert.False(waiting.IsCompleted);
            server.Transport.Output.Write(second);
            await waiting;
            await server.Transport.Output.CompleteAsync();
            await server.DisposeAsync();
        });
        byte[] received = await client.ReceiveToEndAsync();
        await sending;
        Assert.True(received.AsSpan().SequenceEqual([.. first, .. second]));
        client.Dispose();
        await bench.ExpectNothingLeftAsync();
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task GetMemory_BeforeAWaitingFlushEnds_StaysTheCallers(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        byte[] first = Bytes.Pattern(20_000_000);
        Task sending = bench.Loop.RunAsync(async () =>
        {
            PipeWriter output = server.Transport.Output;
            output.Write(first);
            ValueTask<FlushResult> waiting = output.FlushAsync();
            Assert.False(waiting.IsCompleted);
            Memory<byte> held = output.GetMemory(100);
            await waiting;

            // Were the block back in the pool, this connection's next user of it would overwrite what is written here.
            Block other = ((EpollLoop)bench.Loop).Buffers.Rent(BlockPool.Small);
            other.Array.AsSpan().Fill(0xEE);
            "held"u8.CopyTo(held.Span);
            output.Advance(4);
            other.Array.AsSpan().Fill(0xEE);
            ((EpollLoop)bench.Loop).Buffers.Return(other);
            await output.CompleteAsync();
            await server.DisposeAsync();
        });
        byte[] received = await client.ReceiveToEndAsync();
        await sending;
        Assert.Equal("held"u8.ToArray(), received[^4..]);
        Assert.Equal(first.Length + 4, received.Length);
        client.Dispose();
        await bench.ExpectNothingLeftAsync();
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task GetMemory_ConnectionFailsMeanwhile_StaysTheCallers(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        await bench.Loop.RunAsync(async () =>
        {
            PipeWriter output = server.Transport.Output;
            output.Write(Bytes.Pattern(20_000_000));
            ValueTask<FlushResult> waiting = output.FlushAsync();
            Assert.False(waiting.IsCompleted);
            Memory<byte> held = output.GetMemory(100);
            client.Reset();
            Assert.True((await waiting).IsCompleted);

            // Whoever rents next must not get the memory that is still held.
            Block other = ((EpollLoop)bench.Loop).Buffers.Rent(BlockPool.Small);
            Assert.True(MemoryMarshal.TryGetArray(held, out ArraySegment<byte> array));
            Assert.NotSame(other.Array, array.Array);
            ((EpollLoop)bench.Loop).Buffers.Return(other);
            output.Advance(4);
            await server.DisposeAsync();
        });
        await bench.ExpectNothingLeftAsync();
    }

    private sealed class Callback(Action action) : TimerEntry
    {
        protected internal override void OnExpired(long nowMs) => action();
    }

    private sealed unsafe class EventFdTarget : IPollTarget
    {
        private readonly EpollLoop _loop;
        private readonly Action _onEvent;

        public EventFdTarget(EpollLoop loop, Action onEvent)
        {
            _loop = loop;
            _onEvent = onEvent;
            Descriptor = Libc.EventFd(0, Libc.EventFdNonBlockCloseOnExec);
            Slot = loop.TakeSlot(this);
            Assert.Equal(0, loop.Watch(Descriptor, Slot, Libc.EpollIn | Libc.EpollEdgeTriggered));
        }

        public int Descriptor { get; }

        public int Slot { get; }

        public void Signal()
        {
            ulong one = 1;
            Libc.Write(Descriptor, &one, sizeof(ulong));
        }

        public void Close()
        {
            _loop.ReleaseSlot(Slot);
            _ = Libc.Close(Descriptor);
        }

        public void OnEvents(uint flags) => _onEvent();

        public void OnLoopClosing() => Close();
    }
}
