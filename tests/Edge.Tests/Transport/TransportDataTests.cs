using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Tests.Transport;

/// <summary>Bytes in and out, over both back ends.</summary>
public sealed class TransportDataTests
{
    public static TheoryData<TransportKind> Kinds => [.. TransportKinds.All];

    public static TheoryData<TransportKind, int> KindsAndPieces => TransportKinds.With(TransportKinds.All, 1, 5000, 200_000);

    public static TheoryData<TransportKind, int> KindsAndSizes()
    {
        var data = new TheoryData<TransportKind, int>();
        foreach (TransportKind kind in Enum.GetValues<TransportKind>())
        {
            foreach (int size in (int[])[1, 100, 8191, 8192, 8193, 65_536, 1_000_003, 16_000_000])
            {
                data.Add(kind, size);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(KindsAndSizes))]
    public async Task Echo_AnySize_ComesBackWhole(TransportKind kind, int size)
    {
        await using var bench = new TransportBench(kind);
        await bench.ListenAsync(Handlers.EchoAsync);
        using Socket client = await bench.ConnectSocketAsync();
        byte[] sent = Bytes.Pattern(size);
        Task sending = client.SendAllAsync(sent);
        byte[] received = await client.ReceiveExactlyAsync(size);
        await sending;
        Assert.True(sent.AsSpan().SequenceEqual(received));
        client.Shutdown(SocketShutdown.Send);
        Assert.Empty(await client.ReceiveToEndAsync());
        await bench.ExpectNothingLeftAsync();
    }

    [Theory]
    [MemberData(nameof(KindsAndPieces))]
    public async Task Echo_ThroughTheWritersMemory_ComesBackWhole(TransportKind kind, int pieceSize)
    {
        await using var bench = new TransportBench(kind);
        await bench.ListenAsync(connection => Handlers.EchoByCopyAsync(connection, pieceSize));
        using Socket client = await bench.ConnectSocketAsync();
        byte[] sent = Bytes.Pattern(400_000);
        Task sending = client.SendAllAsync(sent);
        byte[] received = await client.ReceiveExactlyAsync(sent.Length);
        await sending;
        Assert.True(sent.AsSpan().SequenceEqual(received));
        client.Shutdown(SocketShutdown.Send);
        Assert.Empty(await client.ReceiveToEndAsync());
        await bench.ExpectNothingLeftAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Read_AnyConsumption_SeesEveryByteOnce(TransportKind kind)
    {
        const int Total = 3_000_000;
        await using var bench = new TransportBench(kind);
        var done = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        await bench.ListenAsync(async connection =>
        {
            try
            {
                done.SetResult(await ReadAtRandomAsync(connection.Transport.Input, new Random(4711)));
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        });
        using Socket client = await bench.ConnectSocketAsync();
        byte[] sent = Bytes.Pattern(Total);
        var random = new Random(42);
        for (int at = 0; at < Total;)
        {
            int n = Math.Min(random.Next(5) == 0 ? random.Next(1, 200_000) : random.Next(1, 3000), Total - at);
            await client.SendAllAsync(sent.AsMemory(at, n));
            at += n;
        }

        client.Shutdown(SocketShutdown.Send);
        Assert.Equal(Total, await done.Task.WaitAsync(LoopRunner.Limit));
        await bench.ExpectNothingLeftAsync();

        static async Task<long> ReadAtRandomAsync(PipeReader input, Random random)
        {
            long consumed = 0;
            long examinedTo = 0;
            long available = 0;
            while (true)
            {
                ReadResult read = random.Next(8) == 0
                    ? await input.ReadAtLeastAsync(random.Next(1, 100_000))
                    : await input.ReadAsync();
                ReadOnlySequence<byte> bytes = read.Buffer;
                Assert.True(read.IsCompleted || consumed + bytes.Length > examinedTo, "A read brings something not yet examined.");
                Assert.True(consumed + bytes.Length >= available, "Nothing is lost.");
                Bytes.AssertPattern(bytes, consumed);
                available = consumed + bytes.Length;
                if (read.IsCompleted && bytes.Length < 1000)
                {
                    input.AdvanceTo(bytes.End);
                    return available;
                }

                long take = random.Next(3) switch
                {
                    0 => 0,
                    1 => bytes.Length,
                    _ => random.NextInt64(bytes.Length + 1),
                };
                long examine = random.Next(2) == 0 ? take + random.NextInt64(bytes.Length - take + 1) : bytes.Length;
                input.AdvanceTo(bytes.GetPosition(take), bytes.GetPosition(examine));
                consumed += take;
                examinedTo = consumed - take + examine;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Read_NotAllExamined_CompletesAtOnce(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        await client.SendAllAsync("abcdef"u8.ToArray());
        await bench.Loop.RunAsync(async () =>
        {
            PipeReader input = server.Transport.Input;
            ReadResult read = await input.ReadAtLeastAsync(6);
            input.AdvanceTo(read.Buffer.GetPosition(2), read.Buffer.GetPosition(4));
            ValueTask<ReadResult> again = input.ReadAsync();
            Assert.True(again.IsCompleted);
            read = await again;
            Assert.Equal("cdef"u8.ToArray(), read.Buffer.ToArray());
            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            ValueTask<ReadResult> waiting = input.ReadAsync();
            Assert.False(waiting.IsCompleted);
            await client.SendAsync("gh"u8.ToArray());
            read = await waiting;
            Assert.Equal("cdefgh"u8.ToArray(), read.Buffer.ToArray());
            input.AdvanceTo(read.Buffer.End);
            Assert.False(input.TryRead(out _));
            await server.DisposeAsync();
        });
        client.Dispose();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Flush_PeerDoesNotRead_WaitsAndThenDeliversAll(TransportKind kind)
    {
        const int Limit = 64 * 1024 * 1024;
        await using var bench = new TransportBench(kind);
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        byte[] piece = Bytes.Pattern(251 * 257);
        long written = 0;
        Task<FlushResult> blocked = bench.Loop.RunAsync(async () =>
        {
            PipeWriter output = server.Transport.Output;
            while (written < Limit)
            {
                written += piece.Length;
                ValueTask<FlushResult> flush = output.WriteAsync(piece);
                if (!flush.IsCompleted)
                {
                    return flush.AsTask();
                }

                await flush;
            }

            throw new InvalidOperationException("The writer never had to wait.");
        }).Unwrap();
        await Eventually.TrueAsync(() => Volatile.Read(ref written) > 0, "it writes");
        await bench.Loop.RunAsync(() => Task.CompletedTask);
        Assert.False(blocked.IsCompleted, "Nobody has read.");
        Task<byte[]> reading = client.ReceiveExactlyAsync((int)written);
        FlushResult result = await blocked.WaitAsync(LoopRunner.Limit);
        Assert.False(result.IsCompleted || result.IsCanceled);
        byte[] received = await reading;
        for (int i = 0; i < received.Length; i += piece.Length)
        {
            Assert.True(received.AsSpan(i, piece.Length).SequenceEqual(piece));
        }

        await bench.Loop.RunAsync(async () => await server.DisposeAsync());
        client.Dispose();
        await bench.ExpectNothingLeftAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Flush_CanceledWhileWaiting_KeepsTheBytes(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        byte[] first = Bytes.Pattern(40_000_000);
        byte[] second = Bytes.Pattern(50_000, first.Length);
        byte[] copy = [.. first];
        await bench.Loop.RunAsync(async () =>
        {
            PipeWriter output = server.Transport.Output;
            ValueTask<FlushResult> flush = output.WriteAsync(first);
            Assert.False(flush.IsCompleted);
            output.CancelPendingFlush();
            Assert.True((await flush).IsCanceled);

            // The memory is the caller's again: what the peer gets must not change with it.
            first.AsSpan().Clear();
        });
        Task sending = bench.Loop.RunAsync(async () =>
        {
            await server.Transport.Output.WriteAsync(second);
            await server.Transport.Output.CompleteAsync();
        });
        byte[] received = await client.ReceiveToEndAsync();
        await sending;
        Assert.True(received.AsSpan().SequenceEqual([.. copy, .. second]));
        await bench.Loop.RunAsync(async () => await server.DisposeAsync());
        client.Dispose();
        await bench.ExpectNothingLeftAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Write_SegmentsAndBufferedBytes_ArriveInOrder(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        byte[] expected = Bytes.Pattern(3_000_000);
        Task sending = bench.Loop.RunAsync(async () =>
        {
            PipeWriter output = server.Transport.Output;
            var random = new Random(7);
            int at = 0;
            while (at < expected.Length)
            {
                int buffered = Math.Min(random.Next(0, 20_000), expected.Length - at);
                output.Write(expected.AsSpan(at, buffered));
                Assert.Equal(buffered, output.UnflushedBytes);
                at += buffered;
                var parts = new List<byte[]>();
                for (int i = random.Next(0, 12); i > 0; i--)
                {
                    int n = Math.Min(random.Next(0, random.Next(2) == 0 ? 50 : 9000), expected.Length - at);
                    parts.Add(expected[at..(at + n)]);
                    at += n;
                }

                await ((IGatheringOutput)output).WriteAsync(Segments.Of(parts));
                Assert.Equal(0, output.UnflushedBytes);
            }

            await output.CompleteAsync();
        });
        byte[] received = await client.ReceiveToEndAsync();
        await sending;
        Assert.True(received.AsSpan().SequenceEqual(expected));
        await bench.Loop.RunAsync(async () => await server.DisposeAsync());
        client.Dispose();
        await bench.ExpectNothingLeftAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task CancelPendingRead_WaitingOrNot_GivesOneCanceledResult(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        await bench.Loop.RunAsync(async () =>
        {
            PipeReader input = server.Transport.Input;
            ValueTask<ReadResult> waiting = input.ReadAsync();
            Assert.False(waiting.IsCompleted);
            input.CancelPendingRead();
            ReadResult read = await waiting;
            Assert.True(read.IsCanceled && !read.IsCompleted && read.Buffer.IsEmpty);
            input.AdvanceTo(read.Buffer.End);

            input.CancelPendingRead();
            read = await input.ReadAsync();
            Assert.True(read.IsCanceled);
            input.AdvanceTo(read.Buffer.End);

            waiting = input.ReadAsync();
            Assert.False(waiting.IsCompleted);
            await client.SendAsync("x"u8.ToArray());
            read = await waiting;
            Assert.False(read.IsCanceled);
            Assert.Equal(1, read.Buffer.Length);
            input.AdvanceTo(read.Buffer.End);
        });
        Task<ReadResult> canceled = bench.Loop.RunAsync(async () => await server.Transport.Input.ReadAsync());
        server.Transport.Input.CancelPendingRead();
        Assert.True((await canceled).IsCanceled);
        await bench.Loop.RunAsync(async () => await server.DisposeAsync());
        client.Dispose();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Read_TokenCanceled_ThrowsAndTheNextReadWorks(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        using var cancellation = new CancellationTokenSource();
        Task<ReadResult> read = bench.Loop.RunAsync(async () => await server.Transport.Input.ReadAsync(cancellation.Token));
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        await client.SendAllAsync("abc"u8.ToArray());
        ReadResult after = await bench.Loop.RunAsync(async () => await server.Transport.Input.ReadAtLeastAsync(3));
        Assert.Equal("abc"u8.ToArray(), after.Buffer.ToArray());
        await bench.Loop.RunAsync(async () => await server.DisposeAsync());
        client.Dispose();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Pipes_UsedFromOtherThreads_WorkAndResumeOnTheLoop(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        PipeReader input = server.Transport.Input;
        ValueTask<ReadResult> read = input.ReadAtLeastAsync(5);
        var resumedOnLoop = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await Task.Run(() => read.GetAwaiter().UnsafeOnCompleted(() => resumedOnLoop.SetResult(bench.Loop.IsCurrent)));
        await client.SendAllAsync("hello"u8.ToArray());
        Assert.True(await resumedOnLoop.Task.WaitAsync(LoopRunner.Limit));
        ReadOnlySequence<byte> bytes = (await read).Buffer;
        Assert.Equal("hello"u8.ToArray(), bytes.ToArray());
        input.AdvanceTo(bytes.End);

        byte[] large = Bytes.Pattern(5_000_000);
        Task sending = Task.Run(async () =>
        {
            server.Transport.Output.Write(large);
            await server.Transport.Output.FlushAsync();
            server.Transport.Output.Complete();
        });
        Assert.True((await client.ReceiveToEndAsync()).AsSpan().SequenceEqual(large));
        await sending.WaitAsync(LoopRunner.Limit);
        await server.DisposeAsync();
        client.Dispose();
        await bench.ExpectNothingLeftAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task TryRead_IdleConnectionClosedByPeer_ShowsTheEnd(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        (Socket client, ConnectionContext server) = await bench.ConnectPairAsync();
        var life = (IConnectionLifeSignal)server;
        await bench.Loop.RunAsync(() =>
        {
            life.LifeObserver = new RecordingObserver();
            Assert.False(server.Transport.Input.TryRead(out _));
            return Task.CompletedTask;
        });
        client.Shutdown(SocketShutdown.Send);
        await Eventually.TrueAsync(() => life.IsHalfClosed, "the FIN is seen");
        await bench.Loop.RunAsync(async () =>
        {
            Assert.True(server.Transport.Input.TryRead(out ReadResult read));
            Assert.True(read.IsCompleted);
            await server.DisposeAsync();
        });
        client.Dispose();
    }
}
