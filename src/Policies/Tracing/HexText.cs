using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace VoltageSoda.Edge.Policies.Tracing;

/// <summary>Ids as hexadecimal text. Stateless, total, no allocation.</summary>
internal static class HexText
{
    private static readonly System.Buffers.SearchValues<byte> Digits = System.Buffers.SearchValues.Create("0123456789abcdefABCDEF"u8);

    /// <summary>Writes 16 lower-case digits.</summary>
    public static void Write(Span<byte> destination, ulong value)
    {
        Vector128<byte> nibbles = Vector128.CreateScalar(BinaryPrimitives.ReverseEndianness(value)).AsByte();

        // Each byte twice, its upper half in the even place.
        nibbles = Vector128.Shuffle(nibbles, Vector128.Create((byte)0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7));
        nibbles = Vector128.ConditionalSelect(Vector128.Create((ushort)0x00FF).AsByte(), Vector128.ShiftRightLogical(nibbles.AsUInt16(), 4).AsByte(), nibbles)
            & Vector128.Create((byte)0x0F);
        Vector128.Shuffle(Vector128.Create("0123456789abcdef"u8), nibbles).CopyTo(destination);
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
