using VoltageSoda.Edge.Exchanges.Mesh;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>
/// The cookie that a DestinationRule asks for, made for a client that has none: by the two addresses of its connection, so that requests which
/// race on it get the same (<c>envoy: source/common/router/router.cc</c>, addDownstreamSetCookie). On every listener. Stateless, allocates nothing.
/// </summary>
internal static class KeyCookie
{
    /// <summary>Makes it; the upstream's answer will set it. Gives the hash of its value.</summary>
    public static ulong Make(Exchange exchange, RequestKey key)
    {
        Span<byte> remote = stackalloc byte[ClientAddress.MaxTextLength + 8];
        Span<byte> local = stackalloc byte[ClientAddress.MaxTextLength + 8];
        int remoteLength = MeshValues.Address(exchange.Connection.PeerAddress, exchange.Connection.PeerPort, remote);
        int localLength = MeshValues.Address(exchange.Downstream.LocalAddress, exchange.Connection.ListenerPort, local);
        exchange.HashCookieLength = RequestKeyHash.MakeCookie(remote[..remoteLength], local[..localLength], exchange.HashCookie, out ulong hash);
        exchange.SetsKeyCookie = key;
        return hash;
    }

    /// <summary>Adds it to the answer's head.</summary>
    public static void Set(Exchange exchange, HeaderBlock headers)
    {
        Span<byte> room = stackalloc byte[256];
        KeyBuffer field = new(room);
        RequestKeyHash.WriteSetCookie(exchange.SetsKeyCookie!, exchange.HashCookie.AsSpan(0, exchange.HashCookieLength), ref field);
        headers.Add(KnownHeader.SetCookie, field.Written);
        field.Dispose();
    }
}
