using System.Collections.Immutable;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>
/// Kong's traditional_compatible router (kong.md 4.3, 4.4), compiled: which route takes a request. Every condition is reached by look-up,
/// so cost does not grow with the number of routes; only regular expressions that share their literal start are tried one after
/// another. Immutable and thread-safe; matching allocates nothing unless the winner's regex has groups. Ties go to the route declared first.
/// </summary>
public sealed class RouteTable<TRoute>
    where TRoute : class
{
    private readonly TRoute[] _routes;
    private readonly RouteEntry[] _ranked;
    private readonly MethodTable _methods;
    private readonly MatchNode? _root;

    /// <summary>
    /// Compiles the routes. Patterns must have passed <see cref="RegexTranslation.TryTranslate"/>; one that does not
    /// translate is an <see cref="ArgumentException"/>.
    /// </summary>
    public RouteTable(IReadOnlyList<RouteDefinition<TRoute>> routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        _routes = [.. routes.Select(static r => r.Route)];
        _methods = new MethodTable(routes.SelectMany(static r => r.Methods));
        _ranked = Rank(routes);
        _root = MatchTreeBuilder.Build(_ranked);
    }

    /// <summary>Number of routes.</summary>
    public int Count => _routes.Length;

    /// <summary>Finds the winning route. <paramref name="match"/> is overwritten; false (and a cleared match) when none matches.</summary>
    public bool Match<THeaders>(scoped in RouteQuery query, ref THeaders headers, ref RouteMatch<TRoute> match)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        RouteFacts facts = RouteFacts.From(query, _methods);
        RouteSearch search = new();
        search.Visit(_root, facts, ref headers);
        if (search.Best is not { } best)
        {
            match = default;
            return false;
        }

        match.Route = _routes[best.Rule.Index];
        match.MatchedPathLength = search.MatchedLength;
        match.PathIndex = best.PathIndex;
        match.IsRegex = best.Pattern is not null;
        match.Captures = best.Pattern is { GroupCount: > 0 } ? best.Pattern.Capture(query.Path) : null;
        return true;
    }

    /// <summary>
    /// Lists candidates in priority order with the reason each lost: every route that matches, and those of which at least one
    /// condition holds, the closest first to be kept, at most <paramref name="limit"/>. For people: it allocates and walks every route.
    /// </summary>
    public ImmutableArray<RouteCandidate<TRoute>> Explain<THeaders>(scoped in RouteQuery query, ref THeaders headers, int limit = 50)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        RouteFacts facts = RouteFacts.From(query, _methods);
        Dictionary<int, RouteStanding> closest = [];
        foreach (RouteEntry entry in _ranked)
        {
            RouteStanding standing = RouteStanding.Of(entry, facts, ref headers);
            if (!closest.TryGetValue(entry.Rule.Index, out RouteStanding? known) || standing.FailedCount < known.FailedCount)
            {
                closest[entry.Rule.Index] = standing;
            }
        }

        RouteStanding[] kept =
        [
            .. closest.Values
                .Where(static s => s.Failed == RouteConditions.None || s.Failed != s.Entry.Rule.Present)
                .OrderBy(static s => s.FailedCount)
                .ThenBy(static s => s.Entry.Rank)
                .Take(limit)
                .OrderBy(static s => s.Entry.Rank),
        ];
        RouteStanding? winner = Array.Find(kept, static s => s.Failed == RouteConditions.None);
        return [.. kept.Select(s => Describe(s, winner))];
    }

    private static RouteEntry[] Rank(IReadOnlyList<RouteDefinition<TRoute>> routes)
    {
        MethodTable methods = new(routes.SelectMany(static r => r.Methods));
        List<RouteEntry> entries = [];
        for (int i = 0; i < routes.Count; i++)
        {
            RouteRule rule = RouteRule.Compile(i, routes[i], methods);
            ImmutableArray<string> paths = routes[i].Paths;
            for (int p = 0; p < paths.Length; p++)
            {
                entries.Add(RouteEntry.Create(rule, p, paths[p], routes[i].RegexPriority));
            }

            if (paths.IsEmpty)
            {
                entries.Add(RouteEntry.Create(rule, -1, null, routes[i].RegexPriority));
            }
        }

        RouteEntry[] ranked =
        [
            .. entries.OrderByDescending(static e => e.Priority).ThenBy(static e => e.Rule.Index).ThenBy(static e => e.PathIndex),
        ];
        for (int i = 0; i < ranked.Length; i++)
        {
            ranked[i].Rank = i;
        }

        return ranked;
    }

    private RouteCandidate<TRoute> Describe(RouteStanding standing, RouteStanding? winner)
    {
        bool matches = standing.Failed == RouteConditions.None;
        return new RouteCandidate<TRoute>(
            _routes[standing.Entry.Rule.Index],
            standing.Entry.PathText,
            Wins: standing == winner,
            standing.Entry.Rule.Present,
            standing.Failed,
            standing.FailedHeader,
            matches && winner is not null && standing != winner ? standing.Entry.Priority.LosesBy(winner.Entry.Priority) : null);
    }
}
