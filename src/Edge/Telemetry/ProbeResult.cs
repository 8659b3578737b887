namespace VoltageSoda.Edge.Telemetry;

/// <summary>How an active check of an upstream ended.</summary>
public enum ProbeResult
{
    /// <summary>A status that counts as good, or a connection for checks by TCP.</summary>
    Success,

    /// <summary>A status that counts as bad, or an answer that is not HTTP.</summary>
    HttpFailure,

    /// <summary>No connection, no TLS, or one that broke.</summary>
    TcpFailure,

    /// <summary>No answer in time.</summary>
    Timeout,

    /// <summary>A status in neither list.</summary>
    Ignored,
}
