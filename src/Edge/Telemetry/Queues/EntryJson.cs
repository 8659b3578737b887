using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace VoltageSoda.Edge.Telemetry.Queues;

/// <summary>
/// Writes JSON into an entry: the caller brings the punctuation, this brings the values. Text may be any bytes: what is not UTF-8 becomes
/// U+FFFD, so that the result is valid whatever a peer sent. Allocates only when the entry's buffer grows.
/// </summary>
internal readonly ref struct EntryJson(QueueEntry entry)
{
    // Printable ASCII without quote and backslash.
    private static readonly SearchValues<byte> Plain = SearchValues.Create(
        " !#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    /// <summary>Bytes as they are.</summary>
    public void Raw(scoped ReadOnlySpan<byte> text)
    {
        text.CopyTo(entry.GetSpan(text.Length));
        entry.Advance(text.Length);
    }

    public void Number(long value)
    {
        Span<byte> room = entry.GetSpan(20);
        Utf8Formatter.TryFormat(value, room, out int written);
        entry.Advance(written);
    }

    /// <summary>A string with its quotes.</summary>
    public void Text(scoped ReadOnlySpan<byte> value)
    {
        Raw("\""u8);
        Part(value);
        Raw("\""u8);
    }

    /// <summary>A string of ASCII in lower case, with its quotes.</summary>
    public void Lower(scoped ReadOnlySpan<byte> value)
    {
        Raw("\""u8);
        LowerPart(value);
        Raw("\""u8);
    }

    /// <summary>Part of a string, in lower case.</summary>
    public void LowerPart(scoped ReadOnlySpan<byte> value)
    {
        int start = entry.Length;
        Part(value);
        entry.LowerFrom(start);
    }

    /// <summary>Part of a string.</summary>
    public void Part(scoped ReadOnlySpan<byte> value)
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
            value = value[odd..];
            if (value[0] < 0x80)
            {
                Escape(value[0]);
                value = value[1..];
                continue;
            }

            bool valid = Rune.DecodeFromUtf8(value, out _, out int length) == OperationStatus.Done;
            Raw(valid ? value[..length] : "\uFFFD"u8);
            value = value[length..];
        }
    }

    private void Escape(byte value)
    {
        switch (value)
        {
            case (byte)'"':
                Raw("\\\""u8);
                return;
            case (byte)'\\':
                Raw("\\\\"u8);
                return;
            case (byte)'\n':
                Raw("\\n"u8);
                return;
            case (byte)'\r':
                Raw("\\r"u8);
                return;
            case (byte)'\t':
                Raw("\\t"u8);
                return;
        }

        Raw("\\u00"u8);
        Span<byte> room = entry.GetSpan(2);
        room[0] = Digit(value >> 4);
        room[1] = Digit(value & 15);
        entry.Advance(2);
    }

    private static byte Digit(int nibble) => (byte)(nibble < 10 ? '0' + nibble : 'a' + nibble - 10);
}
