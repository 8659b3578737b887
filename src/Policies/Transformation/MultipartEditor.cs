using System.Buffers;
using System.Text;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>
/// Edits of a multipart/form-data request body (P/request-transformer transform_multipart_body): rename, remove, replace, add, in this order, and no
/// append. Parts that nobody touches keep their bytes; a body whose framing does not parse stays as it is (RFC 2046 5.1, RFC 7578). Stateless.
/// </summary>
internal static class MultipartEditor
{
    public static BodyEditOutcome Edit<THeaders>(
        ArgumentEditPlan plan,
        ReadOnlySpan<byte> contentType,
        ReadOnlySpan<byte> body,
        scoped in TemplateFacts facts,
        ref THeaders headers,
        IBufferWriter<byte> output)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        ReadOnlySpan<byte> boundary = BoundaryOf(contentType);
        List<Part>? parts = boundary.IsEmpty ? null : Read(body, boundary);
        if (parts is null)
        {
            return BodyEditOutcome.Unchanged;
        }

        foreach ((byte[] old, byte[] renamed) in plan.Rename)
        {
            int at = parts.FindIndex(p => p.Is(old));
            if (at >= 0)
            {
                byte[] value = parts[at].Content;
                parts.RemoveAll(p => p.Is(renamed));
                parts.Add(Part.Simple(renamed, value));
                parts.RemoveAll(p => p.Is(old));
            }
        }

        foreach (byte[] name in plan.Remove)
        {
            parts.RemoveAll(p => p.Is(name));
        }

        foreach (ArgumentEdit edit in plan.Replace)
        {
            if (parts.RemoveAll(p => p.Is(edit.Name)) > 0)
            {
                parts.Add(Part.Simple(edit.Name, Render(edit, facts, ref headers)));
            }
        }

        foreach (ArgumentEdit edit in plan.Add)
        {
            if (!parts.Exists(p => p.Is(edit.Name)))
            {
                parts.Add(Part.Simple(edit.Name, Render(edit, facts, ref headers)));
            }
        }

        Write(parts, boundary, output);
        return BodyEditOutcome.Changed;
    }

    /// <summary>Content of the last part of a name; null when there is none or the body's framing does not parse.</summary>
    public static byte[]? Find(ReadOnlySpan<byte> contentType, ReadOnlySpan<byte> body, byte[] name)
    {
        ReadOnlySpan<byte> boundary = BoundaryOf(contentType);
        return boundary.IsEmpty ? null : Read(body, boundary)?.FindLast(p => p.Is(name))?.Content;
    }

    // The boundary parameter of Content-Type, quotes removed; empty when missing or longer than RFC 2046 allows.
    private static ReadOnlySpan<byte> BoundaryOf(ReadOnlySpan<byte> contentType)
    {
        while (contentType.IndexOf((byte)';') is >= 0 and int at)
        {
            contentType = contentType[(at + 1)..].TrimStart(" \t"u8);
            if (contentType.Length <= 9 || !Ascii.EqualsIgnoreCase(contentType[..9], "boundary="u8))
            {
                continue;
            }

            ReadOnlySpan<byte> value = contentType[9..];
            if (value[0] == '"')
            {
                int quote = value[1..].IndexOf((byte)'"');
                value = quote < 0 ? default : value.Slice(1, quote);
            }
            else
            {
                int end = value.IndexOfAny((byte)';', (byte)' ', (byte)'\t');
                value = end < 0 ? value : value[..end];
            }

            return value.Length <= 70 ? value : default;
        }

        return default;
    }

    private static List<Part>? Read(ReadOnlySpan<byte> body, ReadOnlySpan<byte> boundary)
    {
        if (body.IsEmpty)
        {
            return [];
        }

        byte[] delimiter = [.. "--"u8, .. boundary];
        byte[] separator = [.. "\r\n--"u8, .. boundary];
        if (!body.StartsWith(delimiter))
        {
            return null;
        }

        List<Part> parts = [];
        body = body[delimiter.Length..];
        while (body.StartsWith("\r\n"u8))
        {
            body = body[2..];
            int end = body.IndexOf(separator);
            if (end < 0 || Part.Read(body[..end]) is not { } part)
            {
                return null;
            }

            parts.Add(part);
            body = body[(end + separator.Length)..];
        }

        return body.StartsWith("--"u8) ? parts : null;
    }

    private static void Write(List<Part> parts, ReadOnlySpan<byte> boundary, IBufferWriter<byte> output)
    {
        foreach (Part part in parts)
        {
            output.Write("--"u8);
            output.Write(boundary);
            output.Write("\r\n"u8);
            output.Write(part.Head);
            output.Write("\r\n\r\n"u8);
            output.Write(part.Content);
            output.Write("\r\n"u8);
        }

        output.Write("--"u8);
        output.Write(boundary);
        output.Write("--\r\n"u8);
    }

    private static byte[] Render<THeaders>(ArgumentEdit edit, scoped in TemplateFacts facts, ref THeaders headers)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        ScratchBuffer rendered = default;
        edit.Value.Render(facts, ref headers, ref rendered);
        byte[] value = rendered.Written.ToArray();
        rendered.Dispose();
        return value;
    }

    private sealed record Part(byte[] Name, byte[] Head, byte[] Content)
    {
        public static Part Simple(byte[] name, byte[] content) =>
            new(name, [.. "Content-Disposition: form-data; name=\""u8, .. name, (byte)'"'], content);

        public static Part? Read(ReadOnlySpan<byte> bytes)
        {
            int blank = bytes.IndexOf("\r\n\r\n"u8);
            if (blank < 0)
            {
                return null;
            }

            ReadOnlySpan<byte> head = bytes[..blank];
            return new Part(NameOf(head).ToArray(), head.ToArray(), bytes[(blank + 4)..].ToArray());
        }

        public bool Is(byte[] name) => Name.AsSpan().SequenceEqual(name);

        // The name parameter of Content-Disposition; a filename parameter is not mistaken for it.
        private static ReadOnlySpan<byte> NameOf(ReadOnlySpan<byte> head)
        {
            for (int at = head.IndexOf("name=\""u8); at >= 0;)
            {
                ReadOnlySpan<byte> rest = head[(at + 6)..];
                if (at == 0 || head[at - 1] is (byte)' ' or (byte)';' or (byte)'\t')
                {
                    int quote = rest.IndexOf((byte)'"');
                    return quote < 0 ? default : rest[..quote];
                }

                int next = rest.IndexOf("name=\""u8);
                at = next < 0 ? -1 : at + 6 + next;
            }

            return default;
        }
    }
}
