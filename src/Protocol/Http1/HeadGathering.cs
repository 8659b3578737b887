using System.Buffers;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.Http1;

/// <summary>
/// Brings a head that lies in several segments into the header block, piece by piece so that little more than the head is copied and
/// every byte only once, however often the reader is called. Stateless.
/// </summary>
internal static class HeadGathering
{
    private const int Piece = 2048;

    /// <summary>Copies the next piece behind what was gathered; false when there is nothing more.</summary>
    public static bool TakeMore(in ReadOnlySequence<byte> input, ref HeadProgress progress, HeaderBlock headers)
    {
        if (input.Length <= progress.Gathered)
        {
            return false;
        }

        ReadOnlySpan<byte> next = FirstBytes(input.Slice(progress.Gathered));
        next = next[..Math.Min(next.Length, Piece)];
        headers.AppendBytes(next);
        progress.Gathered += next.Length;
        return true;
    }

    // A sequence may begin with segments that hold nothing.
    private static ReadOnlySpan<byte> FirstBytes(in ReadOnlySequence<byte> rest)
    {
        ReadOnlySpan<byte> first = rest.FirstSpan;
        if (!first.IsEmpty)
        {
            return first;
        }

        foreach (ReadOnlyMemory<byte> segment in rest)
        {
            if (!segment.IsEmpty)
            {
                return segment.Span;
            }
        }

        return default;
    }

    /// <summary>Makes the block hold exactly the head, from its first byte on.</summary>
    public static void Settle(ReadOnlySpan<byte> bytes, in HeadProgress progress, HeaderBlock headers)
    {
        if (progress.Gathered > 0)
        {
            headers.Truncate(progress.LineStart);
        }
        else
        {
            headers.AppendBytes(bytes[..progress.LineStart]);
        }
    }
}
