using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.Http1;

/// <summary>
/// Reads the field lines of a head up to the empty line. A fast loop takes well-formed lines and stops at anything else; the careful
/// step then judges exactly one line, so that both see the same bytes the same way. Stateless; the place is in HeadProgress.
/// </summary>
internal static class FieldSectionReader
{
    private const int Width = 32;
    private const ushort CrLfLittleEndian = 0x0a0d;

    /// <summary>
    /// Reads on from <see cref="HeadProgress.LineStart"/>; <paramref name="bytes"/> begin with the start line. Complete leaves LineStart
    /// behind the empty line. Fields are pushed as positions: their bytes must be in the block, from its start, before anyone reads them.
    /// </summary>
    public static ParseResult Read(ReadOnlySpan<byte> bytes, ref HeadProgress progress, HeaderBlock headers, in HeadLimits limits,
        RequestRules? rules, ref int dropped, out WireError error)
    {
        error = WireError.None;
        while (true)
        {
            if (Vector256.IsHardwareAccelerated && BitConverter.IsLittleEndian && bytes.Length >= Width && progress.Scanned <= progress.LineStart)
            {
                ReadPlainLines(bytes, ref progress, headers, limits);
            }

            ParseResult result = ReadLine(bytes, ref progress, headers, limits, rules, ref dropped, out bool isLast, out error);
            if (result != ParseResult.Complete || isLast)
            {
                return result;
            }
        }
    }

    private static ParseResult ReadLine(ReadOnlySpan<byte> bytes, ref HeadProgress progress, HeaderBlock headers, in HeadLimits limits,
        RequestRules? rules, ref int dropped, out bool isLast, out WireError error)
    {
        int start = progress.LineStart;
        isLast = bytes.Length - start >= 2 && bytes[start] == '\r' && bytes[start + 1] == '\n';
        error = WireError.None;
        if (isLast)
        {
            progress.LineStart = start + 2;
            return ParseResult.Complete;
        }

        int remaining = Math.Max(limits.HeadersTotal - progress.Counted - 2, 0);
        ParseResult result = LineScanner.Find(bytes, ref progress, Math.Min(limits.HeaderLine, remaining), out int length, out bool badEnd);
        if (result != ParseResult.Complete)
        {
            error = result == ParseResult.Incomplete ? WireError.None
                : badEnd ? WireError.BadLineEnd
                : limits.HeaderLine <= remaining ? WireError.HeaderLineTooLong
                : WireError.HeadersTooLarge;
            return result;
        }

        if (progress.FieldLines >= limits.HeaderCount)
        {
            error = WireError.TooManyHeaders;
            return ParseResult.Refused;
        }

        ReadOnlySpan<byte> line = bytes.Slice(start, length);
        error = FieldLine.Parse(line, rules, out FieldLine field);
        if (error == WireError.None && field.NameLength > ushort.MaxValue)
        {
            error = WireError.HeaderLineTooLong;
        }

        if (error != WireError.None)
        {
            return ParseResult.Refused;
        }

        if (field.IsDropped)
        {
            dropped++;
        }
        else
        {
            bool verbatim = field.ValueStart == field.NameLength + 2 && line[field.NameLength + 1] == ' '
                && field.ValueStart + field.ValueLength == length;
            headers.PushParsed(start, field.NameLength, field.Known, start + field.ValueStart, field.ValueLength, verbatim);
        }

        progress.FieldLines++;
        progress.Counted += length + 2;
        progress.LineStart = progress.Scanned = start + length + 2;
        return ParseResult.Complete;
    }

    // Takes lines "name:value CR LF" within the limits whose name has 1-31 token bytes and no underscore; leaves the rest.
    private static void ReadPlainLines(ReadOnlySpan<byte> bytes, ref HeadProgress progress, HeaderBlock headers, in HeadLimits limits)
    {
        ref byte first = ref MemoryMarshal.GetReference(bytes);
        int end = bytes.Length;
        int position = progress.LineStart;
        int counted = progress.Counted;
        int lines = progress.FieldLines;
        while (end - position >= 4 && lines < limits.HeaderCount)
        {
            ref byte start = ref Unsafe.Add(ref first, position);
            if (start == '\r')
            {
                break;
            }

            Vector256<byte> loaded = end - position >= Width ? Vector256.LoadUnsafe(ref start) : LoadTail(bytes[position..]);
            uint colons = Vector256.Equals(loaded, Vector256.Create((byte)':')).ExtractMostSignificantBits();
            int nameLength = BitOperations.TrailingZeroCount(colons);
            if (colons == 0 || nameLength == 0)
            {
                break;
            }

            KnownHeader known = KnownHeaders.Classify(ref start, nameLength, loaded);
            if (known == KnownHeader.None && !IsPlainName(bytes.Slice(position, nameLength), loaded))
            {
                break;
            }

            int valueStart = position + nameLength + 1;
            int afterSpace = valueStart;
            while (afterSpace < end && Unsafe.Add(ref first, afterSpace) is (byte)' ' or (byte)'\t')
            {
                afterSpace++;
            }

            int stop = ByteScan.IndexOfControl(bytes, afterSpace);
            int lineLength = stop - position;
            if (stop + 1 >= end || Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref first, stop)) != CrLfLittleEndian
                || lineLength > limits.HeaderLine || lineLength > limits.HeadersTotal - counted - 2)
            {
                break;
            }

            int valueEnd = stop;
            while (valueEnd > afterSpace && Unsafe.Add(ref first, valueEnd - 1) is (byte)' ' or (byte)'\t')
            {
                valueEnd--;
            }

            bool verbatim = afterSpace == valueStart + 1 && valueEnd == stop && Unsafe.Add(ref first, valueStart) == ' ';
            headers.PushParsed(position, nameLength, known, afterSpace, valueEnd - afterSpace, verbatim);
            position = stop + 2;
            counted += lineLength + 2;
            lines++;
        }

        progress.LineStart = progress.Scanned = position;
        progress.Counted = counted;
        progress.FieldLines = lines;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsPlainName(ReadOnlySpan<byte> name, Vector256<byte> loaded)
    {
        uint underscores = Vector256.Equals(loaded, Vector256.Create((byte)'_')).ExtractMostSignificantBits();
        return BitOperations.TrailingZeroCount(underscores) >= name.Length && FieldSyntax.IsToken(name);
    }

    // Fewer than 32 bytes are left in the buffer: read them without touching what lies behind.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector256<byte> LoadTail(ReadOnlySpan<byte> bytes)
    {
        Span<byte> padded = stackalloc byte[Width];
        padded.Clear();
        bytes.CopyTo(padded);
        return Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(padded));
    }
}
