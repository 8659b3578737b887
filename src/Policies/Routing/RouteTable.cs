using System.Collections.Immutable;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>
/// Kong's traditional_compatible router, compiled: which route takes a request. Immutable and thread-safe. Cost does not
/// grow with the number of routes; plain paths allocate nothing. Ties go to the route declared first.
/// </summary>
public sealed class RouteTable<TRoute>
    where TRoute : class
{
    /// <summary>
    /// Compiles the routes. Patterns must have passed <see cref="RegexTranslation.TryTranslate"/>; one that does not
    /// translate is an <see cref="ArgumentException"/>.
    /// </summary>
    public RouteTable(IReadOnlyList<RouteDefinition<TRoute>> routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        Count = routes.Count;
    }

    /// <summary>Number of routes.</summary>
    public int Count { get; }

    /// <summary>Finds the winning route. <paramref name="match"/> is overwritten; false (and a cleared match) when none matches.</summary>
    public bool Match<THeaders>(in RouteQuery query, ref THeaders headers, ref RouteMatch<TRoute> match)
        where THeaders : struct, IHeaderSource, allows ref struct => throw new NotImplementedException();

    /// <summary>
    /// Lists candidates in priority order with the reason each lost: those that match, and those of which at least one
    /// condition holds, at most <paramref name="limit"/>. For people: it allocates and walks every route.
    /// </summary>
    public ImmutableArray<RouteCandidate<TRoute>> Explain<THeaders>(in RouteQuery query, ref THeaders headers, int limit = 50)
        where THeaders : struct, IHeaderSource, allows ref struct => throw new NotImplementedException();
}
