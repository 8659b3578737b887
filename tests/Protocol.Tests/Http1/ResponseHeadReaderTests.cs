using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Protocol.Tests.Wire;

namespace VoltageSoda.Edge.Protocol.Tests.Http1;

/// <summary>Responses from upstream, a case per row of the table. Every refusal is 502 to the client.</summary>
public sealed class ResponseHeadReaderTests
{
    [Theory]

    // Status line.
    [InlineData("HTTP/1.1 099 X\r\n\r\n", WireError.BadStatusLine)]
    [InlineData("HTTP/1.1 600 X\r\n\r\n", WireError.BadStatusLine)]
    [InlineData("HTTP/1.1 20 OK\r\n\r\n", WireError.BadStatusLine)]
    [InlineData("HTTP/1.1 2000 OK\r\n\r\n", WireError.BadStatusLine)]
    [InlineData("HTTP/1.1 20x OK\r\n\r\n", WireError.BadStatusLine)]
    [InlineData("HTTP/1.1 200OK\r\n\r\n", WireError.BadStatusLine)]
    [InlineData("HTTP/1.1 200\tOK\r\n\r\n", WireError.BadStatusLine)]
    [InlineData("HTTP/1.1  200 OK\r\n\r\n", WireError.BadStatusLine)]
    [InlineData("HTTP/1.1\t200 OK\r\n\r\n", WireError.BadStatusLine)]
    [InlineData("HTTP/1.1\r\n\r\n", WireError.BadStatusLine)]
    [InlineData("HTTP/1.2 200 OK\r\n\r\n", WireError.BadStatusLine)]
    [InlineData("HTTP/2.0 200 OK\r\n\r\n", WireError.BadStatusLine)]
    [InlineData("http/1.1 200 OK\r\n\r\n", WireError.BadStatusLine)]
    [InlineData("HTTP/1.10 200 OK\r\n\r\n", WireError.BadStatusLine)]
    [InlineData(" HTTP/1.1 200 OK\r\n\r\n", WireError.BadStatusLine)]
    [InlineData("\r\nHTTP/1.1 200 OK\r\n\r\n", WireError.BadStatusLine)]
    [InlineData("ICY 200 OK\r\n\r\n", WireError.BadStatusLine)]
    [InlineData("<html>", WireError.BadStatusLine)]
    [InlineData("\0", WireError.BadStatusLine)]
    [InlineData("HTTP/1.1 200 O\u0001K\r\n\r\n", WireError.BadStatusLine)]
    [InlineData("HTTP/1.1 200 O\0K\r\n\r\n", WireError.BadStatusLine)]

    // Lines, names, values.
    [InlineData("HTTP/1.1 200 OK\nA: b\r\n\r\n", WireError.BadLineEnd)]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\n\r\n", WireError.BadLineEnd)]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\r\n\n", WireError.BadLineEnd)]
    [InlineData("HTTP/1.1 200 OK\rA: b\r\n\r\n", WireError.BadLineEnd)]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n", WireError.BadLineEnd)]
    [InlineData("HTTP/1.1 200 OK\r\n A: b\r\n\r\n", WireError.ObsFold)]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", WireError.ObsFold)]
    [InlineData("HTTP/1.1 200 OK\r\nA : b\r\n\r\n", WireError.SpaceBeforeColon)]
    [InlineData("HTTP/1.1 200 OK\r\nA\r\n\r\n", WireError.BadHeaderName)]
    [InlineData("HTTP/1.1 200 OK\r\n: b\r\n\r\n", WireError.BadHeaderName)]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\0\r\n\r\n", WireError.BadHeaderValue)]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\u001b\r\n\r\n", WireError.BadHeaderValue)]

    // Length.
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", WireError.TransferEncodingAndContentLength)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", WireError.TransferEncodingInvalid)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", WireError.TransferEncodingUnknown)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", WireError.TransferEncodingInvalid)]
    [InlineData("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", WireError.TransferEncodingInOldVersion)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", WireError.ContentLengthDuplicate)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n", WireError.ContentLengthInvalid)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", WireError.ContentLengthInvalid)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n", WireError.ContentLengthInvalid)]
    [InlineData("HTTP/1.1 304 Not Modified\r\nContent-Length: x\r\n\r\n", WireError.ContentLengthInvalid)]
    public void Read_BrokenHead_IsRefused(string text, WireError expected)
    {
        ResponseReading reading = ResponseReading.Whole(text);

        Assert.Equal((ParseResult.Refused, expected), (reading.Result, reading.Error));
        Assert.Equal(502, WireErrors.UpstreamStatus);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", 200, HttpVersion.Http11)]
    [InlineData("HTTP/1.0 200 OK\r\n\r\n", 200, HttpVersion.Http10)]
    [InlineData("HTTP/1.1 200 \r\n\r\n", 200, HttpVersion.Http11)]
    [InlineData("HTTP/1.1 200\r\n\r\n", 200, HttpVersion.Http11)]
    [InlineData("HTTP/1.1 200 Sehr sch\u00f6n \t!\r\n\r\n", 200, HttpVersion.Http11)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n", 100, HttpVersion.Http11)]
    [InlineData("HTTP/1.1 599 X\r\n\r\n", 599, HttpVersion.Http11)]
    public void Read_StatusLine_IsTaken(string text, int status, HttpVersion version)
    {
        ResponseReading reading = ResponseReading.Whole(text + "body");

        Assert.Equal((ParseResult.Complete, status, version), (reading.Result, reading.Head.Status, reading.Head.Version));
        Assert.Equal((text.Length, text.Length), (reading.Consumed, reading.Head.HeadLength));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5", KnownMethod.Get, BodyKind.Length, 5)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0", KnownMethod.Get, BodyKind.Length, 0)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked", KnownMethod.Get, BodyKind.Chunked, 0)]
    [InlineData("HTTP/1.1 200 OK\r\nX: y", KnownMethod.Get, BodyKind.UntilClose, 0)]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: keep-alive", KnownMethod.Get, BodyKind.UntilClose, 0)]
    [InlineData("HTTP/1.1 204 No Content\r\nContent-Length: 5", KnownMethod.Get, BodyKind.None, 0)]
    [InlineData("HTTP/1.1 204 No Content\r\nX: y", KnownMethod.Get, BodyKind.None, 0)]
    [InlineData("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked", KnownMethod.Get, BodyKind.None, 0)]
    [InlineData("HTTP/1.1 304 Not Modified\r\nContent-Length: 5", KnownMethod.Get, BodyKind.None, 0)]
    [InlineData("HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked", KnownMethod.Get, BodyKind.None, 0)]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: x", KnownMethod.Get, BodyKind.None, 0)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5", KnownMethod.Head, BodyKind.None, 0)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", KnownMethod.Head, BodyKind.None, 0)]
    [InlineData("HTTP/1.1 200 OK\r\nX: y", KnownMethod.Head, BodyKind.None, 0)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5", KnownMethod.Head, BodyKind.None, 0)]
    public void Read_Length_FollowsStatusMethodAndFields(string text, KnownMethod method, BodyKind kind, long length)
    {
        ResponseReading reading = ResponseReading.Whole(text + "\r\n\r\n", method);

        Assert.Equal((ParseResult.Complete, new BodyFraming(kind, length)), (reading.Result, reading.Head.Framing));
        Assert.False(kind == BodyKind.None && reading.Head.Headers.Contains(KnownHeader.TransferEncoding));
        Assert.False(reading.Head.Status == 204 && reading.Head.Headers.Contains(KnownHeader.ContentLength));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5", true)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close", false)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: x, Close", false)]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 5", false)]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive", true)]
    [InlineData("HTTP/1.1 200 OK\r\nX: y", false)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", true)]
    [InlineData("HTTP/1.1 204 No Content\r\nX: y", true)]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket", false)]
    public void Read_KeepAlive_NeedsAnEndAndConsent(string text, bool expected) =>
        Assert.Equal(expected, ResponseReading.Whole(text + "\r\n\r\n").Head.KeepAlive);

    [Theory]
    [InlineData("101 X\r\nConnection: Upgrade\r\nUpgrade: websocket", "websocket")]
    [InlineData("101 X\r\nConnection: keep-alive, upgrade\r\nUpgrade: WebSocket", "WebSocket")]
    [InlineData("101 X\r\nUpgrade: websocket", "")]
    [InlineData("101 X\r\nConnection: Upgrade", "")]
    [InlineData("101 X\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c", "")]
    [InlineData("200 X\r\nConnection: Upgrade\r\nUpgrade: websocket", "")]
    public void Read_UpgradeProtocol_IsThatOfAComplete101(string text, string expected) =>
        Assert.Equal(expected, Octets.Text(ResponseReading.Whole($"HTTP/1.1 {text}\r\n\r\n").Head.UpgradeProtocol));

    [Theory]
    [InlineData(100, true)]
    [InlineData(103, true)]
    [InlineData(101, false)]
    [InlineData(200, false)]
    public void Read_Interim_IsToldFromFinal(int status, bool expected) =>
        Assert.Equal(expected, ResponseReading.Whole($"HTTP/1.1 {status} X\r\n\r\n").Head.IsInterim);

    [Fact]
    public void Read_LeadingZeros_AreTakenOff()
    {
        ResponseReading reading = ResponseReading.Whole("HTTP/1.1 200 OK\r\nContent-Length: 007\r\n\r\n");

        Assert.Equal(BodyFraming.Counted(7), reading.Head.Framing);
        Assert.Equal("Content-Length: 7", RequestReading.Fields(reading.Head.Headers));
    }

    [Fact]
    public void Read_UnderscoreNames_AreOrdinary() =>
        Assert.Equal("X_Real_IP: y", RequestReading.Fields(ResponseReading.Whole("HTTP/1.1 200 OK\r\nX_Real_IP: y\r\n\r\n").Head.Headers));

    [Fact]
    public void Read_HeadAboveLimits_IsRefused()
    {
        string fields = string.Concat(Enumerable.Range(0, 201).Select(i => $"X-{i}: y\r\n"));

        Assert.Equal(WireError.TooManyHeaders, ResponseReading.Whole($"HTTP/1.1 200 OK\r\n{fields}\r\n").Error);
        Assert.Equal(WireError.HeadersTooLarge, ResponseReading.Whole("HTTP/1.1 200 " + new string('x', 66_000)).Error);
        Assert.Equal(WireError.HeadersTooLarge, ResponseReading.Whole("HTTP/1.1 200 OK\r\nX: " + new string('x', 66_000)).Error);
        Assert.Equal(ParseResult.Complete, ResponseReading.Whole($"HTTP/1.1 200 OK\r\n{fields[..^"X-200: y\r\n".Length]}\r\n").Result);
        Assert.Equal(ParseResult.Complete, ResponseReading.Whole($"HTTP/1.1 200 OK\r\nX: {new string('x', 60_000)}\r\n\r\n").Result);
    }

    [Fact]
    public void Read_NextHeadAfterInterim_StartsBehindIt()
    {
        const string Interim = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
        const string Final = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

        ResponseReading first = ResponseReading.Whole(Interim + Final);

        Assert.Equal(Interim.Length, first.Consumed);
        Assert.Equal(200, ResponseReading.Whole((Interim + Final)[first.Consumed..]).Head.Status);
    }
}
