using System.Runtime.CompilerServices;
using VoltageSoda.Edge.Policies.Authorization;
using VoltageSoda.Edge.Policies.Limits;
using VoltageSoda.Edge.Policies.Text;
using VoltageSoda.Edge.Policies.Transformation;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Snapshot;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>
/// Step 6: decides whether a matched request goes on. The Kong list by plugin priority: correlation-id 100001, cors 2000, jwt 1450,
/// key-auth 1250, basic-auth 1100, ip-restriction 990, request-size-limiting 951, acl 950 (<c>PRIORITY</c> in Kong's plugin handlers);
/// <see cref="QuotaStep"/> and <see cref="TerminationStep"/> end the step. Stateless; runs on the exchange's loop and allocates nothing.
/// </summary>
/// <remarks>
/// The list is left where a plugin needs the request's body, and taken up again behind that place: <see cref="AdmitKey(Exchange)"/> when the key
/// may be in the body, <see cref="AdmitMeasured(Exchange)"/> when its length has to be measured.
/// </remarks>
internal static partial class Admission
{
    private static readonly KongErrorBody HttpsRequired = KongErrors.HttpsRequired;

    /// <summary>Runs the list; the reply is empty when the request goes on.</summary>
    public static LocalReply Admit(Exchange exchange)
    {
        NoAdmissionTrace none = default;
        return Admit(exchange, ref none);
    }

    /// <summary>As the other overload, and tells every decision.</summary>
    public static LocalReply Admit<TTrace>(Exchange exchange, ref TTrace trace)
        where TTrace : struct, IAdmissionTrace
    {
        RoutePlan route = exchange.Route!;
        if (route.HttpsOnly && Ends(RequireHttps(exchange, route), AdmissionStep.Https, ref trace, out LocalReply reply))
        {
            return reply;
        }

        if (exchange.Plugins.Correlation is { } correlation)
        {
            Correlate(exchange, correlation);
            trace.Decided(AdmissionStep.Correlation, LocalReply.Continue);
        }

        if (exchange.Plugins.Cors is { } cors && Ends(Preflight(exchange, cors), AdmissionStep.Cors, ref trace, out reply))
        {
            return reply;
        }

        if (exchange.Plugins.Jwt is { } jwt && Ends(Authenticate(exchange, jwt), AdmissionStep.Jwt, ref trace, out reply))
        {
            return reply;
        }

        return AdmitKey(exchange, ref trace);
    }

    /// <summary>The list from key-auth on, also after a body that may hold the key was read.</summary>
    public static LocalReply AdmitKey(Exchange exchange)
    {
        NoAdmissionTrace none = default;
        return AdmitKey(exchange, ref none);
    }

    /// <summary>As the other overload, and tells every decision.</summary>
    public static LocalReply AdmitKey<TTrace>(Exchange exchange, ref TTrace trace)
        where TTrace : struct, IAdmissionTrace
    {
        LocalReply reply;
        if (exchange.Plugins.KeyAuth is { } key)
        {
            LocalReply decided = Authenticate(exchange, key);
            if (exchange.AwaitsKey)
            {
                return LocalReply.Continue;
            }

            if (Ends(decided, AdmissionStep.KeyAuth, ref trace, out reply))
            {
                return reply;
            }
        }

        if (exchange.Plugins.BasicAuth is { } basic && Ends(Authenticate(exchange, basic), AdmissionStep.BasicAuth, ref trace, out reply))
        {
            return reply;
        }

        if (exchange.Plugins.IpRestriction is { } restriction
            && Ends(Restrict(exchange, restriction), AdmissionStep.IpRestriction, ref trace, out reply))
        {
            return reply;
        }

        if (exchange.Plugins.BodySize is { } limit && Ends(LimitBody(exchange, limit), AdmissionStep.BodySize, ref trace, out reply))
        {
            return reply;
        }

        return exchange.MeasureBody ? LocalReply.Continue : AdmitMeasured(exchange, ref trace);
    }

    /// <summary>The rest of the list, after a body of unknown length was measured.</summary>
    public static LocalReply AdmitMeasured(Exchange exchange)
    {
        NoAdmissionTrace none = default;
        return AdmitMeasured(exchange, ref none);
    }

    /// <summary>As the other overload, and tells every decision.</summary>
    public static LocalReply AdmitMeasured<TTrace>(Exchange exchange, ref TTrace trace)
        where TTrace : struct, IAdmissionTrace
    {
        return exchange.Plugins.Acl is { } acl && Ends(Authorise(exchange, acl), AdmissionStep.Acl, ref trace, out LocalReply reply)
            ? reply
            : LocalReply.Continue;
    }

    /// <summary>The refusal of a body that turned out too large while it was measured.</summary>
    public static LocalReply TooLarge(Exchange exchange)
    {
        BodySizeLimit limit = exchange.Plugins.BodySize!;
        return new LocalReply(
            limit.StatusOf(BodySizeOutcome.TooLarge, exchange.Request.ExpectContinue), limit.BodyOf(BodySizeOutcome.TooLarge));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Ends<TTrace>(LocalReply decided, AdmissionStep step, ref TTrace trace, out LocalReply reply)
        where TTrace : struct, IAdmissionTrace
    {
        trace.Decided(step, in decided);
        reply = decided;
        return !decided.IsNone;
    }

    private static void Correlate(Exchange exchange, CorrelationId policy)
    {
        exchange.Correlate(policy, trustsRequest: true);
        exchange.Request.Headers.Set(policy.HeaderName, exchange.CorrelationValue);
    }

    private static LocalReply Preflight(Exchange exchange, CorsPolicy cors)
    {
        HeaderBlockEdits request = new(exchange.Request.Headers);
        if (!cors.AnswersPreflight(exchange.Request.MethodBytes, ref request))
        {
            return LocalReply.Continue;
        }

        HeaderBlockEdits response = new(exchange.Response.Headers);
        cors.ApplyPreflight(ref request, ref response);
        exchange.PreflightAnswered = true;
        return new LocalReply(200, null);
    }

    private static LocalReply LimitBody(Exchange exchange, BodySizeLimit limit)
    {
        BodyFraming framing = exchange.Request.Framing;
        long length = exchange.Collected is not null ? exchange.CollectedLength : framing.Kind == BodyKind.Length ? framing.Length : -1;
        BodySizeOutcome outcome = limit.Decide(length, framing.Kind == BodyKind.Chunked);
        if (outcome is BodySizeOutcome.TooLarge or BodySizeOutcome.LengthRequired)
        {
            return new LocalReply(limit.StatusOf(outcome, exchange.Request.ExpectContinue), limit.BodyOf(outcome));
        }

        exchange.MeasureBody = outcome == BodySizeOutcome.Measure && framing.Kind == BodyKind.Chunked;
        return LocalReply.Continue;
    }

    private static LocalReply Restrict(Exchange exchange, IpRestriction restriction) =>
        restriction.Admits(exchange.Client.Address, out int status, out KongErrorBody? body) ? LocalReply.Continue : new LocalReply(status, body);

    private static LocalReply Authorise(Exchange exchange, GroupAcl acl)
    {
        AclVerdict verdict = acl.Decide(exchange.Identity);
        if (!verdict.IsPass)
        {
            return new LocalReply(verdict.Status, verdict.Body);
        }

        HeaderBlockEdits request = new(exchange.Request.Headers);
        acl.Apply(exchange.Identity, ref request);
        return LocalReply.Continue;
    }

    private static LocalReply RequireHttps(Exchange exchange, RoutePlan route)
    {
        HeaderBlockEdits request = new(exchange.Request.Headers);
        if (exchange.Snapshot.ForwardedFields.IsForwardedHttps(exchange.Connection, exchange.Client, ref request))
        {
            return LocalReply.Continue;
        }

        // Refused before any plugin's turn: as without a route, the global ones alone see the answer.
        exchange.Plugins = exchange.Snapshot.GlobalPlugins;
        HeaderBlock response = exchange.Response.Headers;
        if (route.HttpsRedirectStatus == 426)
        {
            response.Add("Upgrade"u8, "TLS/1.2, HTTP/1.1"u8);
            exchange.SendsUpgradeRequired = true;
            return new LocalReply(426, HttpsRequired);
        }

        ReadOnlySpan<byte> host = exchange.HostWithoutPort;
        if (exchange.Client.PeerIsTrusted && request.TryGet("X-Forwarded-Host"u8, out ReadOnlySpan<byte> forwarded) && !forwarded.IsEmpty)
        {
            host = forwarded;
        }

        ReadOnlySpan<byte> target = exchange.Request.Target;
        ReadOnlySpan<byte> scheme = "https://"u8;
        byte[] rented = System.Buffers.ArrayPool<byte>.Shared.Rent(scheme.Length + host.Length + target.Length);
        scheme.CopyTo(rented);
        host.CopyTo(rented.AsSpan(scheme.Length));
        target.CopyTo(rented.AsSpan(scheme.Length + host.Length));
        response.Add("Location"u8, rented.AsSpan(0, scheme.Length + host.Length + target.Length));
        System.Buffers.ArrayPool<byte>.Shared.Return(rented);
        return new LocalReply(route.HttpsRedirectStatus, null);
    }
}
