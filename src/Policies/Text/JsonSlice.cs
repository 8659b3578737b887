using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace VoltageSoda.Edge.Policies.Text;

/// <summary>Kinds of JSON value.</summary>
internal enum JsonKind
{
    Null,
    False,
    True,
    Number,
    Text,
    Array,
    Object,
}

/// <summary>A JSON value as it stands in the document; the span of a text excludes its quotes and keeps its escapes.</summary>
internal readonly ref struct JsonSlice(JsonKind kind, ReadOnlySpan<byte> raw)
{
    public JsonKind Kind { get; } = kind;

    public ReadOnlySpan<byte> Raw { get; } = raw;

    public bool TryGetNumber(out double number)
    {
        number = 0;
        return Kind == JsonKind.Number && Utf8Parser.TryParse(Raw, out number, out int used) && used == Raw.Length;
    }

    /// <summary>Compares the text, escapes resolved, with plain bytes.</summary>
    public bool TextEquals(ReadOnlySpan<byte> expected)
    {
        if (Kind != JsonKind.Text)
        {
            return false;
        }

        if (!Raw.Contains((byte)'\\'))
        {
            return Raw.SequenceEqual(expected);
        }

        if (Raw.Length < expected.Length)
        {
            return false; // Escapes never shorten.
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(Raw.Length);
        bool equal = buffer.AsSpan(0, Unescape(buffer)).SequenceEqual(expected);
        ArrayPool<byte>.Shared.Return(buffer);
        return equal;
    }

    /// <summary>
    /// Writes the text with escapes resolved; the destination holds at least as many bytes as <see cref="Raw"/>. Half a surrogate pair becomes
    /// U+FFFD. Returns the length.
    /// </summary>
    public int Unescape(Span<byte> destination)
    {
        ReadOnlySpan<byte> rest = Raw;
        int written = 0;
        while (true)
        {
            int plain = rest.IndexOf((byte)'\\');
            plain = plain < 0 ? rest.Length : plain;
            rest[..plain].CopyTo(destination[written..]);
            written += plain;
            rest = rest[plain..];
            if (rest.IsEmpty)
            {
                return written;
            }

            if (rest[1] != 'u')
            {
                destination[written++] = Simple(rest[1]);
                rest = rest[2..];
                continue;
            }

            Rune rune = ReadRune(ref rest);
            written += rune.EncodeToUtf8(destination[written..]);
        }
    }

    private static byte Simple(byte escape) => escape switch
    {
        (byte)'b' => 8,
        (byte)'f' => 12,
        (byte)'n' => 10,
        (byte)'r' => 13,
        (byte)'t' => 9,
        _ => escape,
    };

    private static Rune ReadRune(ref ReadOnlySpan<byte> rest)
    {
        char first = ReadUnit(rest);
        rest = rest[6..];
        if (char.IsHighSurrogate(first) && rest.Length >= 6 && rest[0] == '\\' && rest[1] == 'u' && char.IsLowSurrogate(ReadUnit(rest)))
        {
            char second = ReadUnit(rest);
            rest = rest[6..];
            return new Rune(first, second);
        }

        return Rune.TryCreate(first, out Rune rune) ? rune : Rune.ReplacementChar;
    }

    private static char ReadUnit(ReadOnlySpan<byte> escape)
    {
        return Utf8Parser.TryParse(escape.Slice(2, 4), out ushort unit, out _, 'x') ? (char)unit : '\0';
    }
}
