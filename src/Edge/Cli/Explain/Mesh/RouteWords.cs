using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Policies.Transformation;
using VoltageSoda.Edge.Snapshot.Mesh;

namespace VoltageSoda.Edge.Cli.Explain.Mesh;

/// <summary>What a rule of a VirtualService brings besides its destinations. Stateless.</summary>
internal static class RouteWords
{
    public static ExplainedGateway Describe(ExplainedGateway gateway, MeshRoutePlan route, ExplainedRule rule) => gateway with
    {
        Rule = rule,
        TimeoutMs = route.Action == MeshRouteAction.Forward && route.Timeout > 0 ? route.Timeout : null,
        Retries = route.Action == MeshRouteAction.Forward && route.Retry.Attempts > 0 ? Retries(route.Retry) : null,
        Fault = route.Fault is { } fault ? Fault(fault, route.Rule.Fault!) : null,
    };

    /// <summary>What CORS makes of a request; null without a policy.</summary>
    public static string? Cors(MeshRoutePlan route, EnvoyCorsVerdict verdict) => verdict switch
    {
        _ when route.Cors is null => null,
        EnvoyCorsVerdict.Preflight or EnvoyCorsVerdict.PreflightRefused => "answers the preflight",
        EnvoyCorsVerdict.Allowed => "the origin is allowed: the answer gets access-control-allow-origin",
        EnvoyCorsVerdict.Refused => "the origin is not allowed: the request is forwarded and its answer left alone",
        _ => "the request has no origin",
    };

    private static ExplainedRetries Retries(RetrySettings retry) => new(
        retry.Attempts,
        string.IsNullOrEmpty(retry.RetryOn) ? DestinationWords.DefaultRetryOn : retry.RetryOn,
        retry.PerTryTimeout is { } perTry ? (int)perTry.TotalMilliseconds : null,
        (int)(retry.Backoff?.TotalMilliseconds ?? 25),
        Place.Of(retry.Span));

    private static ExplainedFault Fault(FaultPolicy fault, FaultSettings settings) => new(
        settings.Delay is null ? null : fault.DelayShare.Percent,
        settings.Delay is null ? null : (int)fault.Delay.TotalMilliseconds,
        settings.Abort is null ? null : fault.AbortShare.Percent,
        fault.AbortStatus == 0 ? null : fault.AbortStatus,
        fault.AbortGrpcStatus,
        Place.Of(settings.Span));
}
