using System.Buffers;
using System.Text;
using CsCheck;
using VoltageSoda.Edge.LoadTests.Model;
using VoltageSoda.Edge.LoadTests.Wire;

namespace VoltageSoda.Edge.LoadTests.Tests.Wire;

public sealed class ResponseReaderTests
{
    private const string Fixed = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nVia: test\r\n\r\nhello";
    private const string Chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: x\r\n\r\n";

    [Theory]
    [InlineData(Fixed)]
    [InlineData(Chunked)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200\r\ncontent-length:5\r\n\r\nhello")]
    public void Feed_AnySplit_EqualsWhole(string text)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        Gen.Int[1, bytes.Length].Array[0, 6].Sample(cuts =>
        {
            var body = new ArrayBufferWriter<byte>();
            var reader = new ResponseReader { Capture = body };
            reader.Begin(new Expectation { BodyLength = 5 }, isHead: false, "hello"u8.ToArray());
            ReadStatus status = ReadStatus.Incomplete;
            int at = 0;
            foreach (int cut in cuts.Append(bytes.Length).Order().Distinct())
            {
                Assert.Equal(ReadStatus.Incomplete, status);
                status = reader.Feed(bytes.AsSpan(at, cut - at), out int consumed);
                Assert.Equal(cut - at, consumed);
                at = cut;
            }

            Assert.Equal(ReadStatus.Complete, status);
            Assert.Equal(ResponseFault.None, reader.Fault);
            Assert.True(reader.KeepAlive);
            Assert.Equal("hello", Encoding.ASCII.GetString(body.WrittenSpan));
        }, iter: 500);
    }

    [Theory]
    [InlineData("HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\nsorry", ResponseFault.Status)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhullo", ResponseFault.Body)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhell", ResponseFault.Length)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello!", ResponseFault.Length)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ResponseFault.Length)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ResponseFault.Length)]
    public void Feed_WrongAnswer_IsReadToItsEndAndBlamed(string text, ResponseFault fault)
    {
        ResponseReader reader = Reader(new Expectation());

        Assert.Equal(ReadStatus.Complete, reader.Feed(Encoding.Latin1.GetBytes(text), out int consumed));
        Assert.Equal(text.Length, consumed);
        Assert.Equal(fault, reader.Fault);
        Assert.True(reader.KeepAlive);
    }

    [Theory]
    [InlineData("Via", ResponseFault.None)]
    [InlineData("vIA: test", ResponseFault.None)]
    [InlineData("Via: other", ResponseFault.Header)]
    [InlineData("X-Missing", ResponseFault.Header)]
    public void Feed_RequiredField_IsCompared(string rule, ResponseFault fault)
    {
        ResponseReader reader = Reader(new Expectation { Headers = [HeaderRule.Parse("Content-Length"), HeaderRule.Parse(rule)] });

        Assert.Equal(ReadStatus.Complete, reader.Feed(Encoding.Latin1.GetBytes(Fixed), out _));
        Assert.Equal(fault, reader.Fault);
    }

    [Theory]
    [InlineData("HTTP/2 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 20x OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nno colon here\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\n\r\n")]
    public void Feed_InvalidMessage_IsBroken(string text)
    {
        ResponseReader reader = Reader(new Expectation());

        Assert.Equal(ReadStatus.Broken, reader.Feed(Encoding.Latin1.GetBytes(text), out _));
        Assert.Equal(ResponseFault.Malformed, reader.Fault);
    }

    [Fact]
    public void Feed_HeadWithoutEnd_IsRefusedAtItsLimit()
    {
        ResponseReader reader = Reader(new Expectation());
        byte[] piece = Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nX: " + new string('x', 40_000));

        Assert.Equal(ReadStatus.Incomplete, reader.Feed(piece, out _));
        Assert.Equal(ReadStatus.Broken, reader.Feed(piece, out _));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true, 200)]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", false, 204)]
    [InlineData("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", false, 304)]
    public void Feed_AnswerWithoutBody_EndsWithItsHead(string text, bool isHead, int status)
    {
        var reader = new ResponseReader();
        reader.Begin(new Expectation { Status = status }, isHead, reference: null);

        Assert.Equal(ReadStatus.Complete, reader.Feed(Encoding.Latin1.GetBytes(text + "rest"), out int consumed));
        Assert.Equal(text.Length, consumed);
        Assert.Equal(ResponseFault.None, reader.Fault);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", false)]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false)]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n", true)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true)]
    public void KeepAlive_ByVersionAndField_IsTold(string text, bool keepAlive)
    {
        var reader = new ResponseReader();
        reader.Begin(new Expectation(), isHead: false, reference: null);

        Assert.Equal(ReadStatus.Complete, reader.Feed(Encoding.Latin1.GetBytes(text), out _));
        Assert.Equal(keepAlive, reader.KeepAlive);
    }

    [Fact]
    public void FeedEnd_BodyWithoutLength_Completes()
    {
        ResponseReader reader = Reader(new Expectation());

        Assert.Equal(ReadStatus.Incomplete, reader.Feed("HTTP/1.1 200 OK\r\n\r\nhello"u8, out _));
        Assert.Equal(ReadStatus.Complete, reader.FeedEnd());
        Assert.Equal(ResponseFault.None, reader.Fault);
        Assert.False(reader.KeepAlive);
    }

    [Theory]
    [InlineData(Fixed)]
    [InlineData(Chunked)]
    public void FeedEnd_EarlierThanAnnounced_IsAFault(string text)
    {
        for (int length = 0; length < text.Length; length++)
        {
            ResponseReader reader = Reader(new Expectation());

            Assert.Equal(ReadStatus.Incomplete, reader.Feed(Encoding.Latin1.GetBytes(text[..length]), out _));
            Assert.Equal(ReadStatus.Broken, reader.FeedEnd());
            Assert.Equal(ResponseFault.Closed, reader.Fault);
        }
    }

    private static ResponseReader Reader(Expectation expectation)
    {
        var reader = new ResponseReader();
        reader.Begin(expectation, isHead: false, "hello"u8.ToArray());
        return reader;
    }
}
