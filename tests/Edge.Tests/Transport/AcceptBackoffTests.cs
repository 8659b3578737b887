using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Tests.Transport;

/// <summary>Accepting without descriptors to accept with. Alone, since the limit it lowers is the process's.</summary>
[Collection("alone")]
public sealed partial class AcceptBackoffTests
{
    public static TheoryData<TransportKind> Loops => [.. TransportKinds.Loops];

    private const int NumberOfFiles = 7;

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Accept_OutOfDescriptors_BacksOffAndRecovers(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        await bench.ListenAsync(Handlers.EchoAsync);
        using Socket first = await bench.ConnectSocketAsync();
        await first.SendAllAsync("a"u8.ToArray());
        await first.ReceiveExactlyAsync(1);

        // The socket exists before the limit falls; only the accept on the other side needs a new descriptor.
        using var second = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        second.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Assert.Equal(0, GetLimit(NumberOfFiles, out Limit before));
        Assert.Equal(0, SetLimit(NumberOfFiles, before with { Soft = 3 }));
        try
        {
            await second.ConnectAsync(bench.EndPoint).WaitAsync(LoopRunner.Limit);
            await Eventually.TrueAsync(() => bench.Loop.AcceptFailures > 0, "an accept fails");
            (long Failures, long Time) start = (bench.Loop.AcceptFailures, bench.Loop.NowMilliseconds);
            await Eventually.TrueAsync(() => bench.Loop.NowMilliseconds - start.Time > 250, "time passes");

            // Tried again by the timer, not by spinning.
            long elapsed = bench.Loop.NowMilliseconds - start.Time;
            Assert.InRange(bench.Loop.AcceptFailures - start.Failures, 1, (elapsed / 100) + 1);
        }
        finally
        {
            Assert.Equal(0, SetLimit(NumberOfFiles, before));
        }

        await second.SendAllAsync("b"u8.ToArray());
        await second.ReceiveExactlyAsync(1);
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out Limit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, in Limit limit);

    [StructLayout(LayoutKind.Sequential)]
    private record struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}

/// <summary>Tests that no other may run beside.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class AloneDefinition;
