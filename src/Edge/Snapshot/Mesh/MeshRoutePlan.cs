using System.Collections.Immutable;
using System.Text;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Policies.Transformation;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>What a route does with a request.</summary>
internal enum MeshRouteAction
{
    /// <summary>Sends it to one of <see cref="MeshRoutePlan.Destinations"/>.</summary>
    Forward,

    /// <summary>Answers with <see cref="MeshRoutePlan.Redirect"/>.</summary>
    Redirect,

    /// <summary>Answers with <see cref="MeshRoutePlan.DirectResponse"/>.</summary>
    DirectResponse,
}

/// <summary>One match of a VirtualService rule compiled: what happens to a request that it takes. Immutable, thread-safe.</summary>
internal sealed class MeshRoutePlan
{
    /// <summary>Envoy's route name, <c>rule</c> or <c>rule.match</c>; empty when neither has a name. For %ROUTE_NAME%.</summary>
    public required string Name
    {
        get;
        init
        {
            field = value;
            NameUtf8 = Encoding.UTF8.GetBytes(value);
        }
    }

    public byte[] NameUtf8 { get; private init; } = [];

    /// <summary><c>namespace/name</c> of its VirtualService, that of the delegate when the rule is a delegate's.</summary>
    public required string VirtualService { get; init; }

    /// <summary>Where the match begins, or the rule when it has none.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>The rule as configured.</summary>
    public required HttpRule Rule { get; init; }

    /// <summary>The match as configured; null when the rule has none.</summary>
    public required HttpMatch? Match { get; init; }

    /// <summary>The match compiled, together with that of the root when the rule is a delegate's.</summary>
    public required RouteConditions Conditions { get; init; }

    public required MeshRouteAction Action { get; init; }

    /// <summary>Set for <see cref="MeshRouteAction.Redirect"/>.</summary>
    public RedirectAction? Redirect { get; init; }

    /// <summary>Status of the redirect.</summary>
    public int RedirectStatus { get; init; }

    /// <summary>Set for <see cref="MeshRouteAction.DirectResponse"/>.</summary>
    public DirectResponseSettings? DirectResponse { get; init; }

    /// <summary>Destinations whose weight is above 0, at least one for <see cref="MeshRouteAction.Forward"/>.</summary>
    public ImmutableArray<MeshDestinationPlan> Destinations { get; init; } = [];

    /// <summary>Draws among several destinations; null for one.</summary>
    public WeightedSplit? Split { get; init; }

    /// <summary>Milliseconds for the whole exchange; 0 without limit.</summary>
    public int Timeout { get; init; }

    /// <summary>Retries: the rule's, else the mesh's, else Istio's default. <see cref="RetrySettings.Attempts"/> 0 switches them off.</summary>
    public required RetrySettings Retry { get; init; }

    /// <summary>The same, as the policies take it.</summary>
    public RetryPolicy RetryPolicy => field ??= ResilienceRules.RetriesOf(Retry);

    /// <summary>Null injects nothing.</summary>
    public FaultPolicy? Fault { get; init; }

    /// <summary>Null leaves CORS alone. Only routes that forward have one.</summary>
    public EnvoyCorsPolicy? Cors { get; init; }

    /// <summary>Null keeps the path. When it changes, <c>x-envoy-original-path</c> keeps the old one.</summary>
    public UriRewrite? Rewrite { get; init; }

    /// <summary>Copies to send; those never drawn are gone.</summary>
    public ImmutableArray<MeshMirrorPlan> Mirrors { get; init; } = [];

    /// <summary>Header changes of the answer of a redirect or direct response; those of a forwarded request are its destination's.</summary>
    public HeaderMutations ResponseHeaders { get; init; } = HeaderMutations.None;

    /// <summary>The destination of a request, fixed for all its attempts. <paramref name="random"/> is uniform over all 64 bits.</summary>
    public MeshDestinationPlan Choose(ulong random) => Destinations[Split?.Pick(random) ?? 0];
}

/// <summary>Where a request goes. Immutable.</summary>
internal sealed class MeshDestinationPlan
{
    /// <summary><c>outbound|port|subset|host</c>.</summary>
    public required string ClusterName
    {
        get;
        init
        {
            field = value;
            ClusterNameUtf8 = Encoding.UTF8.GetBytes(value);
        }
    }

    public byte[] ClusterNameUtf8 { get; private init; } = [];

    /// <summary>Null answers 503 with flag NC: there is no such host or subset.</summary>
    public required MeshClusterPlan? Cluster { get; init; }

    /// <summary>Why there is no cluster.</summary>
    public MeshClusterOutcome Outcome { get; init; } = MeshClusterOutcome.Found;

    /// <summary>Share among the destinations of the route.</summary>
    public required int Weight { get; init; }

    /// <summary>Where it stands.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>The authority to send instead of the client's; null keeps it.</summary>
    public string? Authority
    {
        get;
        init
        {
            field = value;
            AuthorityUtf8 = Encoding.UTF8.GetBytes(value ?? "");
        }
    }

    /// <summary>The same; empty keeps the client's.</summary>
    public byte[] AuthorityUtf8 { get; private init; } = [];

    /// <summary>Header changes of the request: those of the route and of the destination in the order in which Envoy makes them.</summary>
    public HeaderMutations RequestHeaders { get; init; } = HeaderMutations.None;

    /// <summary>Header changes of the response, likewise.</summary>
    public HeaderMutations ResponseHeaders { get; init; } = HeaderMutations.None;

    /// <summary>A document that guards this workload and is not enforced: the request is answered 403. Null lets it pass.</summary>
    public DeniedWorkload? Denied { get; init; }
}

/// <summary>Where a copy of a request goes. Immutable.</summary>
/// <param name="Destination">Its cluster; without one, or where it is denied, no copy is sent.</param>
/// <param name="Share">Requests that are copied.</param>
internal sealed record MeshMirrorPlan(MeshDestinationPlan Destination, PerMillion Share);

/// <summary>A match that no request reaches, and what covers it.</summary>
/// <param name="VirtualService"><c>namespace/name</c>.</param>
/// <param name="Span">Where the match begins, or the rule when it has none.</param>
/// <param name="RuleIndex">Position of its rule, from 0.</param>
/// <param name="MatchIndex">Position of the match in the rule, from 0; -1 when it has none.</param>
/// <param name="Conditions">What it would ask for.</param>
/// <param name="CoveredBy">Where the match stands that takes its requests.</param>
internal sealed record DeadRoute(
    string VirtualService, SourceSpan Span, int RuleIndex, int MatchIndex, RouteConditions Conditions, SourceSpan CoveredBy);
