using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Tests.Transport;

/// <summary>
/// The steady state allocates nothing on a loop's thread. Alone, since a collection that another test causes counts the rest of each thread's
/// allocation block as used.
/// </summary>
[Collection("alone")]
public sealed class TransportAllocationTests
{
    public static TheoryData<TransportKind> Loops => [.. TransportKinds.Loops];

    private const int Rounds = 100_000;

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task EchoRoundTrips_OnLoops_AllocateNothing(TransportKind kind)
    {
        await using var bench = new TransportBench(kind, new TransportOptions { LoopCount = 2 });
        EventLoop clientLoop = bench.Transport.Loops[1];
        EndPoint endPoint = await bench.ListenAsync(Handlers.EchoAsync);
        (long Client, long Server) least = (long.MaxValue, long.MaxValue);
        await clientLoop.RunAsync(async () =>
        {
            ConnectResult connected = await bench.Transport.ConnectAsync(clientLoop, endPoint, 5000);
            ConnectionContext connection = connected.Connection!;

            // Several times, since the runtime allocates a little when it replaces a method's code by a better one.
            for (int i = 0; i < 4 && least.Client > Allocations.StateMachine; i++)
            {
                await PingAsync(connection, 2000);
                long serverBefore = await AllocatedAsync(bench.Loop);
                long before = GC.GetAllocatedBytesForCurrentThread();
                await PingAsync(connection, Rounds);
                least.Client = Math.Min(least.Client, GC.GetAllocatedBytesForCurrentThread() - before);
                least.Server = Math.Min(least.Server, await AllocatedAsync(bench.Loop) - serverBefore);
            }

            await connection.DisposeAsync();
        });
        Assert.InRange(least.Client, 0, Allocations.StateMachine);

        // Asking the server's loop costs it posted callbacks, which are the test's.
        Assert.InRange(least.Server, 0, 4096);
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
