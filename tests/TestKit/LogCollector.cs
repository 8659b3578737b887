using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace VoltageSoda.Edge.TestKit;

/// <summary>A server that takes log batches over HTTP/1.1, keeps every entry and answers as it is told.</summary>
public sealed class LogCollector : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<Delivery> _deliveries = Channel.CreateUnbounded<Delivery>();
    private readonly ConcurrentDictionary<Task, byte> _connections = new();
    private readonly Task _accepting;

    /// <summary>Listens on 127.0.0.1; port 0 takes a free one. Where somebody waits for the port a delivery may come at once.</summary>
    public LogCollector(int port = 0, Action<Delivery>? received = null)
    {
        Received = received;
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Status of the answer to a delivery; 200 by default.</summary>
    public Func<Delivery, int> Answer { get; set; } = static _ => 200;

    /// <summary>Called with each delivery before it is answered.</summary>
    public Action<Delivery>? Received { get; }

    /// <summary>The next delivery.</summary>
    public async Task<Delivery> NextAsync() => await _deliveries.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections.Keys);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptSocketAsync(_stop.Token);
                _connections.TryAdd(Task.Run(() => ServeAsync(socket)), 0);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using NetworkStream stream = new(socket, ownsSocket: true);
        try
        {
            while (await ReadAsync(stream) is { } delivery)
            {
                Received?.Invoke(delivery);
                _deliveries.Writer.TryWrite(delivery);
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {Answer(delivery)} X\r\nContent-Length: 2\r\n\r\nok"), _stop.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The other side left, or the test ends.
        }
    }

    private async Task<Delivery?> ReadAsync(NetworkStream stream)
    {
        List<byte> held = [];
        byte[] buffer = new byte[64 * 1024];
        int end = -1, length = 0;
        while (end < 0 || held.Count < end + length)
        {
            int read = await stream.ReadAsync(buffer, _stop.Token);
            if (read == 0)
            {
                return null;
            }

            held.AddRange(buffer.AsSpan(0, read));
            if (end < 0)
            {
                ReadOnlySpan<byte> bytes = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(held);
                end = bytes.IndexOf("\r\n\r\n"u8);
                end = end < 0 ? -1 : end + 4;
                length = end < 0 ? 0 : LengthOf(Encoding.ASCII.GetString(bytes[..end]));
            }
        }

        byte[] all = [.. held];
        return new Delivery(Encoding.ASCII.GetString(all, 0, end), Encoding.UTF8.GetString(all, end, length));
    }

    private static int LengthOf(string head)
    {
        string line = head.Split("\r\n").First(static line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        return int.Parse(line.AsSpan(line.IndexOf(':') + 1), System.Globalization.CultureInfo.InvariantCulture);
    }
}

/// <summary>One request that a collector got.</summary>
/// <param name="Head">Request line and fields.</param>
/// <param name="Body">The batch.</param>
public sealed record Delivery(string Head, string Body)
{
    /// <summary>The value of a field, or null.</summary>
    public string? Header(string name) => Head.Split("\r\n").Skip(1)
        .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).Select(line => line[(name.Length + 1)..].Trim()).FirstOrDefault();

    /// <summary>The entries, whether the body is one or an array.</summary>
    public IReadOnlyList<JsonElement> Entries()
    {
        JsonElement root = JsonDocument.Parse(Body).RootElement;
        return root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray()] : [root];
    }
}
