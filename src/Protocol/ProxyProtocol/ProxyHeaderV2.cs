using System.Buffers.Binary;
using System.Numerics;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.ProxyProtocol;

/// <summary>The binary form: signature, version and command, family, length, addresses, TLVs. Stateless.</summary>
internal static class ProxyHeaderV2
{
    public const int FixedLength = 16;
    public const int Length4 = 12;
    public const int Length6 = 36;
    public const byte CommandLocal = 0x20;
    public const byte CommandProxy = 0x21;
    public const byte FamilyTcp4 = 0x11;
    public const byte FamilyTcp6 = 0x21;
    private const byte FamilyUnspecified = 0x00;
    private const byte FamilyUnixStream = 0x31;
    private const int LengthUnix = 216;
    private const byte TlvChecksum = 0x03;

    /// <summary>CR LF CR LF NUL CR LF QUIT LF: neither HTTP nor text.</summary>
    public static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    public static ParseResult Read(ReadOnlySpan<byte> bytes, out ProxyHeader header, out int length)
    {
        header = default;
        length = 0;
        int known = Math.Min(bytes.Length, Signature.Length);
        if (!bytes[..known].SequenceEqual(Signature[..known]))
        {
            return ParseResult.Refused;
        }

        if ((bytes.Length > Signature.Length && bytes[12] is not (CommandLocal or CommandProxy))
            || (bytes.Length > Signature.Length + 1 && !IsFamily(bytes[12], bytes[13])))
        {
            return ParseResult.Refused;
        }

        if (bytes.Length < FixedLength)
        {
            return ParseResult.Incomplete;
        }

        int total = FixedLength + BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]);
        if (total > ProxyHeaderReader.MaxLength)
        {
            return ParseResult.Refused;
        }

        if (bytes.Length < total)
        {
            return ParseResult.Incomplete;
        }

        if (!Parse(bytes[..total], out header))
        {
            return ParseResult.Refused;
        }

        length = total;
        return ParseResult.Complete;
    }

    // A LOCAL header is sent by the proxy on its own behalf and its family is to be ignored. Datagrams do not arrive on a stream.
    private static bool IsFamily(byte command, byte family) =>
        command == CommandLocal || family is FamilyUnspecified or FamilyTcp4 or FamilyTcp6 or FamilyUnixStream;

    private static bool Parse(ReadOnlySpan<byte> bytes, out ProxyHeader header)
    {
        header = default;
        byte family = bytes[13];
        if (bytes[12] == CommandLocal || family == FamilyUnspecified)
        {
            // The length of what is to be ignored is not known, so there is nothing to check behind it.
            return true;
        }

        ReadOnlySpan<byte> addresses = bytes[FixedLength..];
        int addressLength = family switch
        {
            FamilyTcp4 => Length4,
            FamilyTcp6 => Length6,
            _ => LengthUnix,
        };
        if (addresses.Length < addressLength || !AreTlvsSound(bytes, FixedLength + addressLength))
        {
            return false;
        }

        if (family == FamilyTcp4)
        {
            header = new ProxyHeader(
                ProxyHeaderKind.Tcp4,
                new ProxyAddress(BinaryPrimitives.ReadUInt32BigEndian(addresses), false, BinaryPrimitives.ReadUInt16BigEndian(addresses[8..])),
                new ProxyAddress(BinaryPrimitives.ReadUInt32BigEndian(addresses[4..]), false, BinaryPrimitives.ReadUInt16BigEndian(addresses[10..])));
        }
        else if (family == FamilyTcp6)
        {
            header = new ProxyHeader(
                ProxyHeaderKind.Tcp6,
                new ProxyAddress(BinaryPrimitives.ReadUInt128BigEndian(addresses), true, BinaryPrimitives.ReadUInt16BigEndian(addresses[32..])),
                new ProxyAddress(BinaryPrimitives.ReadUInt128BigEndian(addresses[16..]), true, BinaryPrimitives.ReadUInt16BigEndian(addresses[34..])));
        }

        return true;
    }

    private static bool AreTlvsSound(ReadOnlySpan<byte> bytes, int start)
    {
        const int TlvHeader = 3;
        while (start < bytes.Length)
        {
            if (bytes.Length - start < TlvHeader)
            {
                return false;
            }

            byte type = bytes[start];
            int valueLength = BinaryPrimitives.ReadUInt16BigEndian(bytes[(start + 1)..]);
            int value = start + TlvHeader;
            if (bytes.Length - value < valueLength || (type == TlvChecksum && !IsChecksum(bytes, value, valueLength)))
            {
                return false;
            }

            start = value + valueLength;
        }

        return true;
    }

    // CRC-32C of the whole header with the checksum itself read as zero.
    private static bool IsChecksum(ReadOnlySpan<byte> bytes, int start, int length)
    {
        if (length != sizeof(uint))
        {
            return false;
        }

        uint crc = uint.MaxValue;
        for (int i = 0; i < bytes.Length; i++)
        {
            crc = BitOperations.Crc32C(crc, i >= start && i < start + length ? (byte)0 : bytes[i]);
        }

        return ~crc == BinaryPrimitives.ReadUInt32BigEndian(bytes[start..]);
    }
}
