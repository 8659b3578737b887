namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>The five kinds of condition a route can have, and how a candidate stands.</summary>
[Flags]
public enum RouteConditions
{
    None = 0,
    Method = 1,
    Host = 2,
    Path = 4,
    Header = 8,
    Sni = 16,
}

/// <summary>
/// One line of an explanation. <paramref name="Failed"/> is <see cref="RouteConditions.None"/> for a route that matches;
/// of those the first in the list wins and the others lost by <paramref name="LostBy"/>.
/// </summary>
/// <param name="Route">The route.</param>
/// <param name="PathPattern">The path of the route this line is about, or null.</param>
/// <param name="Wins">True for exactly one line when anything matched.</param>
/// <param name="Present">Condition kinds the route has.</param>
/// <param name="Failed">Condition kinds that do not hold for the request.</param>
/// <param name="FailedHeader">Name of the first header condition that failed, or null.</param>
/// <param name="LostBy">For a matching route that does not win: the rule that placed another one first, in plain words. Else null.</param>
public sealed record RouteCandidate<TRoute>(
    TRoute Route,
    string? PathPattern,
    bool Wins,
    RouteConditions Present,
    RouteConditions Failed,
    string? FailedHeader,
    string? LostBy)
    where TRoute : class;
