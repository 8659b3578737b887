using System.Buffers.Text;
using VoltageSoda.Edge.Protocol.Buffers;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.Http1;

/// <summary>Writes chunked framing. Stateless.</summary>
public static class ChunkedWriter
{
    /// <summary>Most bytes <see cref="WritePrefix"/> writes.</summary>
    public const int MaxPrefixLength = 18;

    /// <summary>What follows the data of every chunk.</summary>
    public static ReadOnlySpan<byte> Suffix => "\r\n"u8;

    /// <summary>The last chunk when there are no trailers.</summary>
    public static ReadOnlySpan<byte> LastChunk => "0\r\n\r\n"u8;

    /// <summary>Writes the size line of a chunk of <paramref name="length"/> bytes (at least 1) and returns its length.</summary>
    public static int WritePrefix(Span<byte> destination, long length)
    {
        // A size of 0 would end the body.
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        Utf8Formatter.TryFormat(length, destination, out int written, 'x');
        destination[written] = (byte)'\r';
        destination[written + 1] = (byte)'\n';
        return written + 2;
    }

    /// <summary>Writes the last chunk, the live trailer fields and the final empty line; nothing when a field may not be written.</summary>
    public static WireError WriteLast(ref ByteWriter writer, HeaderBlock trailers)
    {
        if (!FieldSectionWriter.MayWrite(trailers))
        {
            return WireError.UnwritableField;
        }

        writer.Write("0\r\n"u8);
        FieldSectionWriter.Write(ref writer, trailers);
        writer.Write("\r\n"u8);
        return WireError.None;
    }
}
