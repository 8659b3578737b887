using System.Buffers;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>
/// Edits a query string or a form body (P/request-transformer transform_querystrings): remove, rename, replace, add, append. Arguments nobody
/// touches keep their place and their bytes; written ones are percent-encoded. Stateless.
/// </summary>
internal static class ArgumentEditor
{
    private static readonly SearchValues<byte> Unreserved =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"u8);

    public static void Edit<THeaders>(
        ArgumentEditPlan plan, ReadOnlySpan<byte> arguments, scoped in TemplateFacts facts, ref THeaders headers, IBufferWriter<byte> output)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        List<Argument> list = [];
        QueryArgs source = new(arguments);
        while (source.MoveNext())
        {
            list.Add(new Argument(Decode(source.Name), source.Name.ToArray(), source.Value.ToArray(), source.HasValue));
        }

        foreach (byte[] name in plan.Remove)
        {
            Drop(list, name);
        }

        foreach ((byte[] old, byte[] renamed) in plan.Rename)
        {
            Rename(list, old, renamed);
        }

        foreach (ArgumentEdit edit in plan.Replace)
        {
            int first = list.FindIndex(a => a.Is(edit.Name));
            if (first >= 0)
            {
                list[first] = Make(edit, facts, ref headers);
                DropAfter(list, edit.Name, first);
            }
        }

        foreach (ArgumentEdit edit in plan.Add)
        {
            if (!list.Exists(a => a.Is(edit.Name)))
            {
                list.Add(Make(edit, facts, ref headers));
            }
        }

        foreach (ArgumentEdit edit in plan.Append)
        {
            list.Add(Make(edit, facts, ref headers));
        }

        Write(list, output);
    }

    /// <summary>Percent-encodes everything but RFC 3986's unreserved characters.</summary>
    internal static byte[] Encode(ReadOnlySpan<byte> text)
    {
        if (!text.ContainsAnyExcept(Unreserved))
        {
            return text.ToArray();
        }

        ArrayBufferWriter<byte> encoded = new(text.Length * 3);
        foreach (byte b in text)
        {
            if (Unreserved.Contains(b))
            {
                encoded.Write([b]);
            }
            else
            {
                encoded.Write([(byte)'%', HexDigit(b >> 4), HexDigit(b & 0xF)]);
            }
        }

        return encoded.WrittenSpan.ToArray();
    }

    private static byte HexDigit(int value) => (byte)(value < 10 ? '0' + value : 'A' + value - 10);

    // Renaming an absent argument drops the target, as Kong 3.4 does.
    private static void Rename(List<Argument> list, byte[] old, byte[] renamed)
    {
        Drop(list, renamed, except: old);
        for (int i = 0; i < list.Count; i++)
        {
            if (list[i].Is(old))
            {
                list[i] = list[i] with { Name = renamed, RawName = Encode(renamed) };
            }
        }
    }

    private static void Drop(List<Argument> list, byte[] name, byte[]? except = null)
    {
        if (except is null || !name.AsSpan().SequenceEqual(except))
        {
            list.RemoveAll(a => a.Is(name));
        }
    }

    private static void DropAfter(List<Argument> list, byte[] name, int first)
    {
        for (int i = list.Count - 1; i > first; i--)
        {
            if (list[i].Is(name))
            {
                list.RemoveAt(i);
            }
        }
    }

    private static Argument Make<THeaders>(ArgumentEdit edit, scoped in TemplateFacts facts, ref THeaders headers)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        ScratchBuffer rendered = default;
        edit.Value.Render(facts, ref headers, ref rendered);
        Argument made = new(edit.Name, Encode(edit.Name), Encode(rendered.Written), true);
        rendered.Dispose();
        return made;
    }

    private static byte[] Decode(ReadOnlySpan<byte> text)
    {
        byte[] decoded = new byte[text.Length];
        int length = PercentCoding.Decode(text, decoded);
        return length == decoded.Length ? decoded : decoded[..length];
    }

    private static void Write(List<Argument> list, IBufferWriter<byte> output)
    {
        for (int i = 0; i < list.Count; i++)
        {
            output.Write(i == 0 ? default : "&"u8);
            output.Write(list[i].RawName);
            if (list[i].HasValue)
            {
                output.Write("="u8);
                output.Write(list[i].RawValue);
            }
        }
    }

    private sealed record Argument(byte[] Name, byte[] RawName, byte[] RawValue, bool HasValue)
    {
        public bool Is(byte[] name) => Name.AsSpan().SequenceEqual(name);
    }
}
