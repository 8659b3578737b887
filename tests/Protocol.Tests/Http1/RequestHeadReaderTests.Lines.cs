using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Protocol.Tests.Wire;

namespace VoltageSoda.Edge.Protocol.Tests.Http1;

/// <summary>Lines and start line, a case per row of the table of accepted and refused input.</summary>
public sealed partial class RequestHeadReaderTests
{
    [Theory]

    // Bare LF.
    [InlineData("GET / HTTP/1.1\nHost: a\r\n\r\n", WireError.BadLineEnd)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\n\r\n", WireError.BadLineEnd)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\n", WireError.BadLineEnd)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: b\nY: c\r\n\r\n", WireError.BadLineEnd)]
    [InlineData("GET\n / HTTP/1.1\r\nHost: a\r\n\r\n", WireError.BadLineEnd)]
    [InlineData("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", WireError.BadLineEnd)]

    // Bare CR, CR CR LF.
    [InlineData("GET / HTTP/1.1\rHost: a\r\n\r\n", WireError.BadLineEnd)]
    [InlineData("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", WireError.BadLineEnd)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", WireError.BadLineEnd)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", WireError.BadLineEnd)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\r\n", WireError.BadLineEnd)]
    [InlineData("GET /\r HTTP/1.1\r\nHost: a\r\n\r\n", WireError.BadLineEnd)]
    [InlineData("\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", WireError.BadLineEnd)]

    // NUL.
    [InlineData("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", WireError.BadTarget)]
    [InlineData("G\0T / HTTP/1.1\r\nHost: a\r\n\r\n", WireError.BadMethod)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n\r\n", WireError.BadHeaderValue)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX\0: b\r\n\r\n", WireError.BadHeaderName)]

    // Empty lines before the request line.
    [InlineData("\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", WireError.BadLineEnd)]

    // Whitespace.
    [InlineData(" GET / HTTP/1.1\r\nHost: a\r\n\r\n", WireError.BadMethod)]
    [InlineData("\tGET / HTTP/1.1\r\nHost: a\r\n\r\n", WireError.BadMethod)]
    [InlineData("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", WireError.BadTarget)]
    [InlineData("GET /  HTTP/1.1\r\nHost: a\r\n\r\n", WireError.BadVersion)]
    [InlineData("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", WireError.BadVersion)]
    [InlineData("GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", WireError.BadMethod)]
    [InlineData("GET /\tHTTP/1.1\r\nHost: a\r\n\r\n", WireError.BadTarget)]
    [InlineData("GET /\vHTTP/1.1\r\nHost: a\r\n\r\n", WireError.BadTarget)]
    [InlineData("GET\f/ HTTP/1.1\r\nHost: a\r\n\r\n", WireError.BadMethod)]
    [InlineData("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", WireError.BadVersion)]

    // Method.
    [InlineData("G@T / HTTP/1.1\r\nHost: a\r\n\r\n", WireError.BadMethod)]
    [InlineData("G\u00c9T / HTTP/1.1\r\nHost: a\r\n\r\n", WireError.BadMethod)]
    [InlineData("GET\r\n\r\n", WireError.BadMethod)]
    [InlineData("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", WireError.TraceRefused)]
    [InlineData("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", WireError.ConnectRefused)]
    [InlineData("CONNECT a:443 HTTP/1.0\r\n\r\n", WireError.ConnectRefused)]

    // Version.
    [InlineData("GET / HTTP/2.0\r\nHost: a\r\n\r\n", WireError.UnsupportedVersion)]
    [InlineData("GET / HTTP/1.2\r\nHost: a\r\n\r\n", WireError.UnsupportedVersion)]
    [InlineData("GET / HTTP/1.9\r\nHost: a\r\n\r\n", WireError.UnsupportedVersion)]
    [InlineData("GET / HTTP/0.9\r\nHost: a\r\n\r\n", WireError.UnsupportedVersion)]
    [InlineData("GET / HTTP/1.10\r\nHost: a\r\n\r\n", WireError.BadVersion)]
    [InlineData("GET / HTTP/01.1\r\nHost: a\r\n\r\n", WireError.BadVersion)]
    [InlineData("GET / HTTP/1.1a\r\nHost: a\r\n\r\n", WireError.BadVersion)]
    [InlineData("GET / http/1.1\r\nHost: a\r\n\r\n", WireError.BadVersion)]
    [InlineData("GET / HTTP/1,1\r\nHost: a\r\n\r\n", WireError.BadVersion)]
    [InlineData("GET / HTTP/1\r\nHost: a\r\n\r\n", WireError.BadVersion)]
    [InlineData("GET / HTTP/ 1.1\r\nHost: a\r\n\r\n", WireError.BadVersion)]
    [InlineData("GET / HTTPS/1.1\r\nHost: a\r\n\r\n", WireError.BadVersion)]
    [InlineData("GET /\r\n\r\n", WireError.BadVersion)]
    [InlineData("GET / \r\n\r\n", WireError.BadVersion)]

    // Not HTTP/1.
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", WireError.Http2Preface)]
    [InlineData("\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", WireError.BadMethod)]
    [InlineData("SSH-2.0-OpenSSH_9.6\r\n", WireError.BadMethod)]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", WireError.BadMethod)]
    [InlineData("{\"a\":1}", WireError.BadMethod)]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", WireError.BadTarget)]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", WireError.BadMethod)]
    public void Read_BrokenStartLine_IsRefused(string text, WireError expected)
    {
        RequestReading reading = RequestReading.Whole(text);

        Assert.Equal(ParseResult.Refused, reading.Result);
        Assert.Equal(expected, reading.Error);
    }

    [Theory]
    [InlineData("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 2)]
    [InlineData("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 4)]
    public void Read_FewEmptyLinesBefore_AreSkipped(string text, int skipped)
    {
        RequestReading reading = RequestReading.Whole(text);

        Assert.Equal(ParseResult.Complete, reading.Result);
        Assert.Equal(text.Length, reading.Consumed);
        Assert.Equal(text.Length - skipped, reading.Head.HeadLength);
    }

    [Fact]
    public void Read_OnlyEmptyLines_ConsumesThemAndRemembersTheirNumber()
    {
        byte[] bytes = Octets.Of("\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");

        RequestReading two = RequestReading.Pieces(bytes, [2], asSegments: false);
        RequestReading first = RequestReading.Whole("\r\n\r\n");

        Assert.Equal(WireError.BadLineEnd, two.Error);
        Assert.Equal((ParseResult.Incomplete, 4), (first.Result, first.Consumed));
    }

    [Theory]
    [InlineData("GET", KnownMethod.Get)]
    [InlineData("HEAD", KnownMethod.Head)]
    [InlineData("POST", KnownMethod.Post)]
    [InlineData("PUT", KnownMethod.Put)]
    [InlineData("DELETE", KnownMethod.Delete)]
    [InlineData("OPTIONS", KnownMethod.Options)]
    [InlineData("PATCH", KnownMethod.Patch)]
    [InlineData("PROPFIND", KnownMethod.Other)]
    [InlineData("get", KnownMethod.Other)]
    [InlineData("Post", KnownMethod.Other)]
    [InlineData("M-SEARCH", KnownMethod.Other)]
    [InlineData("!#$%&'*+-.^_`|~09", KnownMethod.Other)]
    [InlineData("X", KnownMethod.Other)]
    [InlineData("PRI", KnownMethod.Other)]
    public void Read_AnyTokenMethod_KeepsItsCase(string method, KnownMethod expected)
    {
        RequestReading reading = RequestReading.Whole($"{method} /x HTTP/1.1\r\nHost: a\r\n\r\n");

        Assert.Equal(ParseResult.Complete, reading.Result);
        Assert.Equal(expected, reading.Head.Method);
        Assert.Equal(method, Octets.Text(reading.Head.MethodBytes));
    }

    [Theory]
    [InlineData(64, ParseResult.Complete, 0)]
    [InlineData(65, ParseResult.Refused, 501)]
    [InlineData(9000, ParseResult.Refused, 501)]
    public void Read_MethodLength_HasALimit(int length, ParseResult expected, int status)
    {
        RequestReading reading = RequestReading.Whole($"{new string('M', length)} / HTTP/1.1\r\nHost: a\r\n\r\n");

        Assert.Equal(expected, reading.Result);
        Assert.Equal(status, reading.Status);
    }

    [Fact]
    public void Read_Trace_LeavesAUsableHeadAndTheConnection()
    {
        const string Text = "TRACE / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";

        RequestReading reading = RequestReading.Whole(Text);

        Assert.Equal((405, false), (reading.Status, reading.Error.ClosesConnection()));
        Assert.Equal(Text.Length - 3, reading.Consumed);
        Assert.Equal(BodyFraming.Counted(3), reading.Head.Framing);
        Assert.True(reading.Head.KeepAlive);
    }

    [Theory]
    [InlineData("TRACE / HTTP/1.1\r\n\r\n", WireError.HostMissing)]
    [InlineData("TRACE / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", WireError.TransferEncodingAndContentLength)]
    public void Read_BrokenTrace_ClosesLikeAnyOther(string text, WireError expected)
    {
        RequestReading reading = RequestReading.Whole(text);

        Assert.Equal((expected, true), (reading.Error, reading.Error.ClosesConnection()));
    }

    [Fact]
    public void Read_BinaryStart_IsRefusedOnItsFirstByte()
    {
        Assert.Equal(WireError.BadMethod, RequestReading.Whole("\x16").Error);
        Assert.Equal(WireError.BadMethod, RequestReading.Whole("HTTP/").Error);
    }

    [Theory]
    [InlineData("HTTP/1.1", HttpVersion.Http11)]
    [InlineData("HTTP/1.0", HttpVersion.Http10)]
    public void Read_BothVersions_AreTaken(string version, HttpVersion expected) =>
        Assert.Equal(expected, RequestReading.Whole($"GET / {version}\r\nHost: a\r\n\r\n").Head.Version);

    [Fact]
    public void Read_Pipelined_StopsBehindTheFirstHead()
    {
        const string First = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n";

        RequestReading reading = RequestReading.Whole(First + "GET /2 HTTP/1.1\r\nHost: b\r\n\r\n");

        Assert.Equal((ParseResult.Complete, First.Length), (reading.Result, reading.Consumed));
        Assert.Equal("/1", Octets.Text(reading.Head.Target));
    }

    [Theory]
    [InlineData(0, ParseResult.Complete)]
    [InlineData(1, ParseResult.Refused)]
    public void Read_RequestLineLimit_Is414(int over, ParseResult expected)
    {
        RequestRules rules = RequestRules.Kong with { Limits = HeadLimits.Kong with { StartLine = 100 } };
        string target = "/" + new string('x', 100 - "GET  HTTP/1.1".Length - 1 + over);

        RequestReading reading = RequestReading.Whole($"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n", rules);

        Assert.Equal(expected, reading.Result);
        Assert.Equal(over == 0 ? 0 : 414, reading.Status);
    }

    [Fact]
    public void Read_EndlessRequestLine_IsRefusedWithoutItsEnd() =>
        Assert.Equal(414, RequestReading.Whole("GET /" + new string('x', 9000)).Status);
}
