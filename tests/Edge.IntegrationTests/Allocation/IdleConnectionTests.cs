using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Allocation;

/// <summary>What one idle kept-alive connection holds of this process's heap.</summary>
[Collection("alone")]
public sealed partial class IdleConnectionTests
{
    private const int Connections = 2000;
    private const long Bound = 4096;

    [Fact]
    public async Task Idle_AfterARequest_HoldsLessThanFourKibibytes()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        List<int> sockets = new(Connections + 100);
        try
        {
            // Pools, tables and code grow with the first ones.
            Open(edge.Proxy, sockets, 100);
            long before = Live();
            Open(edge.Proxy, sockets, Connections);
            long each = (Live() - before) / Connections;
            Assert.Equal(sockets.Count, edge.Host.Limits.Total);
            Assert.InRange(each, 1, Bound);
        }
        finally
        {
            foreach (int socket in sockets)
            {
                _ = Close(socket);
            }
        }
    }

    private static long Live()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    // The client's ends are bare descriptors, so that nothing of them is on the heap that is measured.
    private static unsafe void Open(IPEndPoint endPoint, List<int> sockets, int count)
    {
        byte* address = stackalloc byte[16];
        BinaryPrimitives.WriteUInt16LittleEndian(new Span<byte>(address, 2), 2);
        BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(address + 2, 2), (ushort)endPoint.Port);
        endPoint.Address.TryWriteBytes(new Span<byte>(address + 4, 4), out _);
        byte* answer = stackalloc byte[4096];
        for (int i = 0; i < count; i++)
        {
            int socket = Socket(2, 1, 0);
            Assert.True(socket >= 0);
            sockets.Add(socket);
            Assert.Equal(0, Connect(socket, address, 16));
            fixed (byte* request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8)
            {
                Assert.True(Send(socket, request, 27, 0) == 27);
            }

            Assert.True(Receive(socket, answer, 4096, 0) > 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "socket")]
    private static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "connect")]
    private static unsafe partial int Connect(int socket, byte* address, int length);

    [LibraryImport("libc", EntryPoint = "send")]
    private static unsafe partial nint Send(int socket, byte* bytes, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv")]
    private static unsafe partial nint Receive(int socket, byte* bytes, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int socket);
}
