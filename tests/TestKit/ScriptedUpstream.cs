using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace VoltageSoda.Edge.TestKit;

/// <summary>
/// An upstream that answers what a test tells it to: a script per connection over raw bytes, or a function from request to response.
/// </summary>
public sealed class ScriptedUpstream : IAsyncDisposable
{
    private readonly ReservedPort _port;
    private readonly Socket _listener;
    private readonly Func<UpstreamPeer, Task> _script;
    private readonly SslServerAuthenticationOptions? _tls;
    private readonly ConcurrentDictionary<Socket, byte> _open = new();
    // Cancelled, never disposed: scripts may still look at its token.
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private readonly Happening _happening = new();
    private int _connections;
    private int _handshakes;

    private ScriptedUpstream(Func<UpstreamPeer, Task> script, int port, SslServerAuthenticationOptions? tls = null, IPAddress? address = null)
    {
        _script = script;
        _tls = tls;
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _port = ReservedPort.Take(port, address);
        _listener.Bind(_port.EndPoint);
        _listener.Listen(512);
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => _port.EndPoint;

    /// <summary>Address as <c>host:port</c>.</summary>
    public string Address => EndPoint.ToString();

    /// <summary>Connections accepted so far.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Connections that are open now.</summary>
    public int Open => _open.Count;

    /// <summary>Completes with the next connection or request; read it before looking at what it is about.</summary>
    public Task Changed => _happening.Next;

    /// <summary>TLS handshakes done so far.</summary>
    public int Handshakes => Volatile.Read(ref _handshakes);

    /// <summary>Every request seen by <see cref="Respond"/>, in order of arrival.</summary>
    public ConcurrentQueue<UpstreamRequest> Requests { get; } = new();

    /// <summary>Runs a script on each connection; the connection closes when it returns.</summary>
    public static ScriptedUpstream Script(Func<UpstreamPeer, Task> script, int port = 0, SslServerAuthenticationOptions? tls = null) =>
        new(script, port, tls);

    /// <summary>Answers every request with a whole response given as text; keeps connections alive.</summary>
    public static ScriptedUpstream Respond(
        Func<UpstreamRequest, string> answer, int port = 0, SslServerAuthenticationOptions? tls = null, IPAddress? address = null)
    {
        ScriptedUpstream? upstream = null;
        upstream = new ScriptedUpstream(
            async peer =>
            {
                while (await peer.RequestAsync() is { } request)
                {
                    upstream!.Requests.Enqueue(request);
                    upstream._happening.Happened();
                    await peer.SendAsync(answer(request));
                }
            },
            port,
            tls,
            address);
        return upstream;
    }

    /// <summary>A 200 with a body, framed by its length.</summary>
    public static string Ok(string body, params string[] fields) =>
        $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n{string.Concat(fields.Select(static field => field + "\r\n"))}\r\n{body}";

    /// <summary>Waits until so many connections were accepted since the start.</summary>
    public Task ConnectedAsync(int count) => UntilAsync(() => Connections >= count, $"{count} connections have come");

    /// <summary>Waits for a state of its connections and requests; ends with the failure of <paramref name="unless"/> when that fails first.</summary>
    public Task UntilAsync(Func<bool> holds, string what, params Task[] unless) => _happening.UntilAsync(holds, what, unless);

    /// <summary>Closes every open connection; <paramref name="reset"/> does it with a reset.</summary>
    public void CloseConnections(bool reset = false)
    {
        foreach (Socket socket in _open.Keys)
        {
            try
            {
                if (reset)
                {
                    socket.LingerState = new LingerOption(true, 0);
                }

                socket.Close();
            }
            catch (ObjectDisposedException)
            {
                // Its script has just ended.
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync();
        _listener.Dispose();
        CloseConnections();
        await _accepting;
        _port.Retain();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptAsync(_stop.Token);
                socket.NoDelay = true;
                _open[socket] = 0;
                Interlocked.Increment(ref _connections);
                _happening.Happened();
                _ = ServeAsync(socket);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using SslStream? tls = _tls is null ? null : new SslStream(new NetworkStream(socket));
            if (tls is not null)
            {
                await tls.AuthenticateAsServerAsync(_tls!, _stop.Token);
                Interlocked.Increment(ref _handshakes);
            }

            await _script(new UpstreamPeer(socket, _stop.Token, tls));
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException or OperationCanceledException or SocketException or ObjectDisposedException or EndOfStreamException)
        {
            // The edge or the test ended the connection.
        }
        finally
        {
            _open.TryRemove(socket, out _);
            socket.Dispose();
        }
    }
}

/// <summary>One request as the upstream received it.</summary>
/// <param name="Head">Start line and fields, without the final empty line.</param>
/// <param name="Body">Decoded body, Latin-1.</param>
public sealed record UpstreamRequest(string Head, string Body)
{
    /// <summary>First line.</summary>
    public string StartLine => Head.Split("\r\n", 2)[0];

    /// <summary>The request target.</summary>
    public string Target => StartLine.Split(' ')[1];

    /// <summary>The method.</summary>
    public string Method => StartLine.Split(' ')[0];

    /// <summary>First value of a field, or null.</summary>
    public string? Header(string name) => Headers(name).FirstOrDefault();

    /// <summary>Every value of a field.</summary>
    public IReadOnlyList<string> Headers(string name) =>
    [
        .. Head.Split("\r\n").Skip(1).Select(static line => line.Split(':', 2))
            .Where(parts => parts.Length == 2 && parts[0].Equals(name, StringComparison.OrdinalIgnoreCase))
            .Select(static parts => parts[1].Trim()),
    ];
}

/// <summary>The upstream's end of one connection.</summary>
public sealed class UpstreamPeer(Socket socket, CancellationToken stop, SslStream? tls = null)
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private string _pending = "";

    /// <summary>The socket.</summary>
    public Socket Socket => socket;

    /// <summary>The TLS session; null over plain TCP.</summary>
    public SslStream? Tls => tls;

    /// <summary>Receives a request head; null when the connection ended before one.</summary>
    public async Task<string?> HeadAsync()
    {
        while (true)
        {
            int end = _pending.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                string head = _pending[..end];
                _pending = _pending[(end + 4)..];
                return head;
            }

            if (!await FillAsync())
            {
                return null;
            }
        }
    }

    /// <summary>Receives a whole request; null when the connection ended before it was complete.</summary>
    public async Task<UpstreamRequest?> RequestAsync()
    {
        if (await HeadAsync() is not { } head)
        {
            return null;
        }

        UpstreamRequest request = new(head, "");
        if (request.Header("Transfer-Encoding") is not null)
        {
            return request with { Body = await ChunkedAsync() };
        }

        return request.Header("Content-Length") is { } length ? request with { Body = await ExactlyAsync(int.Parse(length)) } : request;
    }

    /// <summary>Receives exactly so many bytes.</summary>
    public async Task<string> ExactlyAsync(int length)
    {
        StringBuilder body = new();
        while (body.Length < length)
        {
            if (_pending.Length == 0 && !await FillAsync())
            {
                throw new EndOfStreamException();
            }

            int take = Math.Min(length - body.Length, _pending.Length);
            body.Append(_pending, 0, take);
            _pending = _pending[take..];
        }

        return body.ToString();
    }

    /// <summary>Sends text, one byte per character.</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Sends bytes.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        if (tls is not null)
        {
            await tls.WriteAsync(bytes, stop);
            return;
        }

        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes, stop)..];
        }
    }

    /// <summary>Resets the connection.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    /// <summary>Waits until the edge ends the connection; what comes before it is returned.</summary>
    public async Task<string> ToEndAsync()
    {
        while (await FillAsync())
        {
        }

        return _pending;
    }

    private async Task<string> ChunkedAsync()
    {
        StringBuilder body = new();
        while (true)
        {
            int length = Convert.ToInt32(await LineAsync(), 16);
            if (length == 0)
            {
                while ((await LineAsync()).Length != 0)
                {
                }

                return body.ToString();
            }

            body.Append(await ExactlyAsync(length));
            await ExactlyAsync(2);
        }
    }

    private async Task<string> LineAsync()
    {
        while (true)
        {
            int end = _pending.IndexOf("\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                string line = _pending[..end];
                _pending = _pending[(end + 2)..];
                return line;
            }

            if (!await FillAsync())
            {
                throw new EndOfStreamException();
            }
        }
    }

    private async Task<bool> FillAsync()
    {
        int read = tls is not null ? await tls.ReadAsync(_buffer, stop) : await socket.ReceiveAsync(_buffer, stop);
        _pending += Encoding.Latin1.GetString(_buffer, 0, read);
        return read != 0;
    }
}
