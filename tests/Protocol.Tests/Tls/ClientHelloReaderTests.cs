using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using VoltageSoda.Edge.Protocol.Tls;

namespace VoltageSoda.Edge.Protocol.Tests.Tls;

public sealed class ClientHelloReaderTests
{
    private static readonly ushort[] Suites = [0x1301, 0xC02B, 0xC02F];

    [Fact]
    public void Read_WholeMessage_GivesWhatTheClientOffers()
    {
        Assert.Equal(ClientHelloResult.Complete, Read(Record(Hello("Shop.Example.", tls13: true, ecdsa: true, Suites)), out ClientHello hello));
        Assert.Equal(("shop.example", true, true), (hello.ServerName, hello.OffersTls13, hello.AcceptsEcdsa));

        Read(Record(Hello(null, tls13: false, ecdsa: true, [0xC02F])), out hello);
        Assert.Equal((null, false, false), (hello.ServerName, hello.OffersTls13, hello.AcceptsEcdsa));

        Read(Record(Hello("a", tls13: false, ecdsa: true, Suites)), out hello);
        Assert.True(hello.AcceptsEcdsa);
        Read(Record(Hello("a", tls13: true, ecdsa: false, Suites)), out hello);
        Assert.False(hello.AcceptsEcdsa);
    }

    [Fact]
    public void Read_EveryTruncation_AsksForMore()
    {
        byte[] whole = Record(Hello("shop.example", tls13: true, ecdsa: true, Suites));
        for (int length = 0; length < whole.Length; length++)
        {
            Assert.Equal(ClientHelloResult.Incomplete, Read(whole[..length], out _));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(40)]
    public void Read_CutIntoRecordsAndSegments_GivesTheSame(int size)
    {
        byte[] hello = Hello("shop.example", tls13: true, ecdsa: true, Suites);
        byte[] cut = [.. hello.Chunk(size).SelectMany(Record)];
        Assert.Equal(ClientHelloResult.Complete, ClientHelloReader.Read(Segments(cut, 7), out ClientHello read));
        Assert.Equal("shop.example", read.ServerName);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1", ClientHelloResult.PlainHttp)]
    [InlineData("get", ClientHelloResult.PlainHttp)]
    [InlineData("\r\n", ClientHelloResult.NotTls)]
    [InlineData("\x15\x03\x01\x00\x02", ClientHelloResult.NotTls)]
    [InlineData("\x16\x02\x01\x00\x02", ClientHelloResult.NotTls)]
    [InlineData("\x16\x03\x01\x00\x00", ClientHelloResult.NotTls)]
    [InlineData("\x16\x03\x01\xFF\xFF", ClientHelloResult.NotTls)]
    [InlineData("\x16\x03\x01\x00\x04\x02\x00\x00\x00", ClientHelloResult.NotTls)]
    [InlineData("\x16\x03\x01\x00\x04\x01\x01\x00\x00", ClientHelloResult.TooLarge)]
    public void Read_Other_IsToldApart(string bytes, ClientHelloResult expected) =>
        Assert.Equal(expected, Read(Encoding.Latin1.GetBytes(bytes), out _));

    [Theory]
    [InlineData("a b")]
    [InlineData("a\r\nX: y")]
    [InlineData("...")]
    public void Read_ImpossibleServerName_IsNone(string name)
    {
        Assert.Equal(ClientHelloResult.Complete, Read(Record(Hello(name, tls13: true, ecdsa: true, Suites)), out ClientHello hello));
        Assert.Null(hello.ServerName);
    }

    [Fact]
    public void Read_AnyChangedByte_NeverThrows()
    {
        byte[] whole = Record(Hello("shop.example", tls13: true, ecdsa: true, Suites));
        for (int at = 0; at < whole.Length; at++)
        {
            foreach (byte value in (ReadOnlySpan<byte>)[0, 1, 0x7F, 0x80, 0xFF])
            {
                byte[] changed = [.. whole];
                changed[at] = value;
                ClientHelloResult result = Read(changed, out ClientHello hello);
                Assert.True(result == ClientHelloResult.Complete || hello == default);
            }
        }
    }

    private static ClientHelloResult Read(byte[] bytes, out ClientHello hello) => ClientHelloReader.Read(new ReadOnlySequence<byte>(bytes), out hello);

    private static byte[] Record(byte[] payload) => [22, 3, 1, .. Two(payload.Length), .. payload];

    private static byte[] Hello(string? name, bool tls13, bool ecdsa, ushort[] suites)
    {
        List<byte> extensions = [];
        if (name is not null)
        {
            byte[] host = Encoding.ASCII.GetBytes(name);
            Extension(0, [.. Two(host.Length + 3), 0, .. Two(host.Length), .. host]);
        }

        Extension(13, [.. Two(4), .. Two(0x0804), .. Two(ecdsa ? 0x0403 : 0x0401)]);
        if (tls13)
        {
            Extension(43, [4, 3, 4, 3, 3]);
        }

        byte[] body =
        [
            3, 3, .. new byte[32], 2, 7, 7, .. Two(suites.Length * 2), .. suites.SelectMany(static suite => Two(suite)), 1, 0,
            .. Two(extensions.Count), .. extensions,
        ];
        return [1, 0, .. Two(body.Length), .. body];

        void Extension(int type, byte[] data) => extensions.AddRange([.. Two(type), .. Two(data.Length), .. data]);
    }

    private static byte[] Two(int value)
    {
        byte[] bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        return bytes;
    }

    private static ReadOnlySequence<byte> Segments(byte[] bytes, int size)
    {
        Segment? first = null;
        Segment? last = null;
        foreach (byte[] chunk in bytes.Chunk(size))
        {
            last = last is null ? first = new Segment(chunk, 0) : last.Append(chunk);
        }

        return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes, long index)
        {
            Memory = bytes;
            RunningIndex = index;
        }

        public Segment Append(byte[] bytes)
        {
            Segment next = new(bytes, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
