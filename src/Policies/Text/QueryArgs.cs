namespace VoltageSoda.Edge.Policies.Text;

/// <summary>
/// Walks the arguments of a raw query string (or a form body) as nginx does: separated by <c>&amp;</c>, name and value by the first <c>=</c>, empty
/// arguments skipped. No decoding. No allocation.
/// </summary>
public ref struct QueryArgs(ReadOnlySpan<byte> query)
{
    private ReadOnlySpan<byte> _rest = query;

    /// <summary>Name of the current argument, still encoded.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>Value of the current argument, still encoded; empty without an equals sign.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Whether the current argument has an equals sign.</summary>
    public bool HasValue { get; private set; }

    /// <summary>Goes to the next argument; false behind the last.</summary>
    public bool MoveNext()
    {
        while (!_rest.IsEmpty)
        {
            int end = _rest.IndexOf((byte)'&');
            ReadOnlySpan<byte> argument = end < 0 ? _rest : _rest[..end];
            _rest = end < 0 ? default : _rest[(end + 1)..];
            if (argument.IsEmpty)
            {
                continue;
            }

            int equals = argument.IndexOf((byte)'=');
            HasValue = equals >= 0;
            Name = equals < 0 ? argument : argument[..equals];
            Value = equals < 0 ? default : argument[(equals + 1)..];
            return true;
        }

        return false;
    }
}

/// <summary>Percent coding of query arguments. Stateless, no allocation.</summary>
public static class PercentCoding
{
    /// <summary>Whether decoding would change the text.</summary>
    public static bool IsEncoded(ReadOnlySpan<byte> text) => text.ContainsAny((byte)'%', (byte)'+');

    /// <summary>Decodes triplets and plus signs; a percent sign without two digits stays. The destination holds the text's length.</summary>
    public static int Decode(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        int written = 0;
        for (int i = 0; i < text.Length; i++)
        {
            destination[written++] = Next(text, ref i);
        }

        return written;
    }

    /// <summary>Compares the decoded text with plain bytes.</summary>
    public static bool DecodedEquals(ReadOnlySpan<byte> text, ReadOnlySpan<byte> expected)
    {
        int at = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (at == expected.Length || Next(text, ref i) != expected[at++])
            {
                return false;
            }
        }

        return at == expected.Length;
    }

    private static byte Next(ReadOnlySpan<byte> text, ref int at)
    {
        byte c = text[at];
        if (c == '+')
        {
            return (byte)' ';
        }

        if (c != '%' || at + 2 >= text.Length || !char.IsAsciiHexDigit((char)text[at + 1]) || !char.IsAsciiHexDigit((char)text[at + 2]))
        {
            return c;
        }

        byte value = (byte)((HexValue(text[at + 1]) << 4) | HexValue(text[at + 2]));
        at += 2;
        return value;
    }

    private static int HexValue(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
