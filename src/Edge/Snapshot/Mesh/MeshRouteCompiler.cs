using System.Collections.Immutable;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Policies.Text;
using VoltageSoda.Edge.Policies.Transformation;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>
/// Turns a match of a rule into a plan (<c>istio: pilot/pkg/networking/core/route/route.go</c>): its action, destinations, header changes in Envoy's
/// order, rewrite, faults, CORS and mirrors. One per compilation; not thread-safe.
/// </summary>
internal sealed class MeshRouteCompiler(
    IMeshDestinations clusters, DeniedDestinations denied, RetrySettings? defaultRetries, ICollection<MeshIssue> issues)
{
    /// <summary>Istio's retries where neither rule nor mesh name any: two, on what surely did not reach the upstream.</summary>
    public static readonly RetrySettings IstioRetries = new() { Span = SourceSpan.None, Attempts = 2 };

    private readonly HashSet<SourceSpan> _told = [];

    /// <param name="source">The match with its rule.</param>
    /// <param name="serverPort">Number of the server's port.</param>
    /// <param name="isTls">Whether the server has TLS.</param>
    public MeshRoutePlan Compile(RouteSource source, int serverPort, bool isTls)
    {
        HttpRule rule = source.Rule;
        MeshRouteAction action = rule.Redirect is not null ? MeshRouteAction.Redirect
            : rule.DirectResponse is not null ? MeshRouteAction.DirectResponse
            : MeshRouteAction.Forward;
        bool forwards = action == MeshRouteAction.Forward;
        ImmutableArray<MeshDestinationPlan> destinations = forwards ? Destinations(source, serverPort) : [];
        return new MeshRoutePlan
        {
            Name = source.Match?.Name is { Length: > 0 } name ? $"{rule.Name}.{name}" : rule.Name ?? "",
            VirtualService = source.Owner.FullName,
            Span = source.Span,
            Rule = rule,
            Match = source.Match,
            Conditions = source.Conditions,
            Action = action,
            Redirect = rule.Redirect is { } redirect ? Redirect(redirect, source.Conditions.Path, serverPort, isTls) : null,
            RedirectStatus = rule.Redirect?.Code ?? 0,
            DirectResponse = rule.DirectResponse,
            Destinations = destinations,
            Split = destinations.Length > 1 ? new WeightedSplit([.. destinations.Select(static destination => destination.Weight)]) : null,
            Timeout = rule.Timeout is { } timeout ? (int)Math.Clamp(Math.Ceiling(timeout.TotalMilliseconds), 0, int.MaxValue) : 0,
            Retry = rule.Retries ?? defaultRetries ?? IstioRetries,
            Fault = Fault(rule.Fault),
            Cors = forwards && rule.Cors is { } cors ? Cors(cors) : null,
            Rewrite = forwards && rule.Rewrite is { } rewrite ? Rewrite(rewrite, source.Conditions.Path) : null,
            Mirrors = forwards ? Mirrors(source, serverPort) : [],
            ResponseHeaders = forwards ? HeaderMutations.None : HeaderMutations.Of(Level(rule.Headers.Response)),
        };
    }

    private ImmutableArray<MeshDestinationPlan> Destinations(RouteSource source, int serverPort)
    {
        HttpRule rule = source.Rule;
        HeaderLevel request = Level(rule.Headers.Request);
        HeaderLevel response = Level(rule.Headers.Response);
        string? authority = rule.Rewrite?.Authority is { Length: > 0 } rewritten ? rewritten : AuthorityOf(rule.Headers.Request);
        bool isOne = rule.Destinations.Count == 1;
        ImmutableArray<MeshDestinationPlan>.Builder plans = ImmutableArray.CreateBuilder<MeshDestinationPlan>();
        foreach (RouteDestination destination in rule.Destinations)
        {
            if (destination.Weight == 0 && !isOne)
            {
                continue;
            }

            HeaderLevel ownRequest = Level(destination.Headers.Request);
            HeaderLevel ownResponse = Level(destination.Headers.Response);

            // One destination is part of the route and changes heads in the same pass; of several, each is a level below it and goes first.
            plans.Add(Plan(
                destination.Destination,
                source.Owner,
                serverPort,
                weight: isOne ? 100 : destination.Weight,
                authority ?? AuthorityOf(destination.Headers.Request),
                isOne ? HeaderMutations.Of(request.With(ownRequest)) : HeaderMutations.Of(ownRequest, request),
                isOne ? HeaderMutations.Of(response.With(ownResponse)) : HeaderMutations.Of(ownResponse, response)));
        }

        if (plans.Count == 0)
        {
            // The reader has told what is wrong with them.
            plans.Add(new MeshDestinationPlan
            {
                ClusterName = "",
                Cluster = null,
                Outcome = MeshClusterOutcome.HostUnknown,
                Weight = 100,
                Span = rule.Span,
            });
        }

        return plans.DrainToImmutable();
    }

    private MeshDestinationPlan Plan(
        Destination destination,
        VirtualService owner,
        int serverPort,
        int weight,
        string? authority,
        HeaderMutations request,
        HeaderMutations response)
    {
        int port = destination.Port ?? clusters.OnlyPort(destination.ResolvedHost) ?? serverPort;
        MeshClusterLookup found = clusters.Find(destination.ResolvedHost, port, destination.Subset);
        return new MeshDestinationPlan
        {
            ClusterName = found.Plan?.Name ?? $"outbound|{port}|{destination.Subset}|{destination.ResolvedHost}",
            Cluster = found.Plan,
            Outcome = found.Outcome,
            Weight = weight,
            Span = destination.Span,
            Authority = string.IsNullOrEmpty(authority) ? null : authority,
            RequestHeaders = request,
            ResponseHeaders = response,
            Denied = denied.Find(destination.ResolvedHost, owner.Namespace),
        };
    }

    private ImmutableArray<MeshMirrorPlan> Mirrors(RouteSource source, int serverPort) =>
    [
        .. source.Rule.Mirrors
            .Select(mirror => new MeshMirrorPlan(
                Plan(mirror.Destination, source.Owner, serverPort, 100, null, HeaderMutations.None, HeaderMutations.None),
                PerMillion.OfPercent(mirror.Percent)))
            .Where(static mirror => mirror.Share != PerMillion.None),
    ];

    private static FaultPolicy? Fault(FaultSettings? fault) => fault is null or { Delay: null, Abort: null } ? null : new FaultPolicy
    {
        Delay = fault.Delay?.Duration ?? TimeSpan.Zero,
        DelayShare = PerMillion.OfPercent(fault.Delay?.Percent ?? 0),
        AbortShare = PerMillion.OfPercent(fault.Abort?.Percent ?? 0),
        AbortStatus = fault.Abort?.HttpStatus ?? 0,
        AbortGrpcStatus = fault.Abort?.GrpcStatus,
    };

    private EnvoyCorsPolicy Cors(CorsSettings cors) => new(new EnvoyCorsOptions
    {
        AllowOrigins = [.. cors.AllowOrigins.Select(origin => MatchCompiler.Text(origin, issues))],
        AllowMethods = [.. cors.AllowMethods],
        AllowHeaders = [.. cors.AllowHeaders],
        ExposeHeaders = [.. cors.ExposeHeaders],
        MaxAge = cors.MaxAge,
        AllowCredentials = cors.AllowCredentials == true,
        IgnoreUnmatchedPreflights = cors.IgnoreUnmatchedPreflights,
    });

    private UriRewrite? Rewrite(RewriteSettings rewrite, TextMatch matched)
    {
        if (rewrite.RegexMatch is { } pattern)
        {
            UriRewrite? substitution = UriRewrite.Substitute(pattern, rewrite.RegexRewrite, out string? error);
            if (error is not null)
            {
                Tell(rewrite.RegexSpan, $"uriRegexRewrite cannot be used: {error}");
            }

            return substitution;
        }

        // A pattern matches no beginning that could be replaced: uriRegexRewrite is for these.
        return rewrite.Uri is { Length: > 0 } uri && matched.Kind != TextMatchKind.Regex ? UriRewrite.Replace(matched, uri) : null;
    }

    // A port that is the default of the scheme is not written.
    private static RedirectAction Redirect(RedirectSettings redirect, TextMatch matched, int serverPort, bool isTls)
    {
        int? port = redirect.Port ?? (redirect.DerivePort == RedirectPort.FromRequestPort ? serverPort : null);
        string scheme = redirect.Scheme is { Length: > 0 } written ? written : isTls ? "https" : "http";
        return new RedirectAction(
            new RedirectTarget
            {
                Scheme = redirect.Scheme,
                Authority = redirect.Authority,
                Port = (port, scheme) is (80, "http") or (443, "https") ? null : port,
                Path = redirect.Uri,
                PrefixRewrite = redirect.PrefixRewrite,
            },
            matched);
    }

    // set beats add; other names that begin with a colon are not changed.
    private static string? AuthorityOf(HeaderOperations operations) =>
        operations.Set.Concat(operations.Add).FirstOrDefault(static value => IsAuthority(value.Name))?.Value;

    private static bool IsAuthority(string name) =>
        name.Equals("host", StringComparison.OrdinalIgnoreCase) || name.Equals(":authority", StringComparison.OrdinalIgnoreCase);

    private static bool IsInternal(string name) => name.StartsWith(':') || name.Equals("host", StringComparison.OrdinalIgnoreCase);

    private HeaderLevel Level(HeaderOperations operations) => new()
    {
        Set = Values(operations.Set),
        Add = Values(operations.Add),
        Remove = [.. operations.Remove.Where(static name => !IsInternal(name))],
    };

    // Envoy gets them sorted by name.
    private ImmutableArray<FieldValue> Values(IReadOnlyList<HeaderValue> values)
    {
        ImmutableArray<FieldValue>.Builder fields = ImmutableArray.CreateBuilder<FieldValue>();
        foreach (HeaderValue value in values.Where(static value => !IsInternal(value.Name)).OrderBy(static value => value.Name, StringComparer.Ordinal))
        {
            if (OperatorText.TryParse(value.Value, out OperatorText? text, out string? error))
            {
                fields.Add(new FieldValue(value.Name.ToLowerInvariant(), text));
            }
            else
            {
                Tell(value.Span, $"header {value.Name}: {error}");
            }
        }

        return fields.DrainToImmutable();
    }

    // A rule is compiled once per server; what it says wrong is told once.
    private void Tell(SourceSpan span, string message)
    {
        if (_told.Add(span))
        {
            issues.Add(new MeshIssue(MeshIssueKind.BadValue, span, message));
        }
    }
}
