namespace VoltageSoda.Edge.LoadTests.Wire;

/// <summary>Why a request did not count as a success; the first cause found wins.</summary>
public enum ResponseFault
{
    /// <summary>It was a success.</summary>
    None,

    /// <summary>The connection could not be opened.</summary>
    Connect,

    /// <summary>The connection broke or ended before the answer did.</summary>
    Closed,

    /// <summary>The answer did not end in time.</summary>
    Timeout,

    /// <summary>The run ended before a connection was free for it.</summary>
    NotStarted,

    /// <summary>The answer is no valid HTTP/1.1 message, or bytes follow it.</summary>
    Malformed,

    /// <summary>Another status than expected.</summary>
    Status,

    /// <summary>A required header field is missing or different.</summary>
    Header,

    /// <summary>The body has another length.</summary>
    Length,

    /// <summary>The body has other bytes.</summary>
    Body,
}
