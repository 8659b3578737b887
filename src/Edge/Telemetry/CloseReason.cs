namespace VoltageSoda.Edge.Telemetry;

/// <summary>Why a downstream connection ended: the <c>reason</c> label of <c>edge_connections_closed_total</c>. Values index counters.</summary>
public enum CloseReason
{
    /// <summary>The client closed between requests.</summary>
    ClientClosed,

    /// <summary>The client reset the connection, or closed it inside an exchange.</summary>
    ClientReset,

    /// <summary>The response announced the end: <c>Connection: close</c>, HTTP/1.0, or a body ended by closing.</summary>
    Completed,

    /// <summary>The peer broke the protocol.</summary>
    ProtocolError,

    /// <summary>Idle longer than the keep-alive timeout.</summary>
    IdleTimeout,

    /// <summary>A request head or body was not received in time.</summary>
    RequestTimeout,

    /// <summary>The client did not take the response in time.</summary>
    WriteTimeout,

    /// <summary>A connection or request limit of the edge was reached.</summary>
    Limit,

    /// <summary>Memory pressure ended keep-alive or refused the connection.</summary>
    Memory,

    /// <summary>The PROXY header was missing, malformed or from an untrusted address.</summary>
    ProxyHeader,

    /// <summary>The response could not be completed because the upstream failed in the middle of it.</summary>
    UpstreamAborted,

    /// <summary>An upgraded connection ended.</summary>
    Tunnel,

    /// <summary>The process is draining.</summary>
    Drain,

    /// <summary>An unexpected exception.</summary>
    InternalError,

    /// <summary>The TLS handshake failed or timed out.</summary>
    TlsFailure,
}
