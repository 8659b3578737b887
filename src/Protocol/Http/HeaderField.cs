namespace VoltageSoda.Edge.Protocol.Http;

/// <summary>What a <see cref="HeaderBlock"/> knows of one slot.</summary>
[Flags]
internal enum FieldTraits : byte
{
    /// <summary>Added by the edge: to be checked before it is written.</summary>
    None = 0,

    Removed = 1,

    /// <summary>Checked by a parser.</summary>
    Parsed = 2,

    /// <summary>The block holds <c>name: value CR LF</c> exactly as a writer would write it.</summary>
    Verbatim = 4,

    /// <summary>The name is the canonical spelling and not in the block.</summary>
    CanonicalName = 8,
}

/// <summary>One slot of a <see cref="HeaderBlock"/>: 16 bytes, positions relative to the start of its block.</summary>
internal struct HeaderField
{
    public int NameStart;
    public int ValueStart;
    public int ValueLength;
    public ushort NameLength;
    public KnownHeader Known;
    public FieldTraits Traits;
}
