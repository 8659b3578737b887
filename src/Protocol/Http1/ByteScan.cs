using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.Http1;

/// <summary>
/// The two searches a head spends its time in, 32 bytes at a step with one overlapping step at the end of the buffer. SearchValues does
/// the same where 256-bit vectors are missing; inlining these saves its dispatch on values of 5 to 100 bytes.
/// </summary>
internal static class ByteScan
{
    private const int Width = 32;

    private static readonly SearchValues<byte> PlainTarget =
        SearchValues.Create("!\"$&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    /// <summary>Position of the first control byte other than HTAB from <paramref name="from"/> on, or the length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int IndexOfControl(ReadOnlySpan<byte> bytes, int from)
    {
        int end = bytes.Length;
        if (Vector256.IsHardwareAccelerated && end >= Width)
        {
            ref byte start = ref MemoryMarshal.GetReference(bytes);
            while (end - from >= Width)
            {
                uint mask = Controls(Vector256.LoadUnsafe(ref start, (nuint)from));
                if (mask != 0)
                {
                    return from + BitOperations.TrailingZeroCount(mask);
                }

                from += Width;
            }

            if (from >= end)
            {
                return end;
            }

            // The last 32 bytes, of which those before `from` are shifted out.
            uint last = Controls(Vector256.LoadUnsafe(ref start, (nuint)(end - Width))) >> (Width - (end - from));
            return last == 0 ? end : from + BitOperations.TrailingZeroCount(last);
        }

        int index = bytes[from..].IndexOfAny(FieldSyntax.ControlBytes);
        return index < 0 ? end : from + index;
    }

    /// <summary>
    /// Position of the first byte from <paramref name="from"/> on that needs a closer look or ends a request target (SP, controls,
    /// <c>#</c>, <c>%</c>, 0x80-0xff), or the length. <paramref name="question"/> is the first <c>?</c> before it, or -1.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int EndOfPlainTarget(ReadOnlySpan<byte> bytes, int from, out int question)
    {
        int end = bytes.Length;
        question = -1;
        if (Vector256.IsHardwareAccelerated && end >= Width)
        {
            ref byte start = ref MemoryMarshal.GetReference(bytes);
            while (from < end)
            {
                int at = Math.Min(from, end - Width);
                Vector256<byte> loaded = Vector256.LoadUnsafe(ref start, (nuint)at);
                uint stops = NotPlain(loaded) >> (from - at);
                uint questions = Vector256.Equals(loaded, Vector256.Create((byte)'?')).ExtractMostSignificantBits() >> (from - at);
                int stop = stops == 0 ? Width - (from - at) : BitOperations.TrailingZeroCount(stops);
                if (question < 0 && BitOperations.TrailingZeroCount(questions) < stop)
                {
                    question = from + BitOperations.TrailingZeroCount(questions);
                }

                from += stop;
                if (stops != 0)
                {
                    break;
                }
            }

            return from;
        }

        int index = bytes[from..].IndexOfAnyExcept(PlainTarget);
        index = index < 0 ? end : from + index;
        question = bytes[from..index].IndexOf((byte)'?');
        question = question < 0 ? -1 : from + question;
        return index;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Controls(Vector256<byte> bytes)
    {
        Vector256<byte> low = Vector256.Equals(Vector256.Min(bytes, Vector256.Create((byte)0x1f)), bytes);
        Vector256<byte> control = Vector256.AndNot(low, Vector256.Equals(bytes, Vector256.Create((byte)'\t')));
        return (control | Vector256.Equals(bytes, Vector256.Create((byte)0x7f))).ExtractMostSignificantBits();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint NotPlain(Vector256<byte> bytes)
    {
        // As signed numbers 0x80-0xff are negative and so below '!' too.
        Vector256<byte> outside = Vector256.LessThan(bytes.AsSByte(), Vector256.Create((sbyte)'!')).AsByte();
        Vector256<byte> special = Vector256.Equals(bytes, Vector256.Create((byte)'%')) | Vector256.Equals(bytes, Vector256.Create((byte)'#'));
        return (outside | special | Vector256.Equals(bytes, Vector256.Create((byte)0x7f))).ExtractMostSignificantBits();
    }
}
