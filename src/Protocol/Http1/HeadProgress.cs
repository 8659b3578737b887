namespace VoltageSoda.Edge.Protocol.Http1;

/// <summary>Which part of a head a reader is in.</summary>
internal enum HeadPhase : byte
{
    StartLine,
    Fields,
    Done,
}

/// <summary>
/// A reader's place in an unfinished head, so that bytes dripping in are looked at a bounded number of times. Offsets count from the
/// first byte of the start line.
/// </summary>
internal struct HeadProgress
{
    public HeadPhase Phase;

    /// <summary>Empty lines skipped before the start line.</summary>
    public byte EmptyLines;

    /// <summary>Start of the first line not parsed.</summary>
    public int LineStart;

    /// <summary>No line feed lies between <see cref="LineStart"/> and here.</summary>
    public int Scanned;

    /// <summary>Bytes counted towards the total limit.</summary>
    public int Counted;

    /// <summary>Field lines read, dropped ones included.</summary>
    public int FieldLines;

    /// <summary>Bytes of the head already gathered in the header block because the input had several segments.</summary>
    public int Gathered;
}
