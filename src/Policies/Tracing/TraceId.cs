namespace VoltageSoda.Edge.Policies.Tracing;

/// <summary>Identity of a trace: 8 or 16 bytes, never zero. The default value is "no trace". A plain value.</summary>
/// <param name="Bits">Right-aligned.</param>
/// <param name="ByteCount">8 or 16; 0 for no trace.</param>
public readonly record struct TraceId(UInt128 Bits, int ByteCount)
{
    /// <summary>The longest text.</summary>
    public const int MaxHexLength = 32;

    public bool HasValue => ByteCount != 0;

    /// <summary>Hexadecimal digits of <see cref="WriteHex"/>.</summary>
    public int HexLength => 2 * ByteCount;

    /// <summary>The low half, all that 8-byte formats can carry.</summary>
    public ulong Low => (ulong)Bits;

    public ulong High => (ulong)(Bits >> 64);

    /// <summary>Writes lower-case digits, 16 or 32 of them, and returns how many.</summary>
    public int WriteHex(Span<byte> destination)
    {
        if (ByteCount == 16)
        {
            HexText.Write(destination, High);
            HexText.Write(destination[16..], Low);
            return 32;
        }

        HexText.Write(destination, Low);
        return 16;
    }

    /// <summary>Writes 32 lower-case digits; short ids get zeros in front.</summary>
    public int WriteWideHex(Span<byte> destination)
    {
        HexText.Write(destination, High);
        HexText.Write(destination[16..], Low);
        return 32;
    }

    public override string ToString()
    {
        Span<byte> text = stackalloc byte[MaxHexLength];
        return ByteCount == 0 ? "" : System.Text.Encoding.ASCII.GetString(text[..WriteHex(text)]);
    }
}
