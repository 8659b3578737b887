using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Policies.Text;
using VoltageSoda.Edge.Snapshot.Mesh;

namespace VoltageSoda.Edge.Cli.Explain.Mesh;

/// <summary>
/// Rules of a virtual host that came close and did not win: those whose path the request has. Closest first: those that match and are shadowed, then
/// by the length of their path. Stateless.
/// </summary>
internal static class LostRules
{
    private const int Most = 10;

    /// <param name="host">The virtual host.</param>
    /// <param name="winner">Position of the route that won, or -1.</param>
    /// <param name="request">The request as it is routed.</param>
    /// <param name="headers">Its fields.</param>
    public static IReadOnlyList<LostRoute> Of<THeaders>(VirtualHostPlan host, int winner, scoped in MeshRequest request, ref THeaders headers)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        List<(LostRoute Route, int Length)> lost = [];
        for (int i = 0; i < host.Routes.Routes.Count; i++)
        {
            RouteMatcher matcher = host.Routes.MatcherAt(i);
            RouteMismatch mismatch = matcher.Mismatch(request, ref headers);
            if (i == winner || (mismatch.Kind == MismatchKind.Path && winner >= 0))
            {
                continue;
            }

            MeshRoutePlan plan = host.Routes.Routes[i];
            bool matches = mismatch.Kind == MismatchKind.None;
            string reason = matches
                ? $"the rule at {Place.Of(host.Routes.Routes[winner].Span)} stands before it and takes the request"
                : MatchWords.Failed(matcher.Conditions, mismatch, request, ref headers);
            lost.Add(Entry(plan.VirtualService, plan.Rule.Index, plan.Match?.Index ?? -1, plan.Span, matcher.Conditions, matches, reason));
        }

        foreach (DeadRoute dead in host.Dead)
        {
            RouteMismatch mismatch = new RouteMatcher(dead.Conditions).Mismatch(request, ref headers);
            if (mismatch.Kind == MismatchKind.Path)
            {
                continue;
            }

            lost.Add(Entry(
                dead.VirtualService,
                dead.RuleIndex,
                dead.MatchIndex,
                dead.Span,
                dead.Conditions,
                mismatch.Kind == MismatchKind.None,
                $"it is dead: the catch-all at {Place.Of(dead.CoveredBy)} takes every request before it (EDGE_ISTIO_ROUTE_ORDER=specificity would sort them)"));
        }

        return
        [
            .. lost.OrderByDescending(static entry => entry.Route.Matches).ThenByDescending(static entry => entry.Length)
                .Take(Most).Select(static entry => entry.Route),
        ];
    }

    /// <summary>A rule's name for people.</summary>
    public static string Name(string service, int rule, int match) =>
        $"{service} rule {rule + 1}{(match < 0 ? "" : $" match {match + 1}")}";

    private static (LostRoute Route, int Length) Entry(
        string service, int rule, int match, Model.SourceSpan span, RouteConditions conditions, bool matches, string reason) =>
        (new LostRoute(Name(service, rule, match), Place.Of(span), MatchWords.Path(conditions), matches, [reason]),
            conditions.Path.LiteralLength + (conditions.Path.Kind == TextMatchKind.Exact ? 1 : 0));
}
