using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.RateLimiting;
using VoltageSoda.Edge.Snapshot;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>Who is counted by a quota (<c>get_identifier</c> of <c>kong/plugins/rate-limiting/handler.lua</c>). Stateless, allocates nothing.</summary>
internal static class QuotaIdentity
{
    /// <summary>Room that an identifier may need which does not stand in the request: an address, a claim.</summary>
    public const int RoomLength = QuotaKey.MaxIdentifierLength;

    public static ReadOnlySpan<byte> Of(Exchange exchange, RateLimitPlan plan, Span<byte> room)
    {
        switch (plan.LimitBy)
        {
            case RateLimitBy.Consumer when exchange.Identity?.Consumer is { } consumer:
                return consumer.IdUtf8;
            case RateLimitBy.Consumer or RateLimitBy.Credential when exchange.Identity is { CredentialId: not null } identity:
                return identity.CredentialIdUtf8;
            case RateLimitBy.Service when exchange.Route!.Service is { } service:
                return service.IdUtf8.Span;
            case RateLimitBy.Header when Header(exchange, plan.Subject, out ReadOnlySpan<byte> value):
                return value;
            case RateLimitBy.Path when exchange.Request.Path.SequenceEqual(plan.Subject):
                return plan.Subject;
            default:
                return Address(exchange, room);
        }
    }

    public static ReadOnlySpan<byte> Of(Exchange exchange, TokenBucketPlan plan, Span<byte> room)
    {
        switch (plan.LimitBy)
        {
            case BucketBy.Consumer when exchange.Identity?.Consumer is { } consumer:
                return consumer.IdUtf8;
            case BucketBy.Consumer when exchange.Identity is { CredentialId: not null } identity:
                return identity.CredentialIdUtf8;
            case BucketBy.Header when Header(exchange, plan.Subject, out ReadOnlySpan<byte> value):
                return value;
            case BucketBy.Path:
                return exchange.Path;
            case BucketBy.Claim when exchange is { Identity: { IsAnonymous: false }, Plugins: { Jwt: { } jwt, KeyAuth: null, BasicAuth: null } }:
                // With several ways to authenticate the token may be one that nobody verified.
                HeaderBlockEdits headers = new(exchange.Request.Headers);
                return jwt.TryReadClaim(exchange.QueryWithoutMark, ref headers, plan.Subject, room, out int length)
                    ? room[..length]
                    : Address(exchange, room);
            default:
                return Address(exchange, room);
        }
    }

    private static bool Header(Exchange exchange, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        int index = exchange.Request.Headers.IndexOf(name);
        value = index < 0 ? default : exchange.Request.Headers.Value(index);
        return index >= 0;
    }

    private static ReadOnlySpan<byte> Address(Exchange exchange, Span<byte> room) => room[..exchange.Client.Address.Format(room)];
}
