using VoltageSoda.Edge.Protocol.Buffers;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.Http1;

/// <summary>Writes the live fields of a block as HTTP/1 lines and refuses what would break out of one. Stateless.</summary>
internal static class FieldSectionWriter
{
    /// <summary>True when every live field that no parser has checked has a name and a value that may be sent.</summary>
    public static bool MayWrite(HeaderBlock headers)
    {
        for (int i = 0; i < headers.Count; i++)
        {
            if ((headers.Traits(i) & (FieldTraits.Removed | FieldTraits.Parsed)) == 0
                && !(MayWriteName(headers, i) && FieldSyntax.IsFieldValue(headers.Value(i))))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Writes every live field in order. Fields that stand in the block exactly as they would be written, side by side, are copied in one
    /// run: the parser has seen each of their bytes, or <see cref="MayWrite"/> has seen names and values.
    /// </summary>
    public static void Write(ref ByteWriter writer, HeaderBlock headers)
    {
        int runStart = 0;
        int runEnd = 0;
        for (int i = 0; i < headers.Count; i++)
        {
            ref readonly HeaderField field = ref headers.Field(i);
            if ((field.Traits & FieldTraits.Removed) != 0)
            {
                continue;
            }

            if ((field.Traits & FieldTraits.Verbatim) != 0)
            {
                if (field.NameStart != runEnd)
                {
                    writer.Write(headers.Slice(runStart, runEnd - runStart));
                    runStart = field.NameStart;
                }

                runEnd = field.ValueStart + field.ValueLength + PooledBuffer.LineEnd.Length;
                continue;
            }

            writer.Write(headers.Slice(runStart, runEnd - runStart));
            runStart = runEnd = 0;
            WriteField(ref writer, headers.Name(i), headers.Value(i));
        }

        writer.Write(headers.Slice(runStart, runEnd - runStart));
    }

    /// <summary>Writes one line; the caller has checked it.</summary>
    public static void WriteField(ref ByteWriter writer, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Span<byte> line = writer.GetSpan(name.Length + value.Length + PooledBuffer.Separator.Length + PooledBuffer.LineEnd.Length);
        name.CopyTo(line);
        int position = name.Length;
        line[position++] = (byte)':';
        line[position++] = (byte)' ';
        value.CopyTo(line[position..]);
        position += value.Length;
        line[position++] = (byte)'\r';
        line[position++] = (byte)'\n';
        writer.Advance(position);
    }

    private static bool MayWriteName(HeaderBlock headers, int index) =>
        (headers.Traits(index) & FieldTraits.CanonicalName) != 0 || FieldSyntax.IsToken(headers.Name(index));
}
