using VoltageSoda.Edge.Policies.Authentication;
using VoltageSoda.Edge.Policies.Transformation;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Exchanges;

// Who is it: jwt, key-auth, basic-auth. Each must pass, unless its anonymous setting makes it an alternative; the last one to know the caller counts.
internal static partial class Admission
{
    private static LocalReply Authenticate(Exchange exchange, JwtVerifier jwt)
    {
        HeaderBlockEdits request = new(exchange.Request.Headers);
        AuthVerdict verdict = jwt.Verify(
            exchange.Request.MethodBytes, exchange.QueryWithoutMark, ref request, exchange.Identity, exchange.UnixSeconds);
        return Settle(exchange, in verdict);
    }

    private static LocalReply Authenticate(Exchange exchange, KeyAuth key)
    {
        HeaderBlockEdits request = new(exchange.Request.Headers);
        RequestBodyText body = BodyFor(exchange, key);
        AuthVerdict verdict = key.Verify(
            exchange.Request.MethodBytes, exchange.QueryWithoutMark, ref request, in body, exchange.Identity, exchange.UnixSeconds, out int hidden);
        exchange.AwaitsKey = verdict.NeedsBody;
        if (verdict.NeedsBody)
        {
            return LocalReply.Continue;
        }

        if (hidden >= 0)
        {
            Hide(exchange, key, hidden);
        }

        return Settle(exchange, in verdict);
    }

    private static LocalReply Authenticate(Exchange exchange, BasicAuth basic)
    {
        HeaderBlockEdits request = new(exchange.Request.Headers);
        AuthVerdict verdict = basic.Verify(ref request, exchange.Identity);
        return Settle(exchange, in verdict);
    }

    // A body of a kind that holds no key is not waited for.
    private static RequestBodyText BodyFor(Exchange exchange, KeyAuth key)
    {
        if (!key.ReadsBody || !exchange.HasBody)
        {
            return new RequestBodyText { IsKnown = true };
        }

        ReadOnlySpan<byte> contentType = exchange.Request.Headers.FirstValue(KnownHeader.ContentType);
        return new RequestBodyText
        {
            ContentType = contentType,
            Bytes = exchange.Collected.AsSpan(0, exchange.CollectedLength),
            IsKnown = exchange.Collected is not null || !KeyAuth.MayHoldKey(contentType),
        };
    }

    private static void Hide(Exchange exchange, KeyAuth key, int name)
    {
        exchange.Request.Headers.Remove(key.HiddenName(name));
        exchange.RemoveArgument(key.HiddenName(name));
        if (exchange.Collected is { } body && key.BodyHider(name) is { } hider)
        {
            TemplateFacts none = default;
            Preparation.EditBody(exchange, hider, in none, body);
        }
    }

    private static LocalReply Settle(Exchange exchange, in AuthVerdict verdict)
    {
        if (!verdict.IsPass)
        {
            if (verdict.Challenge is { } challenge)
            {
                exchange.Response.Headers.Set("WWW-Authenticate"u8, challenge);
            }

            return new LocalReply(verdict.Status, verdict.Body);
        }

        HeaderBlockEdits request = new(exchange.Request.Headers);
        if (verdict.Identity is not { } identity)
        {
            IdentityHeaders.Clear(ref request);
            return LocalReply.Continue;
        }

        exchange.Identity = identity;
        IdentityHeaders.Apply(identity, ref request);
        exchange.Plugins = exchange.Route!.Plugins.For(identity.Consumer);
        return LocalReply.Continue;
    }
}
