using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Tests.Wire;

namespace VoltageSoda.Edge.Protocol.Tests.Http1;

/// <summary>Body length, connection, upgrade and expectation.</summary>
public sealed partial class RequestHeadReaderTests
{
    [Theory]

    // Both.
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 5", WireError.TransferEncodingAndContentLength, 400)]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: chunked", WireError.TransferEncodingAndContentLength, 400)]
    [InlineData("Content-Length: x\r\nTransfer-Encoding: x", WireError.TransferEncodingAndContentLength, 400)]

    // Codings.
    [InlineData("Transfer-Encoding: gzip, chunked", WireError.TransferEncodingUnknown, 501)]
    [InlineData("Transfer-Encoding: gzip ,\tchunked", WireError.TransferEncodingUnknown, 501)]
    [InlineData("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", WireError.TransferEncodingUnknown, 501)]
    [InlineData("Transfer-Encoding: chunked, chunked", WireError.TransferEncodingInvalid, 400)]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", WireError.TransferEncodingInvalid, 400)]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", WireError.TransferEncodingInvalid, 400)]
    [InlineData("Transfer-Encoding: chunked, gzip", WireError.TransferEncodingInvalid, 400)]
    [InlineData("Transfer-Encoding: ,chunked", WireError.TransferEncodingInvalid, 400)]
    [InlineData("Transfer-Encoding: chunked,", WireError.TransferEncodingInvalid, 400)]
    [InlineData("Transfer-Encoding: gzip,,chunked", WireError.TransferEncodingInvalid, 400)]
    [InlineData("Transfer-Encoding: gzip, chunked,", WireError.TransferEncodingInvalid, 400)]
    [InlineData("Transfer-Encoding: identity", WireError.TransferEncodingInvalid, 400)]
    [InlineData("Transfer-Encoding: gzip", WireError.TransferEncodingInvalid, 400)]
    [InlineData("Transfer-Encoding: \"chunked\"", WireError.TransferEncodingInvalid, 400)]
    [InlineData("Transfer-Encoding: chunked;q=1", WireError.TransferEncodingInvalid, 400)]
    [InlineData("Transfer-Encoding: gzip;q=1, chunked", WireError.TransferEncodingInvalid, 400)]
    [InlineData("Transfer-Encoding: xchunked", WireError.TransferEncodingInvalid, 400)]
    [InlineData("Transfer-Encoding: chunked x", WireError.TransferEncodingInvalid, 400)]
    [InlineData("Transfer-Encoding: chunked\u00a0", WireError.TransferEncodingInvalid, 400)]
    [InlineData("Transfer-Encoding:", WireError.TransferEncodingInvalid, 400)]
    [InlineData("Transfer-Encoding: \r\nTransfer-Encoding: chunked", WireError.TransferEncodingInvalid, 400)]

    // Lengths.
    [InlineData("Content-Length: 5\r\nContent-Length: 5", WireError.ContentLengthDuplicate, 400)]
    [InlineData("Content-Length: 5\r\nContent-Length: 6", WireError.ContentLengthDuplicate, 400)]
    [InlineData("Content-Length: 5, 5", WireError.ContentLengthInvalid, 400)]
    [InlineData("Content-Length: +5", WireError.ContentLengthInvalid, 400)]
    [InlineData("Content-Length: -1", WireError.ContentLengthInvalid, 400)]
    [InlineData("Content-Length: 0x5", WireError.ContentLengthInvalid, 400)]
    [InlineData("Content-Length: 5 0", WireError.ContentLengthInvalid, 400)]
    [InlineData("Content-Length: 5_0", WireError.ContentLengthInvalid, 400)]
    [InlineData("Content-Length: 5.0", WireError.ContentLengthInvalid, 400)]
    [InlineData("Content-Length: 5e1", WireError.ContentLengthInvalid, 400)]
    [InlineData("Content-Length:", WireError.ContentLengthInvalid, 400)]
    [InlineData("Content-Length: \u00b2", WireError.ContentLengthInvalid, 400)]
    [InlineData("Content-Length: \"5\"", WireError.ContentLengthInvalid, 400)]
    [InlineData("Content-Length: 9223372036854775808", WireError.ContentLengthInvalid, 400)]
    [InlineData("Content-Length: 9999999999999999999", WireError.ContentLengthInvalid, 400)]
    [InlineData("Content-Length: 18446744073709551621", WireError.ContentLengthInvalid, 400)]
    [InlineData("Content-Length: 00000000000000000005", WireError.ContentLengthInvalid, 400)]
    public void Read_AmbiguousLength_IsRefused(string lines, WireError expected, int status)
    {
        RequestReading reading = RequestReading.Whole($"POST / HTTP/1.1\r\nHost: a\r\n{lines}\r\n\r\nhello");

        Assert.Equal((expected, status), (reading.Error, reading.Status));
        Assert.True(reading.Error.ClosesConnection());
    }

    [Fact]
    public void Read_ChunkedInOldVersion_Is400()
    {
        RequestReading reading = RequestReading.Whole("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");

        Assert.Equal((WireError.TransferEncodingInOldVersion, 400), (reading.Error, reading.Status));
    }

    [Theory]
    [InlineData("Content-Length: 5", BodyKind.Length, 5)]
    [InlineData("Content-Length:5", BodyKind.Length, 5)]
    [InlineData("Content-Length: \t5 ", BodyKind.Length, 5)]
    [InlineData("Content-Length: 0", BodyKind.Length, 0)]
    [InlineData("Content-Length: 9223372036854775807", BodyKind.Length, long.MaxValue)]
    [InlineData("Transfer-Encoding: chunked", BodyKind.Chunked, 0)]
    [InlineData("Transfer-Encoding: \tChUnKeD ", BodyKind.Chunked, 0)]
    [InlineData("X: y", BodyKind.None, 0)]
    public void Read_PlainLength_IsTaken(string line, BodyKind kind, long length)
    {
        foreach (string method in new[] { "GET", "HEAD", "DELETE", "OPTIONS", "POST", "OTHER" })
        {
            RequestReading reading = RequestReading.Whole($"{method} / HTTP/1.1\r\nHost: a\r\n{line}\r\n\r\n");

            Assert.Equal((ParseResult.Complete, new BodyFraming(kind, length)), (reading.Result, reading.Head.Framing));
        }
    }

    [Theory]
    [InlineData("0005", "5", 5)]
    [InlineData("00", "0", 0)]
    [InlineData("0000000000000000001", "1", 1)]
    public void Read_LeadingZeros_AreTakenOff(string value, string expected, long length)
    {
        RequestReading reading = RequestReading.Whole($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {value}\r\nX: y\r\n\r\n");

        Assert.Equal(BodyFraming.Counted(length), reading.Head.Framing);
        Assert.Equal($"Host: a\nContent-Length: {expected}\nX: y", RequestReading.Fields(reading.Head.Headers));
    }

    [Theory]
    [InlineData("Connection: Content-Length\r\nContent-Length: 5", BodyKind.Length)]
    [InlineData("Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked", BodyKind.Chunked)]
    public void Read_NominatedFramingField_StillFrames(string lines, BodyKind expected) =>
        Assert.Equal(expected, RequestReading.Whole($"POST / HTTP/1.1\r\nHost: a\r\n{lines}\r\n\r\n").Head.Framing.Kind);

    [Theory]
    [InlineData("HTTP/1.1", "X: y", true)]
    [InlineData("HTTP/1.1", "Connection: keep-alive", true)]
    [InlineData("HTTP/1.1", "Connection: close", false)]
    [InlineData("HTTP/1.1", "Connection: Close", false)]
    [InlineData("HTTP/1.1", "Connection: foo,\tCLOSE ,bar", false)]
    [InlineData("HTTP/1.1", "Connection: foo\r\nConnection: close", false)]
    [InlineData("HTTP/1.1", "Connection: closed", true)]
    [InlineData("HTTP/1.1", "Connection: keep-alive, close", false)]
    [InlineData("HTTP/1.0", "X: y", false)]
    [InlineData("HTTP/1.0", "Connection: keep-alive", true)]
    [InlineData("HTTP/1.0", "Connection: Keep-Alive, close", false)]
    public void Read_ConnectionOptions_DecideKeepAlive(string version, string line, bool expected) =>
        Assert.Equal(expected, RequestReading.Whole($"GET / {version}\r\nHost: a\r\n{line}\r\n\r\n").Head.KeepAlive);

    [Theory]
    [InlineData(64, WireError.None)]
    [InlineData(65, WireError.BadHeaderValue)]
    public void Read_ConnectionOptions_HaveALimit(int count, WireError expected) =>
        Assert.Equal(expected, RequestReading.Whole($"GET / HTTP/1.1\r\nHost: a\r\nConnection: {string.Join(',', Enumerable.Repeat("x", count))}\r\n\r\n").Error);

    private const string Handshake =
        "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

    [Theory]
    [InlineData("", "", true)]
    [InlineData("websocket", "WebSocket", true)]
    [InlineData("GET", "POST", false)]
    [InlineData("HTTP/1.1", "HTTP/1.0", false)]
    [InlineData("websocket", "h2c", false)]
    [InlineData("websocket", "websocket, h2c", false)]
    [InlineData("websocket", "TLS/1.0", false)]
    [InlineData("keep-alive, Upgrade", "keep-alive", false)]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ", false)]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==", "", false)]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25j!!==", false)]
    [InlineData("Version: 13", "Version: 8", false)]
    [InlineData("Version: 13", "Version: 13, 8", false)]
    [InlineData("\r\n\r\n", "\r\nContent-Length: 5\r\n\r\n", false)]
    [InlineData("\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n", false)]
    [InlineData("\r\n\r\n", "\r\nContent-Length: 0\r\n\r\n", true)]
    public void Read_WebSocketHandshake_NeedsEveryPart(string part, string replacement, bool expected)
    {
        RequestReading reading = RequestReading.Whole(part.Length == 0 ? Handshake : Handshake.Replace(part, replacement));

        Assert.Equal((ParseResult.Complete, expected), (reading.Result, reading.Head.IsWebSocketUpgrade));
    }

    [Theory]
    [InlineData("HTTP/1.1", "100-continue", true, 0)]
    [InlineData("HTTP/1.1", "100-Continue", true, 0)]
    [InlineData("HTTP/1.0", "100-continue", false, 0)]
    [InlineData("HTTP/1.1", "100-continue, x", false, 417)]
    [InlineData("HTTP/1.1", "x", false, 417)]
    [InlineData("HTTP/1.1", "", false, 417)]
    [InlineData("HTTP/1.0", "x", false, 417)]
    public void Read_Expectation_IsKnownOrRefused(string version, string value, bool expected, int status)
    {
        RequestReading reading = RequestReading.Whole($"POST / {version}\r\nHost: a\r\nExpect: {value}\r\nContent-Length: 1\r\n\r\n");

        Assert.Equal(status, reading.Status);
        Assert.Equal(expected, reading.Head.ExpectContinue);
    }

    [Theory]
    [InlineData("trailers", true)]
    [InlineData("gzip;q=0.5, Trailers", true)]
    [InlineData("gzip", false)]
    [InlineData("trailers-not", false)]
    public void Read_TE_TellsWhetherTrailersAreWanted(string value, bool expected) =>
        Assert.Equal(expected, RequestReading.Whole($"GET / HTTP/1.1\r\nHost: a\r\nTE: {value}\r\n\r\n").Head.AcceptsTrailers);
}
