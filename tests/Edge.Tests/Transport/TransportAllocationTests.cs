using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Tests.Transport;

/// <summary>The steady state allocates nothing on a loop's thread.</summary>
public sealed class TransportAllocationTests
{
    private const int Rounds = 100_000;

    [Fact]
    public async Task EchoRoundTrips_OnLoops_AllocateNothing()
    {
        await using var bench = new TransportBench(TransportKind.Epoll, new TransportOptions { LoopCount = 2 });
        EventLoop clientLoop = bench.Transport.Loops[1];
        EndPoint endPoint = await bench.ListenAsync(Handlers.EchoAsync);
        long clientBytes = await clientLoop.RunAsync(async () =>
        {
            ConnectResult connected = await bench.Transport.ConnectAsync(clientLoop, endPoint, 5000);
            ConnectionContext connection = connected.Connection!;
            await PingAsync(connection, 2000);
            long serverBefore = await AllocatedAsync(bench.Loop);
            long before = GC.GetAllocatedBytesForCurrentThread();
            await PingAsync(connection, Rounds);
            long client = GC.GetAllocatedBytesForCurrentThread() - before;
            long server = await AllocatedAsync(bench.Loop) - serverBefore;
            await connection.DisposeAsync();

            // Asking the server's loop costs it two posted callbacks, which are the test's.
            Assert.InRange(server, 0, 4096);
            return client;
        });
        Assert.InRange(clientBytes, 0, Allocations.StateMachine);
    }

    private static Task<long> AllocatedAsync(EventLoop loop) => loop.RunAsync(() => Task.FromResult(GC.GetAllocatedBytesForCurrentThread()));

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder))]
    private static async ValueTask PingAsync(ConnectionContext connection, int rounds)
    {
        PipeReader input = connection.Transport.Input;
        PipeWriter output = connection.Transport.Output;
        for (int i = 0; i < rounds; i++)
        {
            "ping"u8.CopyTo(output.GetSpan(4));
            output.Advance(4);
            await output.FlushAsync();
            ReadResult read = await input.ReadAsync();
            input.AdvanceTo(read.Buffer.End);
        }
    }
}
