using System.Text;

namespace VoltageSoda.Edge.Transport.Tls;

/// <summary>nginx's answer to a request in plain HTTP on a TLS port: 497 inside, 400 on the wire.</summary>
internal static class PlainHttpAnswer
{
    private const string Body =
        "<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>\r\n<body>\r\n"
        + "<center><h1>400 Bad Request</h1></center>\r\n<center>The plain HTTP request was sent to HTTPS port</center>\r\n</body>\r\n</html>\r\n";

    private static readonly byte[] Whole = Encoding.ASCII.GetBytes(
        $"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: {Body.Length}\r\nConnection: close\r\n\r\n{Body}");

    /// <summary>Head and body.</summary>
    public static ReadOnlySpan<byte> Bytes => Whole;
}
