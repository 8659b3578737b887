using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Tests.Transport;

/// <summary>Many connections in one turn of a loop: what is received ahead of its handler and sent behind it is neither lost nor doubled.</summary>
public sealed class BatchTests
{
    public static TheoryData<TransportKind> Loops => [.. TransportKinds.Loops];

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Turn_WithManyReadyConnections_ServesEach(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        await bench.ListenAsync(connection => Handlers.EchoByCopyAsync(connection, 5000));
        Socket[] clients = await ConnectAsync(bench, 150);
        for (int round = 0; round < 3; round++)
        {
            byte[][] sent = [.. clients.Select((_, i) => Bytes.Pattern(i * 37 % 9000 + 1 + round))];
            using (await HoldAsync(bench.Loop))
            {
                await Task.WhenAll(clients.Select((client, i) => client.SendAllAsync(sent[i])));
            }

            for (int i = 0; i < clients.Length; i++)
            {
                byte[] received = await clients[i].ReceiveExactlyAsync(sent[i].Length);
                Assert.True(sent[i].AsSpan().SequenceEqual(received));
            }
        }

        Array.ForEach(clients, client => client.Dispose());
        await bench.ExpectNothingLeftAsync();
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Abort_AfterAFlushOfTheSameTurn_ComesBehindIt(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        await bench.ListenAsync(async connection =>
        {
            ReadResult read = await connection.Transport.Input.ReadAsync();
            connection.Transport.Input.AdvanceTo(read.Buffer.End);
            connection.Transport.Output.Write("bye"u8);
            await connection.Transport.Output.FlushAsync();
            connection.Abort(new ConnectionAbortedException("over"));
        });
        Socket[] clients = await ConnectAsync(bench, 20);
        using (await HoldAsync(bench.Loop))
        {
            await Task.WhenAll(clients.Select(client => client.SendAllAsync("x"u8.ToArray())));
        }

        foreach (Socket client in clients)
        {
            Assert.Equal("bye"u8.ToArray(), await client.ReceiveExactlyAsync(3));
            client.Dispose();
        }

        await bench.ExpectNothingLeftAsync();
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Dispose_ByAnotherConnectionOfTheTurn_LeavesNothingBehind(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        var connections = new ConcurrentBag<ConnectionContext>();
        await bench.ListenAsync(async connection =>
        {
            connections.Add(connection);
            try
            {
                ReadResult read = await connection.Transport.Input.ReadAsync();
                connection.Transport.Input.AdvanceTo(read.Buffer.End);
            }
            catch (ConnectionAbortedException)
            {
                return;
            }

            foreach (ConnectionContext other in connections)
            {
                if (!ReferenceEquals(other, connection))
                {
                    other.Abort(new ConnectionAbortedException("another one was first"));
                }
            }
        });
        Socket[] clients = await ConnectAsync(bench, 40);
        await Eventually.TrueAsync(() => connections.Count == clients.Length, "every connection is accepted");
        using (await HoldAsync(bench.Loop))
        {
            await Task.WhenAll(clients.Select(client => client.SendAllAsync(Bytes.Pattern(100))));
        }

        await bench.ExpectNothingLeftAsync();
        Array.ForEach(clients, client => client.Dispose());
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Cancel_OfAReadWhoseBytesHaveCome_LosesNone(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        var readers = new List<PipeReader>();
        int cancelled = 0;
        await bench.ListenAsync(async connection =>
        {
            PipeReader input = connection.Transport.Input;
            readers.Add(input);
            while (true)
            {
                ReadResult read = await input.ReadAsync();
                cancelled += read.IsCanceled ? 1 : 0;
                foreach (PipeReader other in readers)
                {
                    if (!ReferenceEquals(other, input) && !read.IsCanceled)
                    {
                        other.CancelPendingRead();
                    }
                }

                byte[] bytes = read.Buffer.ToArray();
                input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    readers.Remove(input);
                    return;
                }

                await connection.Transport.Output.WriteAsync(bytes);
            }
        });
        Socket[] clients = await ConnectAsync(bench, 30);
        byte[] sent = Bytes.Pattern(3000);
        using (await HoldAsync(bench.Loop))
        {
            await Task.WhenAll(clients.Select(client => client.SendAllAsync(sent)));
        }

        foreach (Socket client in clients)
        {
            byte[] received = await client.ReceiveExactlyAsync(sent.Length);
            Assert.True(sent.AsSpan().SequenceEqual(received));
            client.Dispose();
        }

        Assert.NotEqual(0, cancelled);
        await bench.ExpectNothingLeftAsync();
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Flush_ToAPeerThatDoesNotRead_WaitsWithLittleBuffered(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        long accepted = 0;
        await bench.ListenAsync(async connection =>
        {
            byte[] piece = Bytes.Pattern(1000);
            while (true)
            {
                FlushResult flush = await connection.Transport.Output.WriteAsync(piece);
                if (flush.IsCompleted)
                {
                    return;
                }

                Interlocked.Add(ref accepted, piece.Length);
            }
        });
        using Socket client = await bench.ConnectSocketAsync();
        long before;
        do
        {
            before = Interlocked.Read(ref accepted);

            // Two turns in which the writer could have gone on.
            await bench.Loop.RunAsync(() => Task.CompletedTask);
            await bench.Loop.RunAsync(() => Task.CompletedTask);
        }
        while (Interlocked.Read(ref accepted) != before);

        Assert.NotEqual(0, before);
        client.Dispose();
        await bench.ExpectNothingLeftAsync();
    }

    private static async Task<Socket[]> ConnectAsync(TransportBench bench, int count)
    {
        var clients = new Socket[count];
        for (int i = 0; i < count; i++)
        {
            clients[i] = await bench.ConnectSocketAsync();
        }

        return clients;
    }

    /// <summary>Keeps the loop from looking at its sockets until disposed, so that one turn finds them all ready.</summary>
    private static async Task<IDisposable> HoldAsync(EventLoop loop)
    {
        var held = new Held();
        loop.Post(static state => ((Held)state!).Wait(), held);
        await held.Reached.WaitAsync(LoopRunner.Limit);
        return held;
    }

    private sealed class Held : IDisposable
    {
        private readonly ManualResetEventSlim _gate = new();
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task;

        public void Wait()
        {
            _reached.SetResult();
            _gate.Wait(LoopRunner.Limit);
        }

        public void Dispose() => _gate.Set();
    }
}
