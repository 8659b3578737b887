using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Wire;

/// <summary>
/// Requests that a listener refuses, over sockets: exact status, connection closed, nothing behind the refused bytes served, nothing sent
/// upstream. The rows are those of the accepted-input tables (RFC 9112, RFC 9110).
/// </summary>
public sealed class RefusedRequestTests(EdgeFixture fixture) : IClassFixture<EdgeFixture>
{
    private const string Host = "Host: a\r\n";

    public static TheoryData<string, int> Heads => new()
    {
        // Lines and start line.
        { "GET / HTTP/1.1\nHost: a\n\n", 400 },
        { $"GET / HTTP/1.1\r\n{Host}X: a\rb\r\n\r\n", 400 },
        { $"GET / HTTP/1.1\r\n{Host}X: a\r\r\n\r\n", 400 },
        { $"GET / HTTP/1.1\r\n{Host}X: a\0b\r\n\r\n", 400 },
        { $"\r\n\r\n\r\nGET / HTTP/1.1\r\n{Host}\r\n", 400 },
        { $" GET / HTTP/1.1\r\n{Host}\r\n", 400 },
        { $"GET  / HTTP/1.1\r\n{Host}\r\n", 400 },
        { $"GET / HTTP/1.1 \r\n{Host}\r\n", 400 },
        { $"GET\t/ HTTP/1.1\r\n{Host}\r\n", 400 },
        { $"G(T / HTTP/1.1\r\n{Host}\r\n", 400 },
        { $"{new string('A', 65)} / HTTP/1.1\r\n{Host}\r\n", 501 },
        { $"CONNECT a:80 HTTP/1.1\r\n{Host}\r\n", 405 },
        { $"GET / HTTP/1.10\r\n{Host}\r\n", 400 },
        { $"GET / http/1.1\r\n{Host}\r\n", 400 },
        { $"GET / HTTP/3.0\r\n{Host}\r\n", 505 },
        { $"GET /\r\n{Host}\r\n", 400 },
        { "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400 },
        { "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n\r\n", 400 },
        { "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003abcdefghij", 400 },

        // Target.
        { $"GET a HTTP/1.1\r\n{Host}\r\n", 400 },
        { $"GET ?x HTTP/1.1\r\n{Host}\r\n", 400 },
        { $"GET * HTTP/1.1\r\n{Host}\r\n", 400 },
        { $"GET http:///x HTTP/1.1\r\n{Host}\r\n", 400 },
        { $"GET http://u@a/ HTTP/1.1\r\n{Host}\r\n", 400 },
        { $"GET http://a:0/ HTTP/1.1\r\n{Host}\r\n", 400 },
        { $"GET ftp://a/ HTTP/1.1\r\n{Host}\r\n", 400 },
        { $"GET https://a/ HTTP/1.1\r\n{Host}\r\n", 400 },
        { $"GET /a#b HTTP/1.1\r\n{Host}\r\n", 400 },
        { $"GET /a\u007f HTTP/1.1\r\n{Host}\r\n", 400 },
        { $"GET /%zz HTTP/1.1\r\n{Host}\r\n", 400 },
        { $"GET /%00 HTTP/1.1\r\n{Host}\r\n", 400 },
        { $"GET /../x HTTP/1.1\r\n{Host}\r\n", 400 },
        { $"GET /a/%2e%2e/%2e%2e/x HTTP/1.1\r\n{Host}\r\n", 400 },
        { $"GET /{new string('x', 9000)} HTTP/1.1\r\n{Host}\r\n", 414 },

        // Fields.
        { $"GET / HTTP/1.1\r\n{Host}X Y: 1\r\n\r\n", 400 },
        { $"GET / HTTP/1.1\r\n{Host}X : 1\r\n\r\n", 400 },
        { $"GET / HTTP/1.1\r\n{Host}: 1\r\n\r\n", 400 },
        { $"GET / HTTP/1.1\r\n{Host}nocolon\r\n\r\n", 400 },
        { $"GET / HTTP/1.1\r\n{Host}X: 1\r\n 2\r\n\r\n", 400 },
        { $"GET / HTTP/1.1\r\n X: 1\r\n{Host}\r\n", 400 },
        { $"GET / HTTP/1.1\r\n{Host}X: a\u0001b\r\n\r\n", 400 },
        { "GET / HTTP/1.1\r\n\r\n", 400 },
        { "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400 },
        { "GET http://a/ HTTP/1.1\r\n\r\n", 400 },
        { "GET / HTTP/1.1\r\nHost: \r\n\r\n", 400 },
        { "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400 },
        { "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400 },
        { "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400 },
        { "GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n", 400 },
        { "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400 },
        { $"GET / HTTP/1.1\r\n{Host}Authorization: a\r\nAuthorization: b\r\n\r\n", 400 },
        { $"GET / HTTP/1.1\r\n{Host}X: {new string('x', 9000)}\r\n\r\n", 494 },
        { $"GET / HTTP/1.1\r\n{Host}{string.Concat(Enumerable.Range(0, 101).Select(static i => $"X-{i}: 1\r\n"))}\r\n", 494 },
        { $"GET / HTTP/1.1\r\n{Host}{string.Concat(Enumerable.Range(0, 9).Select(static i => $"X-{i}: {new string('x', 4000)}\r\n"))}\r\n", 494 },

        // Body length.
        { $"POST / HTTP/1.1\r\n{Host}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400 },
        { $"POST / HTTP/1.0\r\n{Host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: gzip, chunked\r\n\r\n", 501 },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: chunked, chunked\r\n\r\n", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: identity\r\n\r\n", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: \u000bchunked\r\n\r\n", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Content-Length: 3, 3\r\n\r\nabc", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Content-Length: +3\r\n\r\nabc", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Content-Length: 0x3\r\n\r\nabc", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Content-Length: 99999999999999999999\r\n\r\nabc", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Content-Length: \r\n\r\nabc", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Expect: tea\r\nContent-Length: 0\r\n\r\n", 417 },
    };

    public static TheoryData<string, int> ChunkedBodies => new()
    {
        { "0x5\r\nhello\r\n0\r\n\r\n", 400 },
        { "5 \r\nhello\r\n0\r\n\r\n", 400 },
        { "-5\r\nhello\r\n0\r\n\r\n", 400 },
        { "5\nhello\r\n0\r\n\r\n", 400 },
        { "5\r\nhelloX\r\n0\r\n\r\n", 400 },
        { "11111111111111111\r\n", 400 },
        { "5;a=\"b\nc\"\r\nhello\r\n0\r\n\r\n", 400 },
        { "5;a=b\rc\r\nhello\r\n0\r\n\r\n", 400 },
        { $"5;{new string('a', 300)}\r\nhello\r\n0\r\n\r\n", 413 },
        { "5\r\nhello\r\n0\r\nbad trailer\r\n\r\n", 400 },
    };

    [Theory]
    [MemberData(nameof(Heads))]
    public async Task Head_Refused_StatusAndClose(string bytes, int status)
    {
        int before = fixture.Upstream.Requests.Count;
        await using RawClient client = await RawClient.ConnectAsync(fixture.Edge.Proxy);
        // What follows must not be taken for another request.
        await client.SendAsync(bytes + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
        RawResponse response = await client.ReceiveAsync();
        Assert.Equal(status, response.Status);
        Assert.Equal("close", response.Header("Connection"));
        Assert.NotNull(response.Header("Server"));
        Assert.Equal("", await client.ToEndAsync());
        Assert.Equal(before, fixture.Upstream.Requests.Count);
    }

    [Theory]
    [MemberData(nameof(ChunkedBodies))]
    public async Task ChunkedBody_Broken_IsRefusedAndNeverCompleted(string body, int status)
    {
        await using RawClient client = await RawClient.ConnectAsync(fixture.Edge.Proxy);
        await client.SendAsync("POST /broken HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
        RawResponse response = await client.ReceiveAsync();
        Assert.Equal(status, response.Status);
        Assert.Equal("close", response.Header("Connection"));
        Assert.Equal("", await client.ToEndAsync());
        Assert.DoesNotContain(fixture.Upstream.Requests, static request => request.Target is "/broken" or "/smuggled");
    }

    [Fact]
    public async Task Trace_Refused_ConnectionKept()
    {
        await using RawClient client = await RawClient.ConnectAsync(fixture.Edge.Proxy);
        RawResponse response = await client.ExchangeAsync("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(405, response.Status);
        Assert.NotNull(response.Header("Allow"));
        response = await client.ExchangeAsync("GET /after HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(200, response.Status);
    }

    [Fact]
    public async Task EveryRefusal_IsCounted()
    {
        await using RawClient client = await RawClient.ConnectAsync(fixture.Edge.Proxy);
        await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n");

        // Counted when the exchange settles, which is after its answer.
        await Eventually.TrueAsync(
            async () => await fixture.Edge.CounterAsync("edge_protocol_errors_total", "side=\"downstream\"", "kind=\"te_and_cl\"") >= 1, "it is counted");
    }
}
