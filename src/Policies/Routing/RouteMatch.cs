namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>The route found and what of the path it matched. Reused by its owner: <see cref="RouteTable{TRoute}.Match"/> overwrites all of it.</summary>
public struct RouteMatch<TRoute>
    where TRoute : class
{
    /// <summary>The route, or null after a failed match.</summary>
    public TRoute? Route { get; internal set; }

    /// <summary>Bytes of the path matched, from its start: prefix length, or length of the regex match. 0 without path condition.</summary>
    public int MatchedPathLength { get; internal set; }

    /// <summary>Index in <see cref="RouteDefinition{TRoute}.Paths"/>, or -1 when the route has no path.</summary>
    public int PathIndex { get; internal set; }

    /// <summary>True when the path was matched by a regular expression.</summary>
    public bool IsRegex { get; internal set; }

    /// <summary>Groups of the regular expression, or null when it has none or the path is a prefix.</summary>
    public UriCaptures? Captures { get; internal set; }
}
