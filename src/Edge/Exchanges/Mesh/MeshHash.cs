using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Snapshot.Mesh;

namespace VoltageSoda.Edge.Exchanges.Mesh;

/// <summary>
/// The hash of an exchange for destinations that choose by key. Every destination of a route adds its key, as with Envoy, whose hash policies are
/// the route's. Computed once per exchange; allocates nothing.
/// </summary>
internal static class MeshHash
{
    public static void Compute(Exchange exchange, MeshState mesh, MeshRoutePlan route)
    {
        ulong hash = 0;
        bool found = false;
        foreach (MeshDestinationPlan destination in route.Destinations)
        {
            if (destination.Cluster is { Key: { } key } && TryHash(exchange, mesh, key, out ulong next))
            {
                hash = found ? RequestKeyHash.Combine(hash, next) : next;
                found = true;
            }
        }

        exchange.Attempt.Hash = hash;
        exchange.Attempt.HasKey = found;
    }

    /// <summary>Adds the cookie made for the client to its answer.</summary>
    public static void SetCookie(MeshState mesh, HeaderBlock headers)
    {
        Span<byte> room = stackalloc byte[256];
        KeyBuffer field = new(room);
        RequestKeyHash.WriteSetCookie(mesh.SetsCookie!, mesh.Cookie, ref field);
        headers.Add(KnownHeader.SetCookie, field.Written);
        field.Dispose();
    }

    private static bool TryHash(Exchange exchange, MeshState mesh, RequestKey key, out ulong hash)
    {
        HeaderBlockEdits headers = new(exchange.Request.Headers);
        switch (key.Kind)
        {
            case RequestKeyKind.Header:
                return RequestKeyHash.TryHeader(key.NameUtf8, ref headers, out hash);
            case RequestKeyKind.QueryParameter:
                return RequestKeyHash.TryQueryParameter(key.NameUtf8, exchange.Request.HasQuery ? exchange.Request.Query[1..] : default, out hash);
            case RequestKeyKind.SourceAddress:
                Span<byte> text = stackalloc byte[ClientAddress.MaxTextLength];
                int length = exchange.Client.Address.Format(text);
                hash = RequestKeyHash.OfAddress(text[..length]);
                return length != 0;
            default:
                return RequestKeyHash.TryCookie(key.NameUtf8, ref headers, out hash) || (key.CookieTtl is not null && MakeCookie(exchange, mesh, key, out hash));
        }
    }

    private static bool MakeCookie(Exchange exchange, MeshState mesh, RequestKey key, out ulong hash)
    {
        Span<byte> remote = stackalloc byte[ClientAddress.MaxTextLength + 8];
        Span<byte> local = stackalloc byte[ClientAddress.MaxTextLength + 8];
        MeshValues values = new(exchange);
        int remoteLength = values.Format(Policies.Transformation.MeshOperator.DownstreamRemoteAddress, remote);
        int localLength = values.Format(Policies.Transformation.MeshOperator.DownstreamLocalAddress, local);
        mesh.MadeCookie(key, RequestKeyHash.MakeCookie(remote[..remoteLength], local[..localLength], mesh.CookieRoom, out hash));
        return true;
    }
}
