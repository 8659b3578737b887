using System.Buffers.Text;

namespace VoltageSoda.Edge.Policies.Facts;

/// <content>Reading and printing: dotted decimal without leading zeros; IPv6 as RFC 4291 in, RFC 5952 out.</content>
public readonly partial record struct ClientAddress
{
    private const int GroupCount = 8;

    /// <summary>Reads an address without port, brackets or zone; false for anything else.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out ClientAddress address)
    {
        if (text.Contains((byte)':'))
        {
            bool parsed = TryParseIPv6(text, out UInt128 bits);
            address = parsed ? FromIPv6(bits) : default;
            return parsed;
        }

        bool isIPv4 = TryParseIPv4(text, out uint value);
        address = isIPv4 ? FromIPv4(value) : default;
        return isIPv4;
    }

    /// <summary>Writes the canonical text (RFC 5952); returns its length, at most <see cref="MaxTextLength"/>. Writes nothing for no address.</summary>
    public int Format(Span<byte> destination) => _family switch
    {
        4 => FormatIPv4((uint)_bits, destination),
        6 => FormatIPv6(destination),
        _ => 0,
    };

    private static bool TryParseIPv4(ReadOnlySpan<byte> text, out uint bits)
    {
        bits = 0;
        for (int part = 0; part < 4; part++)
        {
            int length = part == 3 ? text.Length : text.IndexOf((byte)'.');
            if (length is < 1 or > 3 || (length > 1 && text[0] == '0'))
            {
                return false;
            }

            uint value = 0;
            foreach (byte digit in text[..length])
            {
                if (!char.IsAsciiDigit((char)digit))
                {
                    return false;
                }

                value = (value * 10) + (uint)(digit - '0');
            }

            if (value > 255)
            {
                return false;
            }

            bits = (bits << 8) | value;
            text = part == 3 ? default : text[(length + 1)..];
        }

        return true;
    }

    private static bool TryParseIPv6(ReadOnlySpan<byte> text, out UInt128 bits)
    {
        bits = 0;
        Span<ushort> groups = stackalloc ushort[GroupCount];
        groups.Clear();
        int count = 0;
        int gap = -1;
        int at = 0;
        if (text.StartsWith("::"u8))
        {
            gap = 0;
            at = 2;
        }

        while (at < text.Length)
        {
            ReadOnlySpan<byte> rest = text[at..];
            int length = rest.IndexOf((byte)':');
            ReadOnlySpan<byte> group = length < 0 ? rest : rest[..length];
            if (length < 0 && group.Contains((byte)'.'))
            {
                if (count > GroupCount - 2 || !TryParseIPv4(group, out uint tail))
                {
                    return false;
                }

                groups[count++] = (ushort)(tail >> 16);
                groups[count++] = (ushort)tail;
                at = text.Length;
                break;
            }

            if (count == GroupCount || group.Length is < 1 or > 4
                || !Utf8Parser.TryParse(group, out ushort value, out int used, 'x') || used != group.Length)
            {
                return false;
            }

            groups[count++] = value;
            at += group.Length;
            if (at == text.Length)
            {
                break;
            }

            at++;
            if (at == text.Length)
            {
                return false; // A single colon at the end.
            }

            if (text[at] == ':')
            {
                if (gap >= 0)
                {
                    return false;
                }

                gap = count;
                at++;
            }
        }

        if (gap < 0 ? count != GroupCount : count == GroupCount)
        {
            return false;
        }

        int zeros = GroupCount - count;
        for (int i = 0; i < GroupCount; i++)
        {
            int source = gap < 0 || i < gap ? i : i - zeros;
            bits = (bits << 16) | (source < gap && i >= gap ? (ushort)0 : groups[source]);
        }

        return true;
    }

    private static int FormatIPv4(uint bits, Span<byte> destination)
    {
        int at = 0;
        for (int shift = 24; shift >= 0; shift -= 8)
        {
            uint part = (byte)(bits >> shift);
            if (part >= 100)
            {
                destination[at++] = (byte)('0' + (part / 100));
            }

            if (part >= 10)
            {
                destination[at++] = (byte)('0' + (part / 10 % 10));
            }

            destination[at++] = (byte)('0' + (part % 10));
            if (shift > 0)
            {
                destination[at++] = (byte)'.';
            }
        }

        return at;
    }

    private int FormatIPv6(Span<byte> destination)
    {
        (int gapStart, int gapLength) = FindLongestZeroRun();
        int at = 0;
        for (int i = 0; i < GroupCount; i++)
        {
            if (i == gapStart)
            {
                destination[at++] = (byte)':';
                destination[at++] = (byte)':';
                i += gapLength - 1;
                continue;
            }

            if (i > 0 && i != gapStart + gapLength)
            {
                destination[at++] = (byte)':';
            }

            Group(i).TryFormat(destination[at..], out int written, "x");
            at += written;
        }

        return at;
    }

    private ushort Group(int index) => (ushort)(_bits >> (16 * (GroupCount - 1 - index)));

    // RFC 5952 4.2: the longest run of two or more zero groups is compressed; the first one of equals.
    private (int Start, int Length) FindLongestZeroRun()
    {
        int bestStart = -1;
        int bestLength = 1;
        for (int i = 0; i < GroupCount; i++)
        {
            int end = i;
            while (end < GroupCount && Group(end) == 0)
            {
                end++;
            }

            if (end - i > bestLength)
            {
                bestStart = i;
                bestLength = end - i;
            }

            i = Math.Max(i, end - 1);
        }

        return bestStart < 0 ? (-1, 0) : (bestStart, bestLength);
    }
}
