namespace VoltageSoda.Edge.LoadTests.Wire;

/// <summary>Where an answer stands after some bytes.</summary>
internal enum ReadStatus
{
    /// <summary>More bytes are needed.</summary>
    Incomplete,

    /// <summary>The answer has ended; the reader's fault says whether it was as expected.</summary>
    Complete,

    /// <summary>The message is invalid: the connection cannot be used any more.</summary>
    Broken,
}
