using System.Text;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.Http1;

/// <summary>
/// Fields that must not arrive behind a body (RFC 9110 section 6.5.1): a reader that merges trailers into headers would frame, route,
/// authorise or cache by them. Immutable.
/// </summary>
internal static class TrailerNames
{
    /// <summary>False for framing, routing, hop-by-hop, request control, authentication, cookie, response control and forwarding names.</summary>
    public static bool MayPass(KnownHeader known, ReadOnlySpan<byte> name) => known switch
    {
        KnownHeader.None => !HasPrefix(name, "x-forwarded-"u8) && !HasPrefix(name, "x-kong-"u8) && !HasPrefix(name, "x-consumer-"u8)
            && !HasPrefix(name, "x-credential-"u8) && !HasPrefix(name, "x-envoy-"u8) && !HasPrefix(name, "access-control-"u8),

        // What is numbered before Accept steers messages; what follows describes them.
        < KnownHeader.Accept => false,
        KnownHeader.Origin or KnownHeader.XRequestId or KnownHeader.XKongRequestId or KnownHeader.KongDebug
            or KnownHeader.AccessControlRequestMethod or KnownHeader.AccessControlRequestHeaders or KnownHeader.AccessControlRequestPrivateNetwork
            or KnownHeader.AccessControlAllowOrigin or KnownHeader.AccessControlAllowMethods or KnownHeader.AccessControlAllowHeaders
            or KnownHeader.AccessControlAllowCredentials or KnownHeader.AccessControlAllowPrivateNetwork
            or KnownHeader.AccessControlExposeHeaders or KnownHeader.AccessControlMaxAge
            or KnownHeader.ContentSecurityPolicy or KnownHeader.StrictTransportSecurity or KnownHeader.XContentTypeOptions or KnownHeader.XFrameOptions
            or KnownHeader.XConsumerId or KnownHeader.XConsumerCustomId or KnownHeader.XConsumerUsername or KnownHeader.XConsumerGroups
            or KnownHeader.XCredentialIdentifier or KnownHeader.XAnonymousConsumer
            or KnownHeader.XKongUpstreamLatency or KnownHeader.XKongProxyLatency or KnownHeader.XKongResponseLatency or KnownHeader.XKongUpstreamStatus
            or KnownHeader.RateLimitLimit or KnownHeader.RateLimitRemaining or KnownHeader.RateLimitReset => false,
        _ => true,
    };

    private static bool HasPrefix(ReadOnlySpan<byte> name, ReadOnlySpan<byte> prefix) =>
        name.Length >= prefix.Length && Ascii.EqualsIgnoreCase(name[..prefix.Length], prefix);
}
