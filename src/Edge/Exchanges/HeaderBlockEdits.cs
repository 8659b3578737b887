using System.Text;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>A header block as policies see it. A plain wrapper: copies share the block.</summary>
internal readonly struct HeaderBlockEdits(HeaderBlock block) : IHeaderFields
{
    public int Count => block.Count;

    public bool TryGetField(int index, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        if (block.IsRemoved(index))
        {
            name = default;
            value = default;
            return false;
        }

        name = block.Name(index);
        value = block.Value(index);
        return true;
    }

    public bool TryGet(scoped ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        int index = block.IndexOf(name);
        if (index < 0)
        {
            value = default;
            return false;
        }

        value = block.Value(index);
        return true;
    }

    public bool TryGetNext(scoped ReadOnlySpan<byte> name, scoped ref int cursor, out ReadOnlySpan<byte> value)
    {
        // The cursor is 0 before the first step and the last index + 1 after it.
        int index = cursor == 0 ? block.IndexOf(name) : block.NextSame(cursor - 1);
        if (index < 0)
        {
            value = default;
            return false;
        }

        cursor = index + 1;
        value = block.Value(index);
        return true;
    }

    public bool Remove(scoped ReadOnlySpan<byte> name) => block.Remove(name) != 0;

    public void Set(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value) => block.Set(name, value);

    public void Add(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value) => block.Add(name, value);

    public bool Rename(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> newName)
    {
        int index = block.IndexOf(name);
        if (index < 0)
        {
            return false;
        }

        if (!Ascii.EqualsIgnoreCase(name, newName))
        {
            block.Remove(newName);
        }

        // Lines added while renaming stand behind the last one of the old name and are not visited again.
        int end = block.Count;
        for (; index >= 0 && index < end; index = Next(index, end, name))
        {
            block.Add(newName, block.Value(index));
            block.RemoveAt(index);
        }

        return true;
    }

    private int Next(int index, int end, scoped ReadOnlySpan<byte> name)
    {
        for (int i = index + 1; i < end; i++)
        {
            if (!block.IsRemoved(i) && Ascii.EqualsIgnoreCase(block.Name(i), name))
            {
                return i;
            }
        }

        return -1;
    }
}
