using System.Globalization;

namespace VoltageSoda.Edge.Policies.Tracing;

/// <summary>Ids as hexadecimal text. Stateless, total, no allocation.</summary>
internal static class HexText
{
    private static readonly System.Buffers.SearchValues<byte> Digits = System.Buffers.SearchValues.Create("0123456789abcdefABCDEF"u8);

    /// <summary>Writes 16 lower-case digits.</summary>
    public static void Write(Span<byte> destination, ulong value)
    {
        if (!value.TryFormat(destination[..16], out _, "x16", CultureInfo.InvariantCulture))
        {
            throw new ArgumentException("No room for 16 digits.", nameof(destination));
        }
    }

    /// <summary>True when every byte is a digit of either case.</summary>
    public static bool IsHex(ReadOnlySpan<byte> text) => !text.ContainsAnyExcept(Digits);

    /// <summary>Reads 1 to 32 digits; false for anything else.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out UInt128 value)
    {
        value = 0;
        if (text.Length is 0 or > 32)
        {
            return false;
        }

        foreach (byte digit in text)
        {
            int nibble = Nibble(digit);
            if (nibble < 0)
            {
                return false;
            }

            value = (value << 4) | (uint)nibble;
        }

        return true;
    }

    private static int Nibble(byte digit)
    {
        uint number = (uint)(digit - '0');
        if (number <= 9)
        {
            return (int)number;
        }

        uint letter = (uint)((digit | 0x20) - 'a');
        return letter <= 5 ? (int)letter + 10 : -1;
    }
}
