using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Hosting;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Routing;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Upstream.Dns;

namespace VoltageSoda.Edge.Cli.Explain;

/// <summary>
/// Takes a request through the data plane's own steps — read, match, admit, prepare — on an exchange that has no connection, and stops
/// before the first attempt. Nothing is decided here, so an explanation cannot drift from what is served; nothing is sent, and the counters
/// are those of an offline snapshot. Thread-safe: one explanation at a time runs on its loop.
/// </summary>
internal sealed class Explainer : IAsyncDisposable
{
    private const int MostLostRoutes = 10;

    private readonly OfflineSnapshot _offline;
    private readonly IReadOnlyList<ListenAddress> _listeners;
    private readonly NameResolver _resolver;
    private readonly TimeSpan _nameWait;
    private readonly ConcurrentDictionary<ClusterBuilder, Task> _named = new();
    private readonly ITransport _transport;
    private readonly EdgeWorker _worker;

    /// <param name="offline">The compiled configuration; stays the caller's.</param>
    /// <param name="listeners">Proxy listeners as configured.</param>
    /// <param name="resolver">Looks up the names of the upstream that is chosen; stays the caller's.</param>
    /// <param name="nameWait">How long an explanation waits for them.</param>
    /// <param name="time">The time that tokens are judged by.</param>
    public Explainer(
        OfflineSnapshot offline, IReadOnlyList<ListenAddress> listeners, NameResolver resolver, TimeSpan nameWait, TimeProvider time)
    {
        _offline = offline;
        _listeners = listeners;
        _resolver = resolver;
        _nameWait = nameWait;
        _transport = TransportProbe.Create(TransportKind.Sockets, new TransportOptions { LoopCount = 1 });
        _worker = new EdgeWorker(
            _transport,
            _transport.Loops[0],
            offline.Metrics.Loop(0),
            new SnapshotHolder(offline.Compiled.Snapshot),
            new ServingState(),
            offline.Options,
            time);
    }

    public async Task<Explanation> ExplainAsync(RequestLine request)
    {
        ListenerChoice listener = ListenerChoice.Of(request, _listeners);
        TaskCompletionSource<Decision> decided = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _worker.Loop.Post(
            _ =>
            {
                try
                {
                    decided.SetResult(Decide(request, listener));
                }
                catch (Exception exception)
                {
                    // A bug of a step belongs to the caller, not to the loop.
                    decided.SetException(exception);
                }
            },
            null);
        Decision decision = await decided.Task;
        Explanation explanation = decision.Explanation;
        if (decision.Cluster is { } cluster)
        {
            // A cluster watches its names once, however many requests go to it.
            Task named = _named.GetOrAdd(cluster, static (builder, resolver) => builder.Start(resolver), _resolver);
            await Task.WhenAny(named, Task.Delay(_nameWait));
            explanation = UpstreamReasons.Complete(explanation, cluster, _offline.Model);
        }

        return listener.Explained.IsBound
            ? explanation
            : explanation with { Outcome = new ExplainedOutcome(OutcomeKind.NotServed, null, null, null, []) };
    }

    public ValueTask DisposeAsync() => _transport.DisposeAsync();

    private Decision Decide(RequestLine request, ListenerChoice listener)
    {
        Exchange exchange = _worker.Rent();
        Exchange received = _worker.Rent();
        try
        {
            byte[] head = request.ToHead(DefaultHost(listener));
            WireError error = Read(exchange, head, request, listener);
            ExchangeRunner.Pin(exchange);
            if (error != WireError.None)
            {
                exchange.WireError = error;
                exchange.Plugins = exchange.Snapshot.GlobalPlugins;
                return Refused(request, listener, exchange);
            }

            _ = Read(received, head, request, listener);
            return Follow(request, listener, exchange, received);
        }
        finally
        {
            _worker.Return(received);
            _worker.Return(exchange);
        }
    }

    private WireError Read(Exchange exchange, byte[] head, RequestLine request, ListenerChoice listener)
    {
        exchange.Connection = new ConnectionFacts
        {
            PeerAddress = ClientAddress.From(request.Client),
            IsTls = request.IsHttps,
            ListenerPort = listener.Address?.Port ?? 0,
        };
        ParseResult result = RequestHeadReader.Read(
            new ReadOnlySequence<byte>(head), exchange.Request, _offline.Options.Rules, out _, out WireError error);
        return result == ParseResult.Incomplete ? WireError.HeadTimeout : error;
    }

    private static string DefaultHost(ListenerChoice listener) =>
        listener.Address is { Port: not (0 or 80 or 443) } address ? $"localhost:{address.Port}" : "localhost";

    // As ExchangeRunner.RefuseAsync: a head that is refused has no route, and global plugins see the answer.
    private static Decision Refused(RequestLine request, ListenerChoice listener, Exchange exchange)
    {
        LocalReply reply = Refusals.For(exchange.WireError);
        return new Decision(
            new Explanation
            {
                Request = new ExplainedRequest(request.Method, request.Target, "", null, request.Client.ToString()),
                Listener = listener.Explained,
                Plugins = Plugins(exchange, exchange.Request.Headers, new AdmissionRecord(), null, goesUp: false),
                Outcome = Answer(OutcomeKind.Refused, reply, "the listener: " + exchange.WireError.Reason(), exchange),
            },
            null);
    }

    private Decision Follow(RequestLine request, ListenerChoice listener, Exchange exchange, Exchange received)
    {
        ServingOptions options = _offline.Options;
        bool isCanonical = received.Canonicalise(options.MergeSlashes, options.EscapedSlashes, out _) == WireError.None;
        AdmissionRecord admission = new();
        LocalReply reply = ExchangeRunner.Match(exchange);
        bool matched = reply.IsNone;
        if (matched)
        {
            reply = Admission.Admit(exchange, ref admission);
            if (reply.IsNone && exchange.MeasureBody)
            {
                // As if the body, which nobody has, were within its limit.
                reply = Admission.AdmitMeasured(exchange, ref admission);
            }
        }

        bool admitted = matched && reply.IsNone;
        if (admitted)
        {
            reply = Preparation.Prepare(exchange);
        }

        string? plugin = admission.AnsweredBy is { } step ? PluginReasons.NameOf(step)
            : admitted && !reply.IsNone && exchange.Failure != Failure.NoService ? "request-transformer"
            : null;
        Explanation explanation = new()
        {
            Request = new ExplainedRequest(
                request.Method,
                request.Target,
                Encoding.Latin1.GetString(received.Request.Authority),
                isCanonical ? Encoding.Latin1.GetString(received.Path) : null,
                exchange.Client.Address.ToString()),
            Listener = listener.Explained,
            Route = matched ? Route(exchange) : null,
            Lost = matched || exchange.Failure == Failure.NoRoute ? Lost(received, exchange.Route) : [],
            Plugins = Plugins(exchange, received.Request.Headers, admission, plugin, admitted),
            Upstream = admitted && reply.IsNone ? UpstreamReasons.Of(exchange) : null,
            Outcome = Outcome(exchange, reply, matched, plugin),
        };
        ClusterBuilder? cluster = explanation.Upstream is null
            ? null
            : _offline.Compiled.Clusters.First(builder => ReferenceEquals(builder.Cluster, exchange.Route!.Service!.Cluster));
        return new Decision(explanation, cluster);
    }

    private static ExplainedOutcome Outcome(Exchange exchange, LocalReply reply, bool matched, string? plugin)
    {
        if (reply.IsNone)
        {
            return new ExplainedOutcome(OutcomeKind.Proxied, null, null, null, []);
        }

        if (matched)
        {
            return Answer(OutcomeKind.Answered, reply, plugin ?? $"route {exchange.Route!.Name}", exchange);
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
                .OrderBy(static candidate => System.Numerics.BitOperations.PopCount((uint)candidate.Failed))
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

    private sealed record Decision(Explanation Explanation, ClusterBuilder? Cluster);
}
