namespace VoltageSoda.Edge.Protocol.Http;

/// <summary>
/// Removes what belongs to one connection only (RFC 9110 section 7.6.1). Call it before adding the edge's own fields, so that a peer's
/// <c>Connection: X-Forwarded-For</c> strips the peer's copy and not ours. Stateless.
/// </summary>
public static class HopByHopFields
{
    /// <summary>
    /// Removes the fields named in Connection (Content-Length, Transfer-Encoding and Host excepted) and always Connection, Keep-Alive,
    /// Proxy-Connection, TE, Trailer, Transfer-Encoding, Upgrade, Proxy and HTTP2-Settings. For either direction; the caller re-adds
    /// what it wants to say itself (TE: trailers, Upgrade, Transfer-Encoding).
    /// </summary>
    public static void Strip(HeaderBlock headers) => throw new NotImplementedException();
}
