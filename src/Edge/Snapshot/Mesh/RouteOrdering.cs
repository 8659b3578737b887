using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>The order of the routes of a virtual host. Stateless.</summary>
internal static class RouteOrdering
{
    /// <summary>
    /// Sorts the routes of all VirtualServices of a host: catch-alls to the end (<c>SortVHostRoutes</c>), or by specificity. Stable.
    /// </summary>
    public static IReadOnlyList<RouteSource> Sort(IEnumerable<RouteSource> routes, RouteOrder order) => order == RouteOrder.FirstMatch
        ? [.. routes.OrderBy(static route => route.Conditions.IsCatchAll)]
        : [
            .. routes.OrderBy(static route => route.Conditions.Path.Kind != TextMatchKind.Exact)
                .ThenByDescending(static route => LiteralLength(route.Conditions.Path))
                .ThenByDescending(static route => route.Conditions.Path.Kind == TextMatchKind.Regex && !route.Conditions.IsCatchAll)
                .ThenByDescending(static route => Count(route.Conditions)),
        ];

    private static int Count(RouteConditions conditions) => conditions.Fields.Length + conditions.Query.Length + conditions.Claims.Length;

    // A pattern counts by what every text it takes begins with.
    private static int LiteralLength(TextMatch path) => path.Kind == TextMatchKind.Regex ? path.LiteralLength : path.Text.Length;
}
