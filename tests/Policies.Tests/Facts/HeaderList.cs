using System.Text;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Tests.Facts;

/// <summary>A plain list of field lines behind <see cref="IHeaderEdits"/>: slow, obvious, for tests.</summary>
internal readonly struct HeaderList(List<(byte[] Name, byte[] Value)> lines) : IHeaderFields
{
    public HeaderList()
        : this([])
    {
    }

    public int Count => lines.Count;

    /// <summary>Lines as "Name: value" text, in order.</summary>
    public string[] Lines => [.. lines.Select(static l => $"{Encoding.UTF8.GetString(l.Name)}: {Encoding.UTF8.GetString(l.Value)}")];

    public static HeaderList Of(params string[] lines)
    {
        List<(byte[], byte[])> parsed = [];
        foreach (string line in lines)
        {
            int colon = line.IndexOf(':');
            parsed.Add((Encoding.UTF8.GetBytes(line[..colon]), Encoding.UTF8.GetBytes(line[(colon + 1)..].Trim(' '))));
        }

        return new HeaderList(parsed);
    }

    public string? Get(string name) => TryGet(Encoding.UTF8.GetBytes(name), out ReadOnlySpan<byte> value) ? Encoding.UTF8.GetString(value) : null;

    public string[] GetAll(string name)
    {
        List<string> found = [];
        int cursor = 0;
        while (TryGetNext(Encoding.UTF8.GetBytes(name), ref cursor, out ReadOnlySpan<byte> value))
        {
            found.Add(Encoding.UTF8.GetString(value));
        }

        return [.. found];
    }

    public bool TryGetField(int index, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        // A line that an edit took out of the list leaves no gap here.
        bool there = index < lines.Count;
        name = there ? lines[index].Name : default;
        value = there ? lines[index].Value : default;
        return there;
    }

    public bool TryGet(scoped ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        int cursor = 0;
        return TryGetNext(name, ref cursor, out value);
    }

    public bool TryGetNext(scoped ReadOnlySpan<byte> name, scoped ref int cursor, out ReadOnlySpan<byte> value)
    {
        for (int i = cursor; i < lines.Count; i++)
        {
            if (Ascii.EqualsIgnoreCase(lines[i].Name, name))
            {
                cursor = i + 1;
                value = lines[i].Value;
                return true;
            }
        }

        cursor = lines.Count;
        value = default;
        return false;
    }

    public bool Remove(scoped ReadOnlySpan<byte> name)
    {
        byte[] wanted = name.ToArray();
        return lines.RemoveAll(l => Ascii.EqualsIgnoreCase(l.Name, wanted)) > 0;
    }

    public void Set(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value)
    {
        byte[] wanted = name.ToArray();
        int first = lines.FindIndex(l => Ascii.EqualsIgnoreCase(l.Name, wanted));
        if (first < 0)
        {
            lines.Add((wanted, value.ToArray()));
            return;
        }

        lines[first] = (wanted, value.ToArray());
        for (int i = lines.Count - 1; i > first; i--)
        {
            if (Ascii.EqualsIgnoreCase(lines[i].Name, wanted))
            {
                lines.RemoveAt(i);
            }
        }
    }

    public void Add(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value) => lines.Add((name.ToArray(), value.ToArray()));

    public bool Rename(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> newName)
    {
        byte[] from = name.ToArray();
        byte[] to = newName.ToArray();
        if (!lines.Exists(l => Ascii.EqualsIgnoreCase(l.Name, from)))
        {
            return false;
        }

        if (!Ascii.EqualsIgnoreCase(from, to))
        {
            Remove(to);
        }

        for (int i = 0; i < lines.Count; i++)
        {
            if (Ascii.EqualsIgnoreCase(lines[i].Name, from))
            {
                lines[i] = (to, lines[i].Value);
            }
        }

        return true;
    }
}
