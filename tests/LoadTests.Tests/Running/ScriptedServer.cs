using System.Net;
using System.Net.Sockets;
using System.Text;

namespace VoltageSoda.Edge.LoadTests.Tests.Running;

/// <summary>
/// A server that answers each request as a function of its number says; null ends the connection instead, an empty text says nothing.
/// A thread per connection; the numbers count over all of them, from 0.
/// </summary>
internal sealed class ScriptedServer : IDisposable
{
    public const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<int, string?> _answer;
    private int _requests;

    public ScriptedServer(Func<int, string?> answer)
    {
        _answer = answer;
        _listener.Start(512);
        new Thread(Accept) { IsBackground = true }.Start();
    }

    public int Requests => Volatile.Read(ref _requests);

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    public void Dispose() => _listener.Dispose();

    private void Accept()
    {
        try
        {
            while (true)
            {
                TcpClient client = _listener.AcceptTcpClient();
                client.NoDelay = true;
                new Thread(() => Serve(client)) { IsBackground = true }.Start();
            }
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private void Serve(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                byte[] buffer = new byte[4096];
                int filled = 0;
                while (stream.Read(buffer, filled, buffer.Length - filled) is > 0 and int count)
                {
                    filled += count;
                    if (!buffer.AsSpan(0, filled).EndsWith("\r\n\r\n"u8))
                    {
                        continue;
                    }

                    filled = 0;
                    if (_answer(Interlocked.Increment(ref _requests) - 1) is not { } answer)
                    {
                        return;
                    }

                    stream.Write(Encoding.ASCII.GetBytes(answer));
                    if (answer.Contains("Connection: close", StringComparison.Ordinal))
                    {
                        return;
                    }
                }
            }
            catch (IOException)
            {
                // The runner gave up on this connection.
            }
        }
    }
}
