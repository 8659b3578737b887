using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace VoltageSoda.Edge.TestKit;

/// <summary>A client that sends and receives bytes as they are. Every wait has a deadline, so a hang fails instead of blocking.</summary>
public sealed class RawClient : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(40);

    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly MemoryStream _received = new();
    private int _taken;

    private RawClient(Socket socket, SslStream? tls = null)
    {
        _socket = socket;
        Tls = tls;
    }

    /// <summary>The TLS session; null over plain TCP.</summary>
    public SslStream? Tls { get; }

    /// <summary>The socket, for options and half-closes.</summary>
    public Socket Socket => _socket;

    /// <summary>Connects and does a TLS handshake; by default any certificate is taken.</summary>
    public static async Task<RawClient> ConnectTlsAsync(EndPoint endPoint, SslClientAuthenticationOptions? options = null)
    {
        Socket socket = await OpenAsync(endPoint);
        SslStream tls = new(new NetworkStream(socket, ownsSocket: true));
        try
        {
            await tls.AuthenticateAsClientAsync(options ?? AnyCertificate("localhost")).WaitAsync(Deadline);
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }

        return new RawClient(socket, tls);
    }

    /// <summary>Options that ask for a host and take any certificate.</summary>
    public static SslClientAuthenticationOptions AnyCertificate(string host) => new()
    {
        TargetHost = host,
        RemoteCertificateValidationCallback = static (_, _, _, _) => true,
    };

    /// <summary>Connects.</summary>
    public static async Task<RawClient> ConnectAsync(EndPoint endPoint) => new(await OpenAsync(endPoint));

    private static async Task<Socket> OpenAsync(EndPoint endPoint)
    {
        Socket socket = new(endPoint.AddressFamily, SocketType.Stream, endPoint is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        if (endPoint is IPEndPoint)
        {
            socket.NoDelay = true;
        }

        await socket.ConnectAsync(endPoint).WaitAsync(Deadline);
        return socket;
    }

    /// <summary>Sends text, one byte per character (Latin-1).</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Sends bytes.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        if (Tls is { } tls)
        {
            using CancellationTokenSource whole = new(Deadline);
            await tls.WriteAsync(bytes, whole.Token);
            return;
        }

        while (!bytes.IsEmpty)
        {
            using CancellationTokenSource deadline = new(Deadline);
            int sent = await _socket.SendAsync(bytes, deadline.Token);
            bytes = bytes[sent..];
        }
    }

    /// <summary>Ends the sending side; receiving goes on.</summary>
    public void HalfClose() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Resets the connection.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    /// <summary>Receives one response: head and body by its framing. Interim responses are returned as responses of their own.</summary>
    public async Task<RawResponse> ReceiveAsync(bool isHead = false)
    {
        string head;
        while (true)
        {
            string text = Pending();
            int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                head = text[..(end + 4)];
                _taken += end + 4;
                break;
            }

            if (!await FillAsync())
            {
                throw new EndOfStreamException("The connection ended inside a response head: '" + text + "'");
            }
        }

        RawResponse response = RawResponse.Parse(head);
        if (isHead || response.Status is (>= 100 and < 200) or 204 or 304)
        {
            return response;
        }

        if (response.Header("Transfer-Encoding") is { } coding && coding.Equals("chunked", StringComparison.OrdinalIgnoreCase))
        {
            return response with { Body = await ChunkedAsync(response), BodyWasComplete = true };
        }

        if (response.Header("Content-Length") is { } length)
        {
            return response with { Body = await ExactlyAsync(int.Parse(length)), BodyWasComplete = true };
        }

        return response with { Body = await ToEndAsync(), BodyWasComplete = true };
    }

    /// <summary>Sends a request and receives its response.</summary>
    public async Task<RawResponse> ExchangeAsync(string request, bool isHead = false)
    {
        await SendAsync(request);
        return await ReceiveAsync(isHead);
    }

    /// <summary>Receives exactly so many bytes, as Latin-1 text.</summary>
    public async Task<string> ExactlyAsync(int length)
    {
        while (_received.Length - _taken < length)
        {
            if (!await FillAsync())
            {
                throw new EndOfStreamException($"The connection ended after {_received.Length - _taken} of {length} bytes.");
            }
        }

        string text = Encoding.Latin1.GetString(_received.GetBuffer(), _taken, length);
        _taken += length;
        return text;
    }

    /// <summary>Receives until the connection ends; a reset throws <see cref="SocketException"/>.</summary>
    public async Task<string> ToEndAsync()
    {
        while (await FillAsync())
        {
        }

        string text = Pending();
        _taken = (int)_received.Length;
        return text;
    }

    /// <summary>Waits until the other side ends the connection, by close or reset; true when nothing came before it.</summary>
    public async Task<bool> IsClosedAsync()
    {
        try
        {
            return (await ToEndAsync()).Length == 0;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Tls?.Dispose();
        _socket.Dispose();
        return default;
    }

    private async Task<string> ChunkedAsync(RawResponse response)
    {
        StringBuilder body = new();
        while (true)
        {
            string size = await LineAsync();
            int length = Convert.ToInt32(size.Split(';')[0], 16);
            if (length == 0)
            {
                while (true)
                {
                    string trailer = await LineAsync();
                    if (trailer.Length == 0)
                    {
                        return body.ToString();
                    }

                    response.Trailers.Add(trailer);
                }
            }

            body.Append(await ExactlyAsync(length));
            if (await ExactlyAsync(2) != "\r\n")
            {
                throw new InvalidDataException("A chunk does not end with CR LF.");
            }
        }
    }

    private async Task<string> LineAsync()
    {
        while (true)
        {
            string text = Pending();
            int end = text.IndexOf("\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                _taken += end + 2;
                return text[..end];
            }

            if (!await FillAsync())
            {
                throw new EndOfStreamException("The connection ended inside chunked framing.");
            }
        }
    }

    private string Pending() => Encoding.Latin1.GetString(_received.GetBuffer(), _taken, (int)_received.Length - _taken);

    private async Task<bool> FillAsync()
    {
        // What was taken is not kept: a client may live for a hundred thousand exchanges.
        if (_taken == _received.Length)
        {
            _received.SetLength(0);
            _taken = 0;
        }

        using CancellationTokenSource deadline = new(Deadline);
        int read = Tls is { } tls ? await tls.ReadAsync(_buffer, deadline.Token) : await _socket.ReceiveAsync(_buffer, deadline.Token);
        _received.Write(_buffer, 0, read);
        return read != 0;
    }
}
