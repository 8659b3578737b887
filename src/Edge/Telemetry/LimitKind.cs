namespace VoltageSoda.Edge.Telemetry;

/// <summary>A limit that was reached: the <c>limit</c> label of <c>edge_limits_hit_total</c>. Values index counters.</summary>
public enum LimitKind
{
    RequestLine,
    HeaderLine,
    HeadersTotal,
    HeaderCount,
    RequestBody,
    ResponseHead,
    ConnectionRequests,
    Connections,
    ConnectionsListener,
    ConnectionsAddress,
    Pipeline,
    ChunkOverhead,
    BodyRate,
    ResponseRate,
    UpstreamConnections,
    UpstreamPending,
    UpstreamRequests,
    Hops,
    Memory,
    Retries,
    FileDescriptors,
    TlsHandshakes,
    Mirrors,
}
