namespace VoltageSoda.Edge.Policies.Facts;

/// <summary>
/// Read and write access to the fields of one message head. Every edit copies the bytes it is given; a value span obtained
/// from the same block must not be passed back without a copy, since an edit may move the block.
/// </summary>
public interface IHeaderEdits : IHeaderSource
{
    /// <summary>Removes every field line of that name. Returns whether there was one.</summary>
    bool Remove(scoped ReadOnlySpan<byte> name);

    /// <summary>Leaves exactly one field line of that name: replaces all existing ones or inserts one.</summary>
    void Set(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value);

    /// <summary>Appends one more field line, whether or not the name is present.</summary>
    void Add(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value);

    /// <summary>
    /// Gives every field line named <paramref name="name"/> the name <paramref name="newName"/> (spelled as given), after
    /// removing the lines that already had the new name. Values and their order stay. When both names differ only in case,
    /// only the spelling changes. Returns false, changing nothing, when the old name is absent.
    /// </summary>
    bool Rename(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> newName);
}
