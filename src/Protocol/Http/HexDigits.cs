using System.Runtime.CompilerServices;

namespace VoltageSoda.Edge.Protocol.Http;

/// <summary>Hexadecimal digits of percent triplets and chunk sizes. Stateless.</summary>
internal static class HexDigits
{
    private static ReadOnlySpan<byte> Upper => "0123456789ABCDEF"u8;

    /// <summary>0 to 15, or -1 when the byte is no hexadecimal digit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Value(byte digit)
    {
        uint decimalDigit = (uint)(digit - '0');
        if (decimalDigit <= 9)
        {
            return (int)decimalDigit;
        }

        uint letter = (uint)((digit | 0x20) - 'a');
        return letter <= 5 ? (int)letter + 10 : -1;
    }

    /// <summary>The byte of the triplet at <paramref name="index"/>, or -1 when there is no well-formed one.</summary>
    public static int Triplet(ReadOnlySpan<byte> bytes, int index)
    {
        if (bytes.Length - index < 3)
        {
            return -1;
        }

        int high = Value(bytes[index + 1]);
        int low = Value(bytes[index + 2]);
        return (high | low) < 0 ? -1 : (high << 4) | low;
    }

    /// <summary>Writes <c>%XX</c> with upper-case digits and returns 3.</summary>
    public static int WriteTriplet(Span<byte> destination, byte value)
    {
        destination[2] = Upper[value & 15];
        destination[1] = Upper[value >> 4];
        destination[0] = (byte)'%';
        return 3;
    }
}
