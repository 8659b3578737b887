using System.Buffers;
using VoltageSoda.Edge.Protocol.Buffers;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Protocol.Tests.Wire;

namespace VoltageSoda.Edge.Protocol.Tests.Http1;

public sealed class HeadWriterTests
{
    [Fact]
    public void Request_WithExtras_IsWritten()
    {
        ArrayBufferWriter<byte> output = new();
        HeadWriter writer = new(output, 16);
        writer.RequestLine("GET"u8, "/a"u8, "?b"u8);
        writer.Field(KnownHeader.Host, "a"u8);
        writer.Field("X-Own"u8, ""u8);
        writer.Field("X-Ms"u8, 1234567890123);
        writer.Field(KnownHeader.Age, 7);
        writer.Framing(BodyFraming.Counted(long.MaxValue));

        Assert.Equal(WireError.None, writer.End());
        Assert.Equal(
            "GET /a?b HTTP/1.1\r\nHost: a\r\nX-Own: \r\nX-Ms: 1234567890123\r\nAge: 7\r\nContent-Length: 9223372036854775807\r\n\r\n",
            Octets.Text(output.WrittenSpan));
    }

    [Fact]
    public void Response_OfParsedAndChangedFields_IsWritten()
    {
        ResponseHead head = ResponseReading.Whole(
            "HTTP/1.1 404 Whatever They Say\r\nA: 1\r\nB:2\r\nC:  3 \r\nD: 4\r\nE: 5\r\nF: \r\nG:\r\nH: 8\r\nTransfer-Encoding: chunked\r\n\r\n").Head;
        head.Headers.Remove("D"u8);
        head.Headers.Set("E"u8, "five"u8);
        head.Headers.Remove(KnownHeader.TransferEncoding);
        head.Headers.Add(KnownHeader.Via, "1.1 edge"u8);
        ArrayBufferWriter<byte> output = new();
        HeadWriter writer = new(output, HeadWriter.Estimate(head.Headers));
        writer.StatusLine(head.Status);
        writer.Fields(head.Headers);
        writer.Framing(BodyFraming.Chunked);

        Assert.Equal(WireError.None, writer.End());
        Assert.Equal(
            "HTTP/1.1 404 Not Found\r\nA: 1\r\nB: 2\r\nC: 3\r\nE: five\r\nF: \r\nG: \r\nH: 8\r\nVia: 1.1 edge\r\nTransfer-Encoding: chunked\r\n\r\n",
            Octets.Text(output.WrittenSpan));
    }

    [Theory]
    [InlineData("A", "B: 2\r\nC: 3\r\nD: 4\r\n")]
    [InlineData("B", "A: 1\r\nC: 3\r\nD: 4\r\n")]
    [InlineData("D", "A: 1\r\nB: 2\r\nC: 3\r\n")]
    public void RemovedField_BetweenKeptOnes_IsNotWritten(string removed, string expected)
    {
        HeaderBlock headers = ResponseReading.Whole("HTTP/1.1 304 X\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n").Head.Headers;
        headers.Remove(Octets.Of(removed));

        Assert.Equal($"HTTP/1.1 304 Not Modified\r\n{expected}\r\n", Written(304, headers));
    }

    [Fact]
    public void DroppedField_BetweenKeptOnes_IsNotWritten()
    {
        HeaderBlock headers = RequestReading.Whole("GET / HTTP/1.1\r\nHost: a\r\nX_Real_IP: evil\r\nB: 2\r\n\r\n").Head.Headers;

        Assert.Equal("HTTP/1.1 200 OK\r\nHost: a\r\nB: 2\r\n\r\n", Written(200, headers));
    }

    [Theory]
    [InlineData("X", "a\r\nEvil: 1")]
    [InlineData("X", "a\n")]
    [InlineData("X", "a\0")]
    [InlineData("X", "\u0001")]
    [InlineData("X", "\u007f")]
    [InlineData("", "a")]
    [InlineData("X\r\nEvil", "a")]
    [InlineData("X:", "a")]
    [InlineData("X Y", "a")]
    [InlineData("X\u00e9", "a")]
    public void UnwritableField_IsRefusedAndNothingIsWritten(string name, string value)
    {
        HeaderBlock headers = new();
        headers.Add(Octets.Of(name), Octets.Of(value));
        ArrayBufferWriter<byte> output = new();

        HeadWriter viaBlock = new(output, 64);
        viaBlock.StatusLine(200);
        viaBlock.Fields(headers);
        Assert.Equal(WireError.UnwritableField, viaBlock.End());

        HeadWriter direct = new(output, 64);
        direct.StatusLine(200);
        direct.Field(Octets.Of(name), Octets.Of(value));
        Assert.Equal(WireError.UnwritableField, direct.End());

        ByteWriter trailers = new(output);
        Assert.Equal(WireError.UnwritableField, ChunkedWriter.WriteLast(ref trailers, headers));
        Assert.Equal(0, trailers.Written);
        Assert.Equal(0, output.WrittenCount);
    }

    [Fact]
    public void UnwritableValue_SetOverAParsedOne_IsRefused()
    {
        ResponseHead head = ResponseReading.Whole("HTTP/1.1 304 X\r\nServer: x\r\n\r\n").Head;
        head.Headers.Set(KnownHeader.Server, "a\r\nb"u8);
        ArrayBufferWriter<byte> output = new();
        HeadWriter writer = new(output, 64);
        writer.StatusLine(200);
        writer.Fields(head.Headers);

        Assert.Equal(WireError.UnwritableField, writer.End());
        Assert.Equal(500, WireError.UnwritableField.Status());
    }

    [Fact]
    public void UnwritableField_Removed_DoesNoHarm()
    {
        HeaderBlock headers = new();
        headers.Add("X"u8, "\r\n"u8);
        headers.RemoveAt(0);
        ArrayBufferWriter<byte> output = new();
        HeadWriter writer = new(output, 64);
        writer.StatusLine(204);
        writer.Fields(headers);

        Assert.Equal(WireError.None, writer.End());
        Assert.Equal("HTTP/1.1 204 No Content\r\n\r\n", Octets.Text(output.WrittenSpan));
    }

    [Theory]
    [InlineData("G T", "/", "")]
    [InlineData("", "/", "")]
    [InlineData("GET", "", "")]
    [InlineData("GET", "/a b", "")]
    [InlineData("GET", "/a\r\n", "")]
    [InlineData("GET", "/\u00e9", "")]
    [InlineData("GET", "/", "?a\u007f")]
    public void UnwritableRequestLine_IsRefused(string method, string path, string query)
    {
        ArrayBufferWriter<byte> output = new();
        HeadWriter writer = new(output, 64);
        writer.RequestLine(Octets.Of(method), Octets.Of(path), Octets.Of(query));

        Assert.Equal((WireError.UnwritableField, 0), (writer.End(), output.WrittenCount));
    }

    [Fact]
    public void Head_LargerThanTheHint_IsWrittenWhole()
    {
        TightWriter output = new();
        HeadWriter writer = new(output, 0);
        writer.StatusLine(200);
        for (int i = 0; i < 1000; i++)
        {
            writer.Field("X-Number"u8, i);
        }

        Assert.Empty(output.Written);
        Assert.Equal(WireError.None, writer.End());
        Assert.Equal(
            "HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Range(0, 1000).Select(i => $"X-Number: {i}\r\n")) + "\r\n",
            Octets.Text(output.Written.ToArray()));
    }

    [Theory]
    [InlineData(1, "1\r\n")]
    [InlineData(15, "f\r\n")]
    [InlineData(65536, "10000\r\n")]
    [InlineData(long.MaxValue, "7fffffffffffffff\r\n")]
    public void WritePrefix_IsReadBack(long length, string expected)
    {
        byte[] bytes = new byte[ChunkedWriter.MaxPrefixLength];

        Assert.Equal(expected, Octets.Text(bytes.AsSpan(0, ChunkedWriter.WritePrefix(bytes, length))));
    }

    [Fact]
    public void WritePrefix_OfNothing_WouldEndTheBody() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ChunkedWriter.WritePrefix(new byte[20], 0));

    [Fact]
    public void WriteLast_Trailers_AreReadBack()
    {
        HeaderBlock trailers = new();
        trailers.Add("X-Sum"u8, "abc"u8);
        trailers.Add(KnownHeader.GrpcStatus, "0"u8);
        ArrayBufferWriter<byte> output = new();
        ByteWriter writer = new(output);
        Assert.Equal(WireError.None, ChunkedWriter.WriteLast(ref writer, trailers));
        writer.Commit();

        Assert.Equal("0\r\nX-Sum: abc\r\nGrpc-Status: 0\r\n\r\n", Octets.Text(output.WrittenSpan));
        Assert.Equal("X-Sum: abc\nGrpc-Status: 0", ChunkedReading.Whole(Octets.Text(output.WrittenSpan)).Trailers);
    }

    private static string Written(int status, HeaderBlock headers)
    {
        ArrayBufferWriter<byte> output = new();
        HeadWriter writer = new(output, HeadWriter.Estimate(headers));
        writer.StatusLine(status);
        writer.Fields(headers);
        Assert.Equal(WireError.None, writer.End());
        return Octets.Text(output.WrittenSpan);
    }

    /// <summary>Gives no byte more than asked for.</summary>
    private sealed class TightWriter : IBufferWriter<byte>
    {
        private byte[] _current = [];

        public List<byte> Written { get; } = [];

        public void Advance(int count) => Written.AddRange(_current.AsSpan(0, count));

        public Memory<byte> GetMemory(int sizeHint = 0) => _current = new byte[Math.Max(sizeHint, 1)];

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }
}
