using System.Buffers;
using System.Buffers.Text;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>Writes one log line into a span that is known to be large enough: escapes, cuts, allocates nothing.</summary>
internal ref struct LineWriter(Span<byte> room)
{
    /// <summary>Bytes of a value that a line shows.</summary>
    public const int Cut = 256;

    // What nginx's default escaping leaves alone: printable ASCII without quote and backslash.
    private static readonly SearchValues<byte> Plain = SearchValues.Create(
        " !#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    private readonly Span<byte> _room = room;

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>Bytes left.</summary>
    public readonly int Room => _room.Length - Length;

    /// <summary>Whether every byte of a value is written as it is.</summary>
    public static bool IsPlain(ReadOnlySpan<byte> value) => value.IndexOfAnyExcept(Plain) < 0;

    public void Raw(scoped ReadOnlySpan<byte> text)
    {
        text.CopyTo(_room[Length..]);
        Length += text.Length;
    }

    public void Raw(byte one) => _room[Length++] = one;

    /// <summary>Takes back what was written behind a length.</summary>
    public void Truncate(int length) => Length = length;

    public void Number(long value)
    {
        Utf8Formatter.TryFormat(value, _room[Length..], out int written);
        Length += written;
    }

    /// <summary>Two or more digits with leading zeros.</summary>
    public void Padded(int value, int digits)
    {
        Utf8Formatter.TryFormat(value, _room[Length..], out int written, new StandardFormat('D', (byte)digits));
        Length += written;
    }

    /// <summary>A value as nginx escapes it (<c>\xNN</c>), cut; <c>-</c> when empty.</summary>
    public void Value(scoped ReadOnlySpan<byte> value, int cut = Cut)
    {
        if (value.IsEmpty)
        {
            Raw((byte)'-');
            return;
        }

        Escape(value.Length > cut ? value[..cut] : value, json: false);
    }

    /// <summary>
    /// A JSON string member with its comma, nothing when the value is empty. Decoded, the value reads as the text format shows it: bytes
    /// outside printable ASCII are the four characters <c>\xNN</c>, so that the object is valid whatever a client sent.
    /// </summary>
    public void Member(scoped ReadOnlySpan<byte> nameAndQuote, scoped ReadOnlySpan<byte> value, int cut = Cut)
    {
        if (value.IsEmpty)
        {
            return;
        }

        Raw(nameAndQuote);
        Escape(value.Length > cut ? value[..cut] : value, json: true);
        Raw((byte)'"');
    }

    /// <summary>Part of a value, escaped; the caller cuts.</summary>
    public void Escape(scoped ReadOnlySpan<byte> value, bool json)
    {
        while (true)
        {
            int odd = value.IndexOfAnyExcept(Plain);
            if (odd < 0)
            {
                Raw(value);
                return;
            }

            Raw(value[..odd]);
            Odd(value[odd], json);
            value = value[(odd + 1)..];
        }
    }

    private void Odd(byte value, bool json)
    {
        if (json)
        {
            Raw((byte)'\\');
            if (value == (byte)'"')
            {
                Raw(value);
                return;
            }
        }

        Raw("\\x"u8);
        Raw(Hex(value >> 4));
        Raw(Hex(value & 15));
    }

    private static byte Hex(int nibble) => (byte)(nibble < 10 ? '0' + nibble : 'A' + nibble - 10);
}
