using System.Text;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Bench.Policies;

/// <summary>A fixed head to read from; edits are counted and dropped, so that a policy is measured without the block it edits.</summary>
internal struct HeaderFields(params (byte[] Name, byte[] Value)[] lines) : IHeaderFields
{
    public int Edits { get; private set; }

    public readonly int Count => lines.Length;

    public static HeaderFields Of(params string[] lines) => new([.. lines.Select(static l =>
        (Encoding.UTF8.GetBytes(l[..l.IndexOf(':')]), Encoding.UTF8.GetBytes(l[(l.IndexOf(':') + 2)..])))]);

    public readonly bool TryGetField(int index, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        name = lines[index].Name;
        value = lines[index].Value;
        return true;
    }

    public readonly bool TryGet(scoped ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        int cursor = 0;
        return TryGetNext(name, ref cursor, out value);
    }

    public readonly bool TryGetNext(scoped ReadOnlySpan<byte> name, scoped ref int cursor, out ReadOnlySpan<byte> value)
    {
        for (int i = cursor; i < lines.Length; i++)
        {
            if (Ascii.EqualsIgnoreCase(lines[i].Name, name))
            {
                cursor = i + 1;
                value = lines[i].Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    public bool Remove(scoped ReadOnlySpan<byte> name) => Edited();

    public void Set(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value) => Edited();

    public void Add(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value) => Edited();

    public bool Rename(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> newName) => Edited();

    private bool Edited()
    {
        Edits++;
        return true;
    }
}
