using System.Buffers;
using System.Collections.Immutable;
using System.Numerics;
using System.Text;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Hosting;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Routing;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Cli.Explain;

/// <summary>
/// One request on its way through the steps before the first attempt, and what is read off it there. Used once, on the first loop of its
/// transport.
/// </summary>
internal sealed class Rehearsal
{
    private const int MostLostRoutes = 10;

    private readonly OfflineSnapshot _offline;
    private readonly RequestLine _request;
    private readonly ListenerChoice _listener;
    private readonly EdgeWorker _worker;

    public Rehearsal(OfflineSnapshot offline, RequestLine request, ListenerChoice listener, ITransport transport, TimeProvider time)
    {
        _offline = offline;
        _request = request;
        _listener = listener;
        _worker = offline.Worker(transport, time);
    }

    /// <summary>Where the request would go; null when the gateway answers itself. Set by <see cref="Run"/>.</summary>
    public ClusterBuilder? Cluster { get; private set; }

    /// <summary>Everything but the endpoints, whose names are not looked up here.</summary>
    public Explanation Run()
    {
        Exchange exchange = _worker.Rent();
        Exchange received = _worker.Rent();
        try
        {
            byte[] head = _request.ToHead(DefaultHost());
            WireError error = Read(exchange, head);
            ExchangeRunner.Pin(exchange);
            if (error != WireError.None)
            {
                exchange.WireError = error;
                exchange.Plugins = exchange.Snapshot.GlobalPlugins;
                return Refused(exchange);
            }

            _ = Read(received, head);
            return Follow(exchange, received);
        }
        finally
        {
            _worker.Return(received);
            _worker.Return(exchange);
        }
    }

    private WireError Read(Exchange exchange, byte[] head)
    {
        exchange.Connection = new ConnectionFacts
        {
            PeerAddress = ClientAddress.From(_request.Client),
            IsTls = _request.IsHttps,
            ListenerPort = _listener.Address?.Port ?? 0,
            Tls = _request.IsHttps
                ? new TlsSession { Version = default, Cipher = default, ServerName = Encoding.ASCII.GetBytes(_request.ServerName ?? "") }
                : null,
        };
        ConnectionFacts facts = exchange.Connection;
        RequestRules rules = _offline.Compiled.Snapshot.HeadRules.For(HeadRules.SchemeOf(in facts, _offline.Options.Forwarded.Trusted));
        ParseResult result = RequestHeadReader.Read(
            new ReadOnlySequence<byte>(head), exchange.Request, rules, out _, out WireError error);
        return result == ParseResult.Incomplete ? WireError.HeadTimeout : error;
    }

    private string DefaultHost() =>
        _listener.Address is { Port: not (0 or 80 or 443) } address ? $"localhost:{address.Port}" : "localhost";

    // As ExchangeRunner.RefuseAsync: a head that is refused has no route, and global plugins see the answer.
    private Explanation Refused(Exchange exchange)
    {
        LocalReply reply = Refusals.For(exchange.WireError);
        return new Explanation
        {
            Request = new ExplainedRequest(_request.Method, _request.Target, "", null, _request.Client.ToString()),
            Listener = _listener.Explained,
            Plugins = Plugins(exchange, exchange.Request.Headers, new AdmissionRecord(), null, goesUp: false),
            Outcome = Answer(OutcomeKind.Refused, reply, "the listener: " + exchange.WireError.Reason(), exchange),
        };
    }

    private Explanation Follow(Exchange exchange, Exchange received)
    {
        ServingOptions options = _offline.Options;
        bool isCanonical = received.Canonicalise(options.MergeSlashes, options.EscapedSlashes, out _) == WireError.None;
        AdmissionRecord admission = new();
        LocalReply reply = ExchangeRunner.Match(exchange);
        bool matched = reply.IsNone;
        TraceStep.Begin(exchange, matched);
        if (matched)
        {
            reply = Admission.Admit(exchange, ref admission);
            if (reply.IsNone && exchange.MeasureBody)
            {
                // As if the body, which nobody has, were within its limit.
                reply = Admission.AdmitMeasured(exchange, ref admission);
            }

            if (reply.IsNone)
            {
                reply = QuotaStep.Decide(exchange, ref admission);
            }

            if (reply.IsNone)
            {
                reply = TerminationStep.Decide(exchange, ref admission);
            }
        }

        bool admitted = matched && reply.IsNone;
        if (admitted)
        {
            reply = Preparation.Prepare(exchange);
        }

        string? plugin = admission.AnsweredBy is { } step ? PluginReasons.NameOf(step)
            : admitted && !reply.IsNone && exchange.Failure is not (Failure.NoService or Failure.Guarded) ? "request-transformer"
            : null;
        bool goesUp = admitted && reply.IsNone;
        if (goesUp)
        {
            Cluster = _offline.Compiled.Clusters.First(builder => ReferenceEquals(builder.Cluster, exchange.Route!.Service!.Cluster));
        }

        return new Explanation
        {
            Request = new ExplainedRequest(
                _request.Method,
                _request.Target,
                Encoding.Latin1.GetString(received.Request.Authority),
                isCanonical ? Encoding.UTF8.GetString(received.Path) : null,
                exchange.Client.Address.ToString()),
            Listener = _listener.Explained,
            Route = matched ? Route(exchange) : null,
            Lost = matched || exchange.Failure == Failure.NoRoute ? Lost(received, exchange.Route) : [],
            Plugins = Plugins(exchange, received.Request.Headers, admission, plugin, admitted),
            Upstream = goesUp ? UpstreamReasons.Of(exchange) : null,
            Outcome = Outcome(exchange, reply, matched, plugin),
        };
    }

    private static ExplainedOutcome Outcome(Exchange exchange, LocalReply reply, bool matched, string? plugin)
    {
        if (reply.IsNone)
        {
            return new ExplainedOutcome(OutcomeKind.Proxied, null, null, null, []);
        }

        if (matched)
        {
            string guarded = exchange.Route!.Service?.Guard is { } guard && exchange.Failure == Failure.Guarded
                ? $"{guard.Kind} {guard.Name}, which is not enforced here"
                : $"route {exchange.Route.Name}";
            return Answer(OutcomeKind.Answered, reply, plugin ?? guarded, exchange);
        }

        return exchange.Failure switch
        {
            Failure.NoRoute => Answer(OutcomeKind.NoRoute, reply, "the router", exchange),
            Failure.DownstreamInvalid => Answer(OutcomeKind.Refused, reply, "the listener: " + exchange.WireError.Reason(), exchange),
            Failure.None => Answer(OutcomeKind.Answered, reply, "the listener", exchange),
            Failure failure => Answer(OutcomeKind.Refused, reply, "the listener: " + failure, exchange),
        };
    }

    private static ExplainedOutcome Answer(OutcomeKind kind, LocalReply reply, string by, Exchange exchange) =>
        new(kind, reply.Status, reply.Body?.Message, by, HeaderLines.Of(exchange.Response.Headers));

    private static ExplainedRoute Route(Exchange exchange)
    {
        RoutePlan route = exchange.Route!;
        return new ExplainedRoute(
            route.Name,
            Place.Of(route.Source.Span),
            RouteReasons.Matched(exchange),
            route.Service?.Name,
            route.Service is { } service ? Place.Of(service.Source.Span) : null);
    }

    // The request as received, since matching strips hop-by-hop fields that a header condition may name.
    private IReadOnlyList<LostRoute> Lost(Exchange received, RoutePlan? winner)
    {
        HeaderBlockEdits headers = new(received.Request.Headers);
        RouteQuery query = ExchangeRunner.QueryOf(received);
        ImmutableArray<RouteCandidate<RoutePlan>> candidates = _offline.Compiled.Snapshot.Routes.Explain(in query, ref headers, MostLostRoutes + 1);
        return
        [
            .. candidates.Where(candidate => !ReferenceEquals(candidate.Route, winner))
                .OrderBy(static candidate => BitOperations.PopCount((uint)candidate.Failed))
                .Take(MostLostRoutes)
                .Select(candidate => RouteReasons.Lost(candidate, received)),
        ];
    }

    private static IReadOnlyList<ExplainedPlugin> Plugins(
        Exchange exchange, HeaderBlock received, AdmissionRecord admission, string? answeredBy, bool goesUp)
    {
        PluginReasons reasons = new(exchange, received, admission, answeredBy, goesUp);
        return [.. exchange.Plugins.Sources.Select(reasons.Describe)];
    }
}
