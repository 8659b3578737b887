using System.Buffers;
using System.Globalization;
using System.Text;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Exchanges.Mesh;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Policies.Transformation;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Snapshot.Mesh;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Cli.Explain.Mesh;

/// <summary>
/// One request of a Gateway listener on its way to a destination: read by the wire's own reader, matched by the tables that serve, nothing drawn
/// and nothing sent. Used once.
/// </summary>
internal sealed class MeshRehearsal(OfflineSnapshot offline, RequestLine line, GatewayChoice choice)
{
    private readonly RequestHead _head = new();
    private byte[] _target = [];

    private EdgeSnapshot Snapshot => offline.Compiled.Snapshot;

    /// <summary>Clusters that the request may reach. Set by <see cref="Run"/>.</summary>
    public IReadOnlyList<MeshClusterPlan> Clusters { get; private set; } = [];

    /// <summary>Everything but the endpoints, whose names are not looked up here.</summary>
    public Explanation Run()
    {
        GatewayListenerPlan listener = choice.Listener;
        if (listener.Server(Encoding.ASCII.GetBytes(line.ServerName ?? "")) is not { } server)
        {
            string name = line.ServerName is { } asked ? $"the name {asked}" : "a handshake without name";
            return Answer(new ExplainedGateway(), OutcomeKind.Closed, null, null, $"listener {listener.Name}: no server takes {name} (flag NR)");
        }

        ExplainedGateway gateway = new()
        {
            Gateways = server.Gateways,
            Table = server.Name,
            Place = Place.Of(server.Span),
            PortMapping = listener.PortMapping,
        };
        if (Read() is not WireError.None and var error)
        {
            return Refuse(gateway, error);
        }

        if (Normalise(out WireError pathError) is { } redirect)
        {
            return Answer(gateway, OutcomeKind.Answered, 307, null, "the listener: the path is not in normal form", $"location: {redirect}");
        }

        if (pathError != WireError.None)
        {
            return Refuse(gateway, pathError);
        }

        if (Snapshot.Mesh.Denied is { } closed)
        {
            return Answer(gateway, OutcomeKind.Answered, 403, "RBAC: access denied", Guard(closed));
        }

        return server.VirtualHost(_head.Authority) is { } host
            ? InHost(gateway with { VirtualHost = host.Domain }, server, host)
            : Answer(gateway, OutcomeKind.NoRoute, 404, null, $"route table {server.Name}: no virtual host for {Text(_head.Authority)} (flag NR)");
    }

    private Explanation InHost(ExplainedGateway gateway, GatewayServerPlan server, VirtualHostPlan host)
    {
        MeshRequest request = Request();
        HeaderBlockEdits headers = new(_head.Headers);
        if (host.RequiresTls && !choice.Listener.IsTls)
        {
            ArrayBufferWriter<byte> location = new();
            RedirectAction.WriteHttpsLocation(request, location);
            return Answer(
                gateway, OutcomeKind.Answered, 301, null, $"httpsRedirect of Gateway {server.Gateways[0]}", $"location: {Text(location.WrittenSpan)}");
        }

        int index = host.Routes.FindIndex(request, ref headers);
        IReadOnlyList<LostRoute> lost = LostRules.Of(host, index, request, ref headers);
        if (index < 0)
        {
            return Answer(gateway, OutcomeKind.NoRoute, 404, null, $"virtual host {host.Domain}: no rule matches (flag NR)") with { Lost = lost };
        }

        MeshRoutePlan route = host.Routes.Routes[index];
        gateway = Describe(gateway, route, new ExplainedRule(
            route.VirtualService,
            route.Rule.Index + 1,
            route.Match is { } match ? match.Index + 1 : null,
            index + 1,
            host.Routes.Routes.Count));
        string name = LostRules.Name(route.VirtualService, route.Rule.Index, route.Match?.Index ?? -1);
        Explanation explanation = Act(gateway, route, name, request, ref headers);
        return explanation with
        {
            Route = new ExplainedRoute(name, Place.Of(route.Span), MatchWords.Of(route.Conditions), null, null),
            Lost = lost,
        };
    }

    private Explanation Act(ExplainedGateway gateway, MeshRoutePlan route, string name, MeshRequest request, ref HeaderBlockEdits headers)
    {
        switch (route.Action)
        {
            case MeshRouteAction.Redirect:
                ArrayBufferWriter<byte> location = new();
                route.Redirect!.WriteLocation(request, location);
                return Answer(
                    gateway, OutcomeKind.Answered, route.RedirectStatus, null, $"the redirect of {name}", $"location: {Text(location.WrittenSpan)}");
            case MeshRouteAction.DirectResponse:
                DirectResponseSettings answer = route.DirectResponse!;
                string? body = answer.Body is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : null;
                return Answer(gateway, OutcomeKind.Answered, answer.Status, body, $"the direct response of {name}");
            default:
                break;
        }

        gateway = gateway with
        {
            Target = Target(route, request),
            Destinations = DestinationWords.Of(route),
            Mirrors = DestinationWords.OfMirrors(route),
        };
        EnvoyCorsVerdict verdict = route.Cors?.Decide(request.Method, ref headers) ?? EnvoyCorsVerdict.None;
        if (verdict is EnvoyCorsVerdict.Preflight or EnvoyCorsVerdict.PreflightRefused)
        {
            HeaderBlock block = new();
            HeaderBlockEdits response = new(block);
            route.Cors!.ApplyPreflight(verdict, ref headers, ref response);
            return Answer(
                gateway with { Cors = "answers the preflight" }, OutcomeKind.Answered, 200, null, $"the corsPolicy of {name}", [.. HeaderLines.Of(block)]);
        }

        gateway = gateway with
        {
            Cors = verdict switch
            {
                EnvoyCorsVerdict.Allowed => "the origin is allowed: the answer gets access-control-allow-origin",
                EnvoyCorsVerdict.Refused => "the origin is not allowed: the request is forwarded and its answer left alone",
                _ when route.Cors is not null => "the request has no origin",
                _ => null,
            },
        };
        Clusters = [.. route.Destinations.Select(static destination => destination.Cluster).OfType<MeshClusterPlan>()];
        return route.Destinations is [{ Denied: { } guard }] ? Answer(gateway, OutcomeKind.Answered, 403, "RBAC: access denied", Guard(guard))
            : route.Destinations is [{ Cluster: null } lost]
                ? Answer(gateway, OutcomeKind.Answered, 503, null, $"the router: {DestinationWords.Missing(lost)} (flag NC)")
                : Answer(gateway, OutcomeKind.Proxied, null, null, null);
    }

    private static ExplainedGateway Describe(ExplainedGateway gateway, MeshRoutePlan route, ExplainedRule rule) => gateway with
    {
        Rule = rule,
        TimeoutMs = route.Action == MeshRouteAction.Forward && route.Timeout > 0 ? route.Timeout : null,
        Retries = route.Action == MeshRouteAction.Forward && route.Retry.Attempts > 0 ? Retries(route.Retry) : null,
        Fault = route.Fault is { } fault ? Fault(fault, route.Rule.Fault!) : null,
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

    private static string Target(MeshRoutePlan route, MeshRequest request)
    {
        ArrayBufferWriter<byte> rewritten = new();
        return route.Rewrite?.TryWrite(request.PathAndQuery, rewritten) == true ? Text(rewritten.WrittenSpan) : Text(request.PathAndQuery);
    }

    private WireError Read()
    {
        byte[] head = line.ToHead("localhost");
        RequestRules rules = new HeadRules(offline.GatewayOptions.Rules, []).For(choice.Listener.IsTls ? UriScheme.Https : UriScheme.Http);
        ParseResult result = RequestHeadReader.Read(new ReadOnlySequence<byte>(head), _head, rules, out _, out WireError error);
        return result == ParseResult.Incomplete ? WireError.HeadTimeout : error;
    }

    // The path as it is routed; a location when the client is sent to it instead.
    private string? Normalise(out WireError error)
    {
        MeshPathRules rules = MeshPathRules.Of(Snapshot.Mesh.Paths, offline.GatewayOptions);
        byte[] room = new byte[CanonicalPath.MaxLength(_head.Path.Length)];
        error = CanonicalPath.Compute(_head.Path, rules.MergeSlashes, rules.Slashes, room, out ReadOnlySpan<byte> canonical, out bool redirect);
        if (error != WireError.None)
        {
            return null;
        }

        byte[] escaped = new byte[CanonicalPath.MaxLength(canonical.Length)];
        CanonicalPath.Escape(canonical, escaped, out ReadOnlySpan<byte> path);
        _target = [.. path, .. _head.Query];
        return redirect && !rules.Decodes ? Text(_target) : null;
    }

    private MeshRequest Request() => new()
    {
        Method = _head.MethodBytes,
        Authority = _head.Authority,
        PathAndQuery = _target,
        Scheme = choice.Listener.IsTls ? "https"u8 : "http"u8,
    };

    private Explanation Refuse(ExplainedGateway gateway, WireError error)
    {
        MeshReply reply = MeshReplies.For(error);
        string? body = reply.Body.IsEmpty ? null : Encoding.UTF8.GetString(reply.Body.Span);
        return Answer(gateway, OutcomeKind.Refused, reply.Status, body, "the listener: " + error.Reason());
    }

    private static string Guard(DeniedWorkload guard) =>
        $"{guard.Kind} {guard.Name}, {Place.Of(guard.Span)}, which is not enforced here: what it guards is closed";

    private Explanation Answer(ExplainedGateway gateway, OutcomeKind kind, int? status, string? message, string? by, params IReadOnlyList<string> headers) => new()
    {
        Request = new ExplainedRequest(
            line.Method,
            line.Target,
            Text(_head.Authority),
            _target.Length == 0 ? null : Text(_target).Split('?')[0],
            line.Client.ToString()),
        Listener = new ExplainedListener(
            string.Create(CultureInfo.InvariantCulture, $"{choice.Listener.Address}:{choice.Listener.Port}{(choice.Listener.IsTls ? " ssl" : "")}"),
            true,
            choice.Note),
        Gateway = gateway,
        Outcome = new ExplainedOutcome(kind, status, message, by, headers),
    };

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
