using System.Buffers;
using System.Globalization;
using System.Text;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Exchanges.Mesh;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Policies.Transformation;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Snapshot.Mesh;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Cli.Explain.Mesh;

/// <summary>
/// One request of a Gateway listener on its way through the steps before the first attempt: once to the route, then once for each destination,
/// since what goes up differs. Used once, on the first loop of its transport.
/// </summary>
internal sealed class MeshRehearsal
{
    private readonly OfflineSnapshot _offline;
    private readonly RequestLine _line;
    private readonly GatewayChoice _choice;
    private readonly EdgeWorker _worker;

    public MeshRehearsal(OfflineSnapshot offline, RequestLine line, GatewayChoice choice, ITransport transport, TimeProvider time)
    {
        _offline = offline;
        _line = line;
        _choice = choice;
        _worker = offline.Worker(transport, time);
    }

    /// <summary>Clusters that the request may reach. Set by <see cref="Run"/>.</summary>
    public IReadOnlyList<MeshClusterPlan> Clusters { get; private set; } = [];

    /// <summary>Everything but the endpoints, whose names are not looked up here.</summary>
    public Explanation Run()
    {
        Exchange exchange = Enter(out WireError error);
        try
        {
            return exchange.Mesh!.Server is { } server ? InServer(exchange, server, error) : Closed(exchange);
        }
        finally
        {
            _worker.Return(exchange);
        }
    }

    private Explanation InServer(Exchange exchange, GatewayServerPlan server, WireError error)
    {
        MeshState mesh = exchange.Mesh!;
        ExplainedGateway gateway = new()
        {
            Gateways = server.Gateways,
            Table = server.Name,
            Place = Place.Of(server.Span),
            PortMapping = _choice.Listener.PortMapping,
        };
        MeshReply reply = error == WireError.None ? MeshMatch.Match(exchange, mesh) : Refuse(exchange, error);
        if (mesh.VirtualHost is not { } host)
        {
            return Answer(exchange, gateway, reply, By(exchange, server, reply));
        }

        gateway = gateway with { VirtualHost = host.Domain };
        if (host.RequiresTls && !mesh.IsHttps)
        {
            return Answer(exchange, gateway, reply, $"httpsRedirect of Gateway {server.Gateways[0]}");
        }

        int index = mesh.Route is { } matched ? host.Routes.Routes.ToList().IndexOf(matched) : -1;
        MeshRequest request = mesh.Facts(exchange.Request);
        HeaderBlockEdits headers = new(exchange.Request.Headers);
        IReadOnlyList<LostRoute> lost = LostRules.Of(host, index, request, ref headers);
        if (mesh.Route is not { } route)
        {
            return Answer(exchange, gateway, reply, By(exchange, server, reply)) with { Lost = lost };
        }

        gateway = RouteWords.Describe(gateway, route, new ExplainedRule(
            route.VirtualService,
            route.Rule.Index + 1,
            route.Match is { Index: >= 0 } match ? match.Index + 1 : null,
            index + 1,
            host.Routes.Routes.Count));
        string name = LostRules.Name(route.VirtualService, route.Rule.Index, route.Match?.Index ?? -1);
        return Act(exchange, gateway, route, name) with
        {
            Route = new ExplainedRoute(name, Place.Of(route.Span), MatchWords.Of(route.Conditions), null, null),
            Lost = lost,
        };
    }

    private Explanation Act(Exchange exchange, ExplainedGateway gateway, MeshRoutePlan route, string name)
    {
        MeshState mesh = exchange.Mesh!;
        if (route.Action == MeshRouteAction.Forward)
        {
            gateway = gateway with
            {
                Destinations = [.. DestinationWords.Of(route).Select((destination, index) => Send(destination, route.Destinations[index]))],
                Mirrors = DestinationWords.OfMirrors(route),
            };
            if (route.Destinations is [{ Denied: { } guard }])
            {
                return Answer(exchange, gateway, MeshReplies.Denied, Guard(guard));
            }
        }

        if (route.Fault is { } fault && fault.AbortShare == PerMillion.All && MeshRunner.Abort(exchange, fault) is { IsNone: false } abort)
        {
            return Answer(exchange, gateway, abort, $"the fault of {name}");
        }

        MeshReply reply = MeshMatch.Act(exchange, mesh);
        gateway = gateway with { Cors = RouteWords.Cors(route, mesh.Cors) };
        if (mesh.Cors is EnvoyCorsVerdict.Preflight or EnvoyCorsVerdict.PreflightRefused)
        {
            return Answer(exchange, gateway with { Destinations = [], Mirrors = [] }, reply, $"the corsPolicy of {name}");
        }

        switch (route.Action)
        {
            case MeshRouteAction.Redirect:
                return Answer(exchange, gateway, reply, $"the redirect of {name}");
            case MeshRouteAction.DirectResponse:
                return Answer(exchange, gateway, reply, $"the direct response of {name}");
            default:
                break;
        }

        Clusters = [.. route.Destinations.Select(static destination => destination.Cluster).OfType<MeshClusterPlan>()];
        return route.Destinations is [{ Cluster: null } lost]
            ? Answer(exchange, gateway, reply, $"the router: {DestinationWords.Missing(lost)} (flag NC)")
            : Answer(exchange, gateway, MeshReply.None, null);
    }

    // The head that goes to one destination: made by the steps on an exchange of its own, since they change the head they work on.
    private ExplainedDestination Send(ExplainedDestination words, MeshDestinationPlan destination)
    {
        if (destination.Denied is not null || destination.Cluster is null)
        {
            return words;
        }

        Exchange exchange = Enter(out _);
        try
        {
            MeshState mesh = exchange.Mesh!;
            MeshMatch.Match(exchange, mesh);
            mesh.Destination = destination;
            if (!MeshMatch.Act(exchange, mesh).IsNone)
            {
                return words;
            }

            MeshPreparation.Prepare(exchange, mesh);
            return words with
            {
                Request = new ExplainedHead(
                    _line.Method,
                    Text(exchange.UpstreamTarget),
                    Text(exchange.Request.Headers.FirstValue(KnownHeader.Host)),
                    [.. HeaderLines.Of(exchange.Request.Headers, KnownHeader.Host).Select(static field => Lower(field))]),
            };
        }
        finally
        {
            _worker.Return(exchange);
        }
    }

    private Exchange Enter(out WireError error)
    {
        TlsSession? tls = _choice.Listener.IsTls
            ? new TlsSession { Version = default, Cipher = default, ServerName = Encoding.ASCII.GetBytes(_line.ServerName ?? "") }
            : null;
        GatewayEntry entry = new(_choice.Listener, tls);
        Exchange exchange = _worker.Rent();
        exchange.Downstream = new AbsentClient(_choice.Listener, entry);
        exchange.Connection = new ConnectionFacts
        {
            PeerAddress = ClientAddress.From(_line.Client),
            IsTls = _choice.Listener.IsTls,
            ListenerPort = _choice.Listener.Port,
            Tls = tls,
        };
        exchange.EnterMesh(entry);
        RequestRules rules = new HeadRules(_offline.GatewayOptions.Rules, []).For(_choice.Listener.IsTls ? UriScheme.Https : UriScheme.Http);
        ParseResult result = RequestHeadReader.Read(new ReadOnlySequence<byte>(_line.ToHead("localhost")), exchange.Request, rules, out _, out error);
        error = result == ParseResult.Incomplete ? WireError.HeadTimeout : error;
        MeshRunner.Pin(exchange, exchange.Mesh!);
        return exchange;
    }

    private static MeshReply Refuse(Exchange exchange, WireError error)
    {
        exchange.WireError = error;
        exchange.Failure = Failure.DownstreamInvalid;
        return MeshReplies.For(error);
    }

    // Who answers a request that got no route.
    private string By(Exchange exchange, GatewayServerPlan server, MeshReply reply)
    {
        if (exchange.WireError != WireError.None)
        {
            return "the listener: " + exchange.WireError.Reason();
        }

        if (exchange.Failure == Failure.NoRoute)
        {
            return exchange.Mesh!.VirtualHost is { } host
                ? $"virtual host {host.Domain}: no rule matches (flag NR)"
                : $"route table {server.Name}: no virtual host for {Text(exchange.Request.Authority)} (flag NR)";
        }

        return reply.Details == MeshReplies.PathNormalised.Details ? "the listener: the path is not in normal form"
            : reply.Details == MeshReplies.Denied.Details && _offline.Compiled.Snapshot.Mesh.Denied is { } guard ? Guard(guard)
            : "the listener";
    }

    private static string Guard(DeniedWorkload guard) =>
        $"{guard.Kind} {guard.Name}, {Place.Of(guard.Span)}, which is not enforced here: what it guards is closed";

    private Explanation Closed(Exchange exchange)
    {
        string name = _line.ServerName is { } asked ? $"the name {asked}" : "a handshake without name";
        return Made(exchange, new ExplainedGateway(), new ExplainedOutcome(
            OutcomeKind.Closed, null, null, $"listener {_choice.Listener.Name}: no server takes {name} (flag NR)", []));
    }

    private Explanation Answer(Exchange exchange, ExplainedGateway gateway, MeshReply reply, string? by)
    {
        if (reply.IsNone)
        {
            return Made(exchange, gateway, new ExplainedOutcome(OutcomeKind.Proxied, null, null, null, []));
        }

        OutcomeKind kind = exchange.WireError != WireError.None ? OutcomeKind.Refused
            : exchange.Failure == Failure.NoRoute ? OutcomeKind.NoRoute
            : OutcomeKind.Answered;
        string body = Encoding.UTF8.GetString(MeshResponder.Fill(exchange, exchange.Mesh!, reply).Span);
        return Made(exchange, gateway, new ExplainedOutcome(
            kind, exchange.Status, body.Length == 0 ? null : body, by, [.. HeaderLines.Of(exchange.Response.Headers, KnownHeader.Server).Select(static field => Lower(field))]));
    }

    private Explanation Made(Exchange exchange, ExplainedGateway gateway, ExplainedOutcome outcome)
    {
        // Nothing was routed where the head was refused.
        string? path = exchange.Mesh!.Server is null || exchange.WireError != WireError.None ? null
            : Text(exchange.Mesh.PathAndQuery(exchange.Request)).Split('?')[0];
        return new Explanation
        {
            Request = new ExplainedRequest(_line.Method, _line.Target, Text(exchange.Request.Authority), path, exchange.Client.Address.ToString()),
            Listener = new ExplainedListener(
                string.Create(
                    CultureInfo.InvariantCulture, $"{_choice.Listener.Address}:{_choice.Listener.Port}{(_choice.Listener.IsTls ? " ssl" : "")}"),
                true,
                _choice.Note),
            Gateway = gateway,
            Outcome = outcome,
        };
    }

    // Names as Istio's documents write them; an id that is drawn anew each time tells nothing.
    private static string Lower(string field)
    {
        string name = field[..field.IndexOf(':', StringComparison.Ordinal)].ToLowerInvariant();
        return name == "x-request-id" ? "x-request-id: (a new one)" : name + field[name.Length..];
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
