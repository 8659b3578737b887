using System.Text;

namespace VoltageSoda.Edge.Bench.Protocol;

/// <summary>The messages that the codec benchmarks share.</summary>
internal static class Samples
{
    /// <summary>What a browser sends: eight fields, about 400 bytes.</summary>
    public static byte[] BrowserRequest { get; } = Encoding.ASCII.GetBytes(
        "GET /api/orders/4711?expand=lines HTTP/1.1\r\n"
        + "Host: shop.voltage-soda.example\r\n"
        + "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
        + "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
        + "Accept-Language: en-US,en;q=0.5\r\n"
        + "Accept-Encoding: gzip, deflate, br\r\n"
        + "Connection: keep-alive\r\n"
        + "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n"
        + "X-Client-Version: 2026.7\r\n\r\n");

    /// <summary>What a load generator sends.</summary>
    public static byte[] SmallRequest { get; } = Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: localhost:8000\r\nAccept: */*\r\n\r\n");

    /// <summary>A typical answer: eight fields.</summary>
    public static byte[] Response { get; } = Encoding.ASCII.GetBytes(
        "HTTP/1.1 200 OK\r\n"
        + "Date: Mon, 12 Jan 2026 10:11:12 GMT\r\n"
        + "Content-Type: application/json; charset=utf-8\r\n"
        + "Content-Length: 1024\r\n"
        + "Server: Kestrel\r\n"
        + "Cache-Control: no-store, max-age=0\r\n"
        + "ETag: \"0123456789abcdef\"\r\n"
        + "Vary: Accept-Encoding\r\n"
        + "X-Trace: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n\r\n");
}
