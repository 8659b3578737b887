using System.Net;
using System.Net.Sockets;
using System.Text;
using VoltageSoda.Edge.LoadTests.Origin;

namespace VoltageSoda.Edge.LoadTests.Tests.Origin;

public sealed class OriginServerTests : IDisposable
{
    private const string Head = "HTTP/1.1 200 OK\r\nServer: origin\r\nContent-Type: text/plain\r\nContent-Length: 1024\r\n\r\n";

    private readonly OriginServer _origin = new(0, 1);
    private readonly TcpClient _client = new() { ReceiveTimeout = 20_000 };

    public OriginServerTests() => _client.Connect(IPAddress.Loopback, _origin.Port);

    public void Dispose()
    {
        _client.Dispose();
        _origin.Dispose();
    }

    [Theory]
    [InlineData("1k", 1024)]
    [InlineData("64k", 65_536)]
    [InlineData("1m", 1_048_576)]
    public async Task Get_EachBody_HasItsBytes(string name, int size)
    {
        using var http = new HttpClient();

        byte[] body = await http.GetByteArrayAsync($"http://127.0.0.1:{_origin.Port}/some/prefix/{name}");

        Assert.Equal(OriginBodies.Of(size), body);
    }

    [Fact]
    public void Request_ByteByByte_IsAnsweredOnce()
    {
        foreach (byte value in "GET /1k HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray())
        {
            _client.GetStream().WriteByte(value);
        }

        Assert.Equal(Head + Body(), Receive(Head.Length + 1024));
    }

    [Fact]
    public void Requests_Pipelined_AreAllAnswered()
    {
        const int Count = 300;
        // More answers than the socket buffers hold, so that the origin has to stop in the middle and go on.
        Send(string.Concat(Enumerable.Repeat("GET /64k HTTP/1.1\r\nHost: x\r\n\r\n", Count)) + "GET /1k HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        string all = ReceiveToEnd();

        Assert.Equal(Count + 1, all.Split("HTTP/1.1 200 OK").Length - 1);
        Assert.EndsWith(Head + Body(), all, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Content-Length: 5\r\n\r\nhello")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")]
    public void Post_WithBody_IsSkippedBeforeTheNextRequest(string rest)
    {
        Send("POST /1k HTTP/1.1\r\nHost: x\r\n" + rest + "HEAD /1k HTTP/1.1\r\nHost: x\r\n\r\n");

        Assert.Equal(Head + Body() + Head, Receive(Head.Length + 1024 + Head.Length));
    }

    [Fact]
    public void Post_BodyStillMissing_IsNotAnsweredYet()
    {
        Send("POST /1k HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhell");
        // A second connection's answer proves that the origin has had its turn.
        using (var other = new TcpClient())
        {
            other.Connect(IPAddress.Loopback, _origin.Port);
            other.GetStream().Write("GET /1k HTTP/1.1\r\nHost: x\r\n\r\n"u8);
            other.GetStream().ReadExactly(new byte[Head.Length + 1024]);
        }

        Assert.Equal(0, _client.Available);
        Send("o");
        Assert.Equal(Head + Body(), Receive(Head.Length + 1024));
    }

    [Theory]
    [InlineData("GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 404 Not Found")]
    [InlineData("GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 200 OK")]
    [InlineData("nonsense\r\n\r\n", "HTTP/1.1 400 Bad Request")]
    public void Request_ThatEndsTheConnection_IsAnsweredAndClosed(string request, string status)
    {
        Send(request);

        Assert.StartsWith(status + "\r\n", ReceiveToEnd(), StringComparison.Ordinal);
    }

    private static string Body() => Encoding.ASCII.GetString(OriginBodies.Of(1024));

    private void Send(string text) => _client.GetStream().Write(Encoding.ASCII.GetBytes(text));

    private string Receive(int length)
    {
        byte[] bytes = new byte[length];
        _client.GetStream().ReadExactly(bytes);
        return Encoding.ASCII.GetString(bytes);
    }

    private string ReceiveToEnd()
    {
        using var reader = new StreamReader(_client.GetStream(), Encoding.ASCII);
        return reader.ReadToEnd();
    }
}
