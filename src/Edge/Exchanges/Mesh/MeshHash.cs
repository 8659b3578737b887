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
    public static void Compute(Exchange exchange, MeshRoutePlan route)
    {
        ulong hash = 0;
        bool found = false;
        foreach (MeshDestinationPlan destination in route.Destinations)
        {
            if (destination.Cluster is { Key: { } key } && TryHash(exchange, key, out ulong next))
            {
                hash = found ? RequestKeyHash.Combine(hash, next) : next;
                found = true;
            }
        }

        exchange.Attempt.Hash = hash;
        exchange.Attempt.HasKey = found;
    }

    private static bool TryHash(Exchange exchange, RequestKey key, out ulong hash)
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
                if (!RequestKeyHash.TryCookie(key.NameUtf8, ref headers, out hash))
                {
                    hash = key.CookieTtl is null ? 0 : KeyCookie.Make(exchange, key);
                    return key.CookieTtl is not null;
                }

                return true;
        }
    }
}
