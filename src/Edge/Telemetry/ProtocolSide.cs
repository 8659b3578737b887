namespace VoltageSoda.Edge.Telemetry;

/// <summary>The side a protocol error came from: the <c>side</c> label. Values index counters.</summary>
public enum ProtocolSide
{
    Downstream,
    Upstream,
}

/// <summary>The protocol that was broken: the <c>proto</c> label. Values index counters.</summary>
public enum ProtocolName
{
    Http1,
    Http2,
    Proxy,
    Tls,
    WebSocket,
}
