using System.Text;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Protocol.Tests.Wire;

namespace VoltageSoda.Edge.Protocol.Tests.Http1;

public sealed class ChunkedReaderTests
{
    [Theory]
    [InlineData("0\r\n\r\n", "")]
    [InlineData("5\r\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world")]
    [InlineData("A\r\n0123456789\r\n0\r\n\r\n", "0123456789")]
    [InlineData("a\r\n0123456789\r\n0\r\n\r\n", "0123456789")]
    [InlineData("0000000000000005\r\nhello\r\n0000000000000000\r\n\r\n", "hello")]
    [InlineData("2\r\n\r\n\r\n0\r\n\r\n", "\r\n")]
    [InlineData("5;x\r\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("5;\r\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("5 ;x=y\r\nhello\r\n0;z\r\n\r\n", "hello")]
    [InlineData("5\t \t;\tx = y ; z\r\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("5;x=\"a;b \\\" \u00e9\"\r\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("5;!@#$%^&*()/<>?\r\nhello\r\n0\r\n\r\n", "hello")]
    public void Read_GoodBody_YieldsItsData(string text, string expected)
    {
        ChunkedReading reading = ChunkedReading.Whole(text + "GET /");

        Assert.Equal((ChunkedStep.End, text.Length), (reading.Result, reading.Consumed));
        Assert.Equal(expected, Octets.Text(reading.Data));
    }

    [Theory]

    // Size.
    [InlineData("\r\n", WireError.ChunkSize)]
    [InlineData("x\r\n", WireError.ChunkSize)]
    [InlineData("0x5\r\nhello\r\n", WireError.ChunkSize)]
    [InlineData("+5\r\nhello\r\n", WireError.ChunkSize)]
    [InlineData("-5\r\nhello\r\n", WireError.ChunkSize)]
    [InlineData("1_0\r\n", WireError.ChunkSize)]
    [InlineData(" 5\r\nhello\r\n", WireError.ChunkSize)]
    [InlineData("\t5\r\nhello\r\n", WireError.ChunkSize)]
    [InlineData("5 \r\nhello\r\n", WireError.ChunkSize)]
    [InlineData("5\t\r\nhello\r\n", WireError.ChunkSize)]
    [InlineData("5 x\r\nhello\r\n", WireError.ChunkSize)]
    [InlineData("5,\r\nhello\r\n", WireError.ChunkSize)]
    [InlineData(";x\r\n", WireError.ChunkSize)]
    [InlineData("5\0\r\nhello\r\n", WireError.ChunkSize)]
    [InlineData("5\u00e9\r\nhello\r\n", WireError.ChunkSize)]
    [InlineData("8000000000000000\r\n", WireError.ChunkSize)]
    [InlineData("ffffffffffffffff\r\n", WireError.ChunkSize)]
    [InlineData("10000000000000000\r\n", WireError.ChunkSize)]
    [InlineData("00000000000000005\r\nhello\r\n", WireError.ChunkSize)]

    // Line ends.
    [InlineData("5\nhello\r\n", WireError.BadLineEnd)]
    [InlineData("\n", WireError.BadLineEnd)]
    [InlineData("5\r\r\nhello\r\n", WireError.BadLineEnd)]
    [InlineData("5\rhello", WireError.BadLineEnd)]
    [InlineData("5;x\nhello\r\n", WireError.BadLineEnd)]
    [InlineData("5;x\rhello", WireError.BadLineEnd)]

    // Extensions.
    [InlineData("5;x=\"a\r\nb\"\r\nhello\r\n", WireError.BadLineEnd)]
    [InlineData("5;x=\"a\nb\"\r\nhello\r\n", WireError.BadLineEnd)]
    [InlineData("5;x=\"a\\\r\nb\"\r\nhello\r\n", WireError.BadLineEnd)]
    [InlineData("5;x=\"a\r\nhello\r\n", WireError.BadLineEnd)]
    [InlineData("5;x\0\r\nhello\r\n", WireError.ChunkExtension)]
    [InlineData("5;x\u0001\r\nhello\r\n", WireError.ChunkExtension)]
    [InlineData("5;x\u007f\r\nhello\r\n", WireError.ChunkExtension)]
    [InlineData("5;x\u00e9\r\nhello\r\n", WireError.ChunkExtension)]
    [InlineData("5;x=\"\u0001\"\r\nhello\r\n", WireError.ChunkExtension)]
    [InlineData("5;x=\"\\\u0001\"\r\nhello\r\n", WireError.ChunkExtension)]

    // Behind the data.
    [InlineData("5\r\nhello!\r\n0\r\n\r\n", WireError.ChunkEnd)]
    [InlineData("5\r\nhello\n0\r\n\r\n", WireError.ChunkEnd)]
    [InlineData("5\r\nhello\r0\r\n\r\n", WireError.ChunkEnd)]
    [InlineData("5\r\nhello0\r\n\r\n", WireError.ChunkEnd)]
    [InlineData("5\r\nhello\r\r\n0\r\n\r\n", WireError.ChunkEnd)]

    // Trailers.
    [InlineData("0\r\n\n", WireError.BadLineEnd)]
    [InlineData("0\r\nA: b\n\r\n", WireError.BadLineEnd)]
    [InlineData("0\r\nA: b\r\r\n\r\n", WireError.BadLineEnd)]
    [InlineData("0\r\nA: b\rc\r\n\r\n", WireError.BadLineEnd)]
    [InlineData("0\r\n\rX", WireError.BadLineEnd)]
    [InlineData("0\r\nA : b\r\n\r\n", WireError.Trailer)]
    [InlineData("0\r\n: b\r\n\r\n", WireError.Trailer)]
    [InlineData("0\r\nA\r\n\r\n", WireError.Trailer)]
    [InlineData("0\r\n A: b\r\n\r\n", WireError.Trailer)]
    [InlineData("0\r\nA: b\r\n c\r\n\r\n", WireError.Trailer)]
    [InlineData("0\r\nA: b\0\r\n\r\n", WireError.Trailer)]
    [InlineData("0\r\nA\u00e9: b\r\n\r\n", WireError.Trailer)]
    [InlineData("0\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", WireError.Trailer)]
    public void Read_BrokenFraming_IsRefused(string text, WireError expected)
    {
        // Something behind every bare CR or LF, so that no verdict waits for more.
        ChunkedReading reading = ChunkedReading.Whole(text + "zz\nzz\n");

        Assert.Equal((ChunkedStep.Refused, expected, 400), (reading.Result, reading.Error, reading.Error.Status()));
    }

    [Fact]
    public void Read_AfterRefusal_StaysRefused()
    {
        ChunkedReader reader = default;
        reader.Read("x"u8, new HeaderBlock(), out _, out _, out _);

        Assert.Equal(ChunkedStep.Refused, reader.Read("5\r\nhello"u8, new HeaderBlock(), out int consumed, out _, out _));
        Assert.Equal(0, consumed);
    }

    [Theory]
    [InlineData(256, 0)]
    [InlineData(257, 413)]
    public void Read_ExtensionOfOneLine_HasALimit(int length, int status) =>
        Assert.Equal(status, ChunkedReading.Whole($"5;{new string('x', length - 1)}\r\nhello\r\n0\r\n\r\n").Error.Status());

    [Theory]
    [InlineData(64, 0)]
    [InlineData(65, 413)]
    public void Read_ExtensionsOfOneMessage_HaveALimit(int lines, int status)
    {
        string chunk = $"28;{new string('x', 255)}\r\n{new string('d', 40)}\r\n";

        Assert.Equal(status, ChunkedReading.Whole(string.Concat(Enumerable.Repeat(chunk, lines)) + "0\r\n\r\n").Error.Status());
    }

    [Fact]
    public void Read_TinyChunks_AreNotAFlood()
    {
        ChunkedReading reading = ChunkedReading.Whole(string.Concat(Enumerable.Repeat("1\r\nx\r\n", 200_000)) + "0\r\n\r\n");

        Assert.Equal((ChunkedStep.End, 200_000), (reading.Result, reading.Data.Length));
    }

    [Fact]
    public void Read_FramingWithoutData_IsRefused()
    {
        // 16 + 2 + 2 bytes around each byte of data, later with an extension: above eight for one.
        string chunk = "0000000000000001\r\nx\r\n";
        int within = 64 * 1024 / (20 - 8);

        Assert.Equal(ChunkedStep.NeedMore, ChunkedReading.Whole(string.Concat(Enumerable.Repeat(chunk, within - 8))).Result);
        ChunkedReading reading = ChunkedReading.Whole(string.Concat(Enumerable.Repeat(chunk, within + 8)));
        Assert.Equal((WireError.ChunkOverhead, 400), (reading.Error, reading.Error.Status()));
    }

    [Fact]
    public void Read_Trailers_AreKeptApartAndFiltered()
    {
        string[] dropped =
        [
            "Content-Length: 5", "Transfer-Encoding: chunked", "Host: b", "Connection: close", "Trailer: x", "TE: x", "Upgrade: x", "Authorization: x",
            "Proxy-Authorization: x", "Cookie: x", "Set-Cookie: x", "X-Forwarded-For: 1.2.3.4", "X-Forwarded-Whatever: x", "X-Real-IP: 1.2.3.4",
            "Forwarded: for=x", "Content-Type: x", "Content-Encoding: gzip", "Cache-Control: no-store", "X_Forwarded_For: 1.2.3.4",
            "X-Consumer-Id: x", "Expect: 100-continue", "Range: bytes=0-1", "Max-Forwards: 1", "Via: x", "Location: /", "Vary: *",
        ];

        ChunkedReading reading = ChunkedReading.Whole($"0\r\n{string.Join("\r\n", dropped)}\r\nETag:  \"x\" \r\ngrpc-status: 0\r\nX-Sum: y\r\n\r\nNEXT");

        Assert.Equal(ChunkedStep.End, reading.Result);
        Assert.Equal("ETag: \"x\"\ngrpc-status: 0\nX-Sum: y", reading.Trailers);
    }

    [Theory]
    [InlineData(32, 0)]
    [InlineData(33, 431)]
    public void Read_TrailerCount_HasALimit(int count, int status) =>
        Assert.Equal(status, ChunkedReading.Whole("0\r\n" + string.Concat(Enumerable.Repeat("Cookie: x\r\n", count)) + "\r\n").Error.Status());

    [Theory]
    [InlineData(8192, 0)]
    [InlineData(8193, 431)]
    public void Read_TrailerBytes_HaveALimit(int total, int status)
    {
        string first = $"A: {new string('x', 4000)}\r\n";
        string second = $"B: {new string('x', total - first.Length - 5)}\r\n";

        Assert.Equal(status, ChunkedReading.Whole($"0\r\n{first}{second}\r\n").Error.Status());
    }

    [Fact]
    public void Read_EndlessTrailer_IsRefusedWithoutItsEnd()
    {
        Assert.Equal(WireError.TrailerTooLarge, ChunkedReading.Whole("0\r\nA: " + new string('x', 9000)).Error);
    }

    [Fact]
    public void Read_UnderscoreTrailer_FollowsTheListener()
    {
        Assert.Equal("My_Name: x", ChunkedReading.Whole("0\r\nMy_Name: x\r\n\r\n", RequestRules.Kong).Trailers);
        Assert.Equal(WireError.Trailer, ChunkedReading.Whole("0\r\nMy_Name: x\r\n\r\n", RequestRules.Istio).Error);
    }

    [Fact]
    public void Read_EveryTruncation_NeedsMore()
    {
        const string Text = "5 ;x=\"y\"\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum: y\r\n\r\n";

        for (int length = 0; length < Text.Length; length++)
        {
            ChunkedReading reading = ChunkedReading.Whole(Text[..length]);
            Assert.Equal((ChunkedStep.NeedMore, length), (reading.Result, reading.Consumed));
        }

        Assert.Equal(ChunkedStep.End, ChunkedReading.Whole(Text).Result);
    }

    [Fact]
    public void Read_LargestSize_IsALength()
    {
        ChunkedReader reader = default;
        ChunkedStep step = reader.Read("7fffffffffffffff\r\nabc"u8, new HeaderBlock(), out int consumed, out ReadOnlySpan<byte> data, out _);

        Assert.Equal((ChunkedStep.Data, 21, "abc"), (step, consumed, Encoding.ASCII.GetString(data)));
    }

    [Fact]
    public void Reset_AfterOneBody_ReadsTheNext()
    {
        ChunkedReader reader = default;
        HeaderBlock trailers = new();
        reader.Read("0\r\n\r\n"u8, trailers, out _, out _, out _);
        Assert.True(reader.IsEnded);
        reader.Reset();

        Assert.Equal(ChunkedStep.Data, reader.Read("1\r\nx"u8, trailers, out _, out _, out _));
    }
}
