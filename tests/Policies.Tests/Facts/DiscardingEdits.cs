using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Tests.Facts;

/// <summary>Reads from a list and counts edits instead of making them, so that allocation tests measure the policy alone.</summary>
internal struct DiscardingEdits(HeaderList source) : IHeaderFields
{
    public int Edits { get; private set; }

    public readonly int Count => source.Count;

    public readonly bool TryGetField(int index, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value) =>
        source.TryGetField(index, out name, out value);

    public readonly bool TryGet(scoped ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value) => source.TryGet(name, out value);

    public readonly bool TryGetNext(scoped ReadOnlySpan<byte> name, scoped ref int cursor, out ReadOnlySpan<byte> value) =>
        source.TryGetNext(name, ref cursor, out value);

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
