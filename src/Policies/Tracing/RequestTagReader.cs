namespace VoltageSoda.Edge.Policies.Tracing;

/// <summary>
/// Steps through the tags of a <c>Zipkin-Tags</c> field, <c>a=b; c=d</c> (<c>kong/plugins/zipkin/request_tags.lua</c>). A name has no white
/// space and is as long as it can be; a value has at least one byte that is not. Total; borrows the field.
/// </summary>
public ref struct RequestTagReader(ReadOnlySpan<byte> field)
{
    // Lua's %s.
    private static ReadOnlySpan<byte> Space => " \t\n\v\f\r"u8;

    private static readonly System.Buffers.SearchValues<byte> Spaces = System.Buffers.SearchValues.Create(Space);

    private ReadOnlySpan<byte> _rest = field;

    /// <summary>Items so far that are no tag.</summary>
    public int Rejected { get; private set; }

    /// <summary>The next tag; false at the end.</summary>
    public bool TryRead(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        while (!_rest.IsEmpty)
        {
            int end = _rest.IndexOf((byte)';');
            ReadOnlySpan<byte> item = end < 0 ? _rest : _rest[..end];
            _rest = end < 0 ? default : _rest[(end + 1)..];
            if (item.IsEmpty)
            {
                continue;
            }

            if (TrySplit(item.Trim(Space), out name, out value))
            {
                return true;
            }

            Rejected++;
        }

        name = default;
        value = default;
        return false;
    }

    private static bool TrySplit(ReadOnlySpan<byte> item, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        int space = item.IndexOfAny(Spaces);
        ReadOnlySpan<byte> word = space < 0 ? item : item[..space];
        ReadOnlySpan<byte> behind = space < 0 ? default : item[space..].TrimStart(Space);
        if (!word.IsEmpty && behind.Length > 1 && behind[0] == '=')
        {
            name = word;
            value = behind[1..].Trim(Space);
            if (!value.IsEmpty)
            {
                return true;
            }
        }

        // The last = of the word that leaves a name before it and something behind it.
        for (int equals = word.LastIndexOf((byte)'='); equals > 0; equals = word[..equals].LastIndexOf((byte)'='))
        {
            ReadOnlySpan<byte> rest = item[(equals + 1)..].Trim(Space);
            if (!rest.IsEmpty)
            {
                name = word[..equals];
                value = rest;
                return true;
            }
        }

        name = default;
        value = default;
        return false;
    }
}
