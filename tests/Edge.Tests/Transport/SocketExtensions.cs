using System.Net.Sockets;

namespace VoltageSoda.Edge.Tests.Transport;

/// <summary>Whole messages over stock sockets, with a limit on the wait.</summary>
internal static class SocketExtensions
{
    public static async Task SendAllAsync(this Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes).AsTask().WaitAsync(LoopRunner.Limit)..];
        }
    }

    public static async Task<byte[]> ReceiveExactlyAsync(this Socket socket, int count)
    {
        byte[] bytes = new byte[count];
        int received = 0;
        while (received < count)
        {
            int n = await socket.ReceiveAsync(bytes.AsMemory(received)).AsTask().WaitAsync(LoopRunner.Limit);
            Assert.True(n > 0, $"The stream ended after {received} of {count} bytes.");
            received += n;
        }

        return bytes;
    }

    /// <summary>Everything up to the FIN.</summary>
    public static async Task<byte[]> ReceiveToEndAsync(this Socket socket)
    {
        var bytes = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        int n;
        while ((n = await socket.ReceiveAsync(buffer.AsMemory()).AsTask().WaitAsync(LoopRunner.Limit)) > 0)
        {
            bytes.Write(buffer, 0, n);
        }

        return bytes.ToArray();
    }

    /// <summary>Closes with RST.</summary>
    public static void Reset(this Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }
}
