using System.Buffers.Binary;

namespace VoltageSoda.Edge.Protocol.Http;

/// <summary>Strict text forms of IP addresses (RFC 3986 section 3.2.2): no leading zeros, no zone, no short forms. Stateless.</summary>
public static class IpLiteral
{
    private const int Groups = 8;

    /// <summary>Four decimal octets; <paramref name="address"/> in host order.</summary>
    public static bool TryParseIPv4(ReadOnlySpan<byte> text, out uint address)
    {
        address = 0;
        int octets = 0;
        int position = 0;
        while (octets < 4)
        {
            int start = position;
            int octet = 0;
            while (position < text.Length && position - start < 3 && char.IsAsciiDigit((char)text[position]))
            {
                octet = (octet * 10) + (text[position] - '0');
                position++;
            }

            int digits = position - start;
            if (digits == 0 || octet > 255 || (digits > 1 && text[start] == '0'))
            {
                return false;
            }

            address = (address << 8) | (uint)octet;
            octets++;
            if (octets < 4 && (position >= text.Length || text[position++] != '.'))
            {
                return false;
            }
        }

        return position == text.Length;
    }

    /// <summary>Hexadecimal groups with at most one <c>::</c> and an optional dotted tail; <paramref name="address"/> in host order.</summary>
    public static bool TryParseIPv6(ReadOnlySpan<byte> text, out UInt128 address)
    {
        address = 0;
        Span<byte> bytes = stackalloc byte[Groups * 2];
        int filled = 0;
        int gap = -1;
        int position = 0;
        if (text.Length >= 2 && text[0] == ':')
        {
            if (text[1] != ':')
            {
                return false;
            }

            gap = 0;
            position = 2;
        }

        while (position < text.Length)
        {
            if (filled == Groups * 2)
            {
                return false;
            }

            int start = position;
            int group = 0;
            while (position < text.Length && position - start < 4 && char.IsAsciiHexDigit((char)text[position]))
            {
                group = (group << 4) | HexDigits.Value(text[position]);
                position++;
            }

            if (position < text.Length && text[position] == '.')
            {
                if (filled > Groups * 2 - 4 || !TryParseIPv4(text[start..], out uint tail))
                {
                    return false;
                }

                BinaryPrimitives.WriteUInt32BigEndian(bytes[filled..], tail);
                filled += 4;
                break;
            }

            if (position == start)
            {
                return false;
            }

            BinaryPrimitives.WriteUInt16BigEndian(bytes[filled..], (ushort)group);
            filled += 2;
            if (position == text.Length)
            {
                break;
            }

            if (text[position++] != ':' || position == text.Length)
            {
                return false;
            }

            if (text[position] == ':')
            {
                if (gap >= 0)
                {
                    return false;
                }

                gap = filled;
                position++;
            }
        }

        if (!Expand(bytes, filled, gap))
        {
            return false;
        }

        address = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        return true;
    }

    // A gap stands for at least one group.
    private static bool Expand(Span<byte> bytes, int filled, int gap)
    {
        if (gap < 0)
        {
            return filled == bytes.Length;
        }

        if (filled == bytes.Length)
        {
            return false;
        }

        int tail = filled - gap;
        bytes.Slice(gap, tail).CopyTo(bytes[(bytes.Length - tail)..]);
        bytes[gap..(bytes.Length - tail)].Clear();
        return true;
    }
}
