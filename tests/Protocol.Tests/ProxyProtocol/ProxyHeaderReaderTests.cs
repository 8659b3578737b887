using System.Buffers;
using System.Net;
using System.Numerics;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.ProxyProtocol;
using VoltageSoda.Edge.Protocol.Tests.Wire;

namespace VoltageSoda.Edge.Protocol.Tests.ProxyProtocol;

public sealed class ProxyHeaderReaderTests
{
    private const string Signature = "\r\n\r\n\0\r\nQUIT\n";
    private const string Addresses4 = "\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u0001\0\0\u0050";

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n", ProxyHeaderKind.Tcp4, "192.0.2.1", 56324, "192.0.2.2", 443)]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 0 65535\r\n", ProxyHeaderKind.Tcp4, "1.2.3.4", 0, "5.6.7.8", 65535)]
    [InlineData("PROXY TCP6 2001:db8::1 ::1 1 2\r\n", ProxyHeaderKind.Tcp6, "2001:db8::1", 1, "::1", 2)]
    [InlineData(Signature + "\u0021\u0011\0\u000c" + Addresses4, ProxyHeaderKind.Tcp4, "1.2.3.4", 256, "5.6.7.8", 80)]
    public void Read_GoodHeader_GivesBothEnds(string text, ProxyHeaderKind kind, string source, int sourcePort, string target, int targetPort)
    {
        Assert.Equal(ParseResult.Complete, Read(text + "GET /", out ProxyHeader header, out int consumed));

        Assert.Equal((kind, text.Length), (header.Kind, consumed));
        Assert.Equal((IPAddress.Parse(source), sourcePort), (header.Source.ToIPAddress(), header.Source.Port));
        Assert.Equal((IPAddress.Parse(target), targetPort), (header.Destination.ToIPAddress(), header.Destination.Port));
    }

    [Theory]
    [InlineData("PROXY UNKNOWN\r\n")]
    [InlineData("PROXY UNKNOWN whatever this says 1 2\r\n")]
    [InlineData(Signature + "\u0020\0\0\0")]
    [InlineData(Signature + "\u0020\u0011\0\u000c" + Addresses4)]
    [InlineData(Signature + "\u0020\u00ff\0\u0002xy")]
    [InlineData(Signature + "\u0021\0\0\0")]
    [InlineData(Signature + "\u0021\0\0\u0003abc")]
    public void Read_LocalOrUnknown_KeepsTheRealPeer(string text)
    {
        Assert.Equal(ParseResult.Complete, Read(text + "GET /", out ProxyHeader header, out int consumed));
        Assert.Equal((ProxyHeaderKind.Local, text.Length), (header.Kind, consumed));
    }

    [Fact]
    public void Read_UnixFamily_KeepsTheRealPeer()
    {
        Assert.Equal(ParseResult.Complete, Read(Signature + "\u0021\u0031\0\u00d8" + new string('\0', 216), out ProxyHeader header, out _));
        Assert.Equal(ProxyHeaderKind.Local, header.Kind);
    }

    [Theory]

    // v1.
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("proxy TCP4 1.2.3.4 5.6.7.8 1 2\r\n")]
    [InlineData("PROXY  TCP4 1.2.3.4 5.6.7.8 1 2\r\n")]
    [InlineData("PROXY TCP4  1.2.3.4 5.6.7.8 1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 1  2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 1 2 \r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8\r\n")]
    [InlineData("PROXY TCP4\r\n")]
    [InlineData("PROXY \r\n")]
    [InlineData("PROXY\r\n")]
    [InlineData("PROXY tcp4 1.2.3.4 5.6.7.8 1 2\r\n")]
    [InlineData("PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n")]
    [InlineData("PROXY UNKNOWNX\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 01 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 1 65536\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 -1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 +1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 1 \r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 1 0x2\r\n")]
    [InlineData("PROXY TCP4 01.2.3.4 5.6.7.8 1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3 5.6.7.8 1 2\r\n")]
    [InlineData("PROXY TCP4 ::1 ::2 1 2\r\n")]
    [InlineData("PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n")]
    [InlineData("PROXY TCP6 ::g ::1 1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n")]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4\t5.6.7.8 1 2\r\n")]
    [InlineData("PROXY UNKNOWN \0\r\n")]

    // v2.
    [InlineData("\r\n\r\n\0\r\nQUIT\r")]
    [InlineData(Signature + "\u0011\u0011\0\u000c" + Addresses4)]
    [InlineData(Signature + "\u0031\u0011\0\u000c" + Addresses4)]
    [InlineData(Signature + "\u0022\u0011\0\u000c" + Addresses4)]
    [InlineData(Signature + "\u0021\u0012\0\u000c" + Addresses4)]
    [InlineData(Signature + "\u0021\u0041\0\u000c" + Addresses4)]
    [InlineData(Signature + "\u0021\u0010\0\u000c" + Addresses4)]
    [InlineData(Signature + "\u0021\u0011\0\u000b" + Addresses4)]
    [InlineData(Signature + "\u0021\u0021\0\u000c" + Addresses4)]
    [InlineData(Signature + "\u0021\u0011\u0008\0")]

    // TLVs.
    [InlineData(Signature + "\u0021\u0011\0\u000d" + Addresses4 + "\u0004")]
    [InlineData(Signature + "\u0021\u0011\0\u000e" + Addresses4 + "\u0004\0")]
    [InlineData(Signature + "\u0021\u0011\0\u000f" + Addresses4 + "\u0004\0\u0001")]
    [InlineData(Signature + "\u0021\u0011\0\u0011" + Addresses4 + "\u0004\0\u0001xy")]
    [InlineData(Signature + "\u0021\u0011\0\u0013" + Addresses4 + "\u0003\0\u0004\0\0\0\0")]
    [InlineData(Signature + "\u0021\u0011\0\u0011" + Addresses4 + "\u0003\0\u0002\0\0")]
    public void Read_AnythingElse_IsRefused(string text) => Assert.Equal(ParseResult.Refused, Read(text, out _, out _));

    [Theory]
    [InlineData(107, ParseResult.Complete)]
    [InlineData(108, ParseResult.Refused)]
    public void Read_TextLine_HasALimit(int length, ParseResult expected)
    {
        string line = "PROXY UNKNOWN " + new string('x', length - 16) + "\r\n";

        Assert.Equal(length, line.Length);
        Assert.Equal(expected, Read(line, out _, out _));
    }

    [Theory]
    [InlineData(2048, ParseResult.Complete)]
    [InlineData(2049, ParseResult.Refused)]
    public void Read_BinaryHeader_HasALimit(int total, ParseResult expected)
    {
        int tlv = total - 16 - 12 - 3;
        string text = Signature + "\u0021\u0011" + Big(total - 16) + Addresses4 + "\u0004" + Big(tlv) + new string('\0', tlv);

        Assert.Equal(expected, Read(text, out _, out _));
    }

    [Fact]
    public void Read_Checksum_IsVerified()
    {
        byte[] bytes = Octets.Of(Signature + "\u0021\u0011\0\u0013" + Addresses4 + "\u0003\0\u0004\0\0\0\0");
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(bytes.Length - 4), ~crc);

        Assert.Equal(ParseResult.Complete, Read(Octets.Text(bytes), out _, out _));
    }

    [Theory]
    [InlineData("PROXY TCP6 2001:db8::1 ::1 1 2\r\n")]
    [InlineData(Signature + "\u0021\u0011\0\u0012" + Addresses4 + "\u0004\0\u0003xyz")]
    public void Read_EveryTruncationAndSplit_GivesTheSame(string text)
    {
        byte[] bytes = Octets.Of(text + "rest");
        Read(text, out ProxyHeader whole, out _);
        for (int length = 0; length < text.Length; length++)
        {
            Assert.Equal(ParseResult.Incomplete, Read(text[..length], out _, out int nothing));
            Assert.Equal(0, nothing);
            ReadOnlySequence<byte> input = Octets.Segments(bytes, length);
            Assert.Equal(ParseResult.Complete, ProxyHeaderReader.Read(input, out ProxyHeader header, out SequencePosition consumed));
            Assert.Equal((whole, text.Length), (header, (int)input.Slice(0, consumed).Length));
        }
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.2")]
    [InlineData("2001:db8::1", "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255")]
    public void Write_ThenRead_GivesTheSame(string source, string target)
    {
        IPEndPoint from = new(IPAddress.Parse(source), 65535);
        IPEndPoint to = new(IPAddress.Parse(target), 8443);
        byte[] bytes = new byte[ProxyHeaderWriter.MaxLength];
        int v2 = ProxyHeaderWriter.WriteV2(bytes, from, to);
        AssertReadsBack(bytes.AsSpan(0, v2), from, to);
        int v1 = ProxyHeaderWriter.WriteV1(bytes, from, to);
        AssertReadsBack(bytes.AsSpan(0, v1), from, to);
        int local = ProxyHeaderWriter.WriteLocal(bytes);
        Assert.Equal(ParseResult.Complete, Read(Octets.Text(bytes.AsSpan(0, local)), out ProxyHeader header, out _));
        Assert.Equal(ProxyHeaderKind.Local, header.Kind);
    }

    [Fact]
    public void Write_MixedFamilies_Throws() =>
        Assert.Throws<ArgumentException>(() => ProxyHeaderWriter.WriteV2(
            new byte[ProxyHeaderWriter.MaxLength], new IPEndPoint(IPAddress.Loopback, 1), new IPEndPoint(IPAddress.IPv6Loopback, 1)));

    private static void AssertReadsBack(ReadOnlySpan<byte> bytes, IPEndPoint source, IPEndPoint target)
    {
        Assert.Equal(ParseResult.Complete, Read(Octets.Text(bytes), out ProxyHeader header, out int consumed));
        Assert.Equal(bytes.Length, consumed);
        Assert.Equal(source, new IPEndPoint(header.Source.ToIPAddress(), header.Source.Port));
        Assert.Equal(target, new IPEndPoint(header.Destination.ToIPAddress(), header.Destination.Port));
    }

    private static string Big(int value) => $"{(char)(value >> 8)}{(char)(value & 0xff)}";

    private static ParseResult Read(string text, out ProxyHeader header, out int consumed)
    {
        ReadOnlySequence<byte> input = new(Octets.Of(text));
        ParseResult result = ProxyHeaderReader.Read(input, out header, out SequencePosition position);
        consumed = (int)input.Slice(0, position).Length;
        return result;
    }
}
