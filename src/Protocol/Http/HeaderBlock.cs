namespace VoltageSoda.Edge.Protocol.Http;

/// <summary>
/// Version-neutral header fields in insertion order: every codec fills it, every codec writes from it. Names and values are offsets
/// into one pooled byte block that this object owns and keeps over <see cref="Clear"/>; <see cref="Release"/> gives it back (idle
/// connections). Spans handed out are valid until the next change. One thread at a time; not disposable, reused by its pooled owner.
/// </summary>
public sealed class HeaderBlock
{
    /// <summary>Number of slots, removed ones included. Valid indexes are 0 to Count-1.</summary>
    public int Count => throw new NotImplementedException();

    /// <summary>True when the slot was removed and is not to be read or written.</summary>
    public bool IsRemoved(int index) => throw new NotImplementedException();

    /// <summary>True when the field came from a parser and so is known to be well formed; later additions are checked by the writer.</summary>
    public bool IsParsed(int index) => throw new NotImplementedException();

    /// <summary>The classified name of a slot.</summary>
    public KnownHeader Known(int index) => throw new NotImplementedException();

    /// <summary>The name as received, or the canonical spelling for fields added by <see cref="KnownHeader"/>.</summary>
    public ReadOnlySpan<byte> Name(int index) => throw new NotImplementedException();

    /// <summary>The value without surrounding white space.</summary>
    public ReadOnlySpan<byte> Value(int index) => throw new NotImplementedException();

    /// <summary>First live field of that name, or -1. Constant time.</summary>
    public int IndexOf(KnownHeader header) => throw new NotImplementedException();

    /// <summary>First live field of that name without regard to ASCII case, or -1.</summary>
    public int IndexOf(ReadOnlySpan<byte> name) => throw new NotImplementedException();

    /// <summary>The next live field with the same name as the one at <paramref name="index"/>, or -1.</summary>
    public int NextSame(int index) => throw new NotImplementedException();

    /// <summary>True when a live field of that name exists.</summary>
    public bool Contains(KnownHeader header) => throw new NotImplementedException();

    /// <summary>The first live value of that name, or an empty span.</summary>
    public ReadOnlySpan<byte> FirstValue(KnownHeader header) => throw new NotImplementedException();

    /// <summary>Appends a field. The bytes are copied; they may come from this block.</summary>
    public void Add(KnownHeader header, ReadOnlySpan<byte> value) => throw new NotImplementedException();

    /// <summary>Appends a field. The bytes are copied; they may come from this block.</summary>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => throw new NotImplementedException();

    /// <summary>Replaces the value of one live field in its place.</summary>
    public void SetValue(int index, ReadOnlySpan<byte> value) => throw new NotImplementedException();

    /// <summary>Replaces the first live field of that name and removes the others, or appends one.</summary>
    public void Set(KnownHeader header, ReadOnlySpan<byte> value) => throw new NotImplementedException();

    /// <summary>Replaces the first live field of that name and removes the others, or appends one.</summary>
    public void Set(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => throw new NotImplementedException();

    /// <summary>Removes one field; a second removal does nothing.</summary>
    public void RemoveAt(int index) => throw new NotImplementedException();

    /// <summary>Removes every field of that name and returns how many there were.</summary>
    public int Remove(KnownHeader header) => throw new NotImplementedException();

    /// <summary>Removes every field of that name and returns how many there were.</summary>
    public int Remove(ReadOnlySpan<byte> name) => throw new NotImplementedException();

    /// <summary>Forgets all fields and keeps the block for the next head.</summary>
    public void Clear() => throw new NotImplementedException();

    /// <summary>Forgets all fields and returns the block to the pool.</summary>
    public void Release() => throw new NotImplementedException();
}
