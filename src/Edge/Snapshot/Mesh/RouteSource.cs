using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.Routing.Mesh;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>One match of one rule, before it is a plan.</summary>
/// <param name="Owner">The VirtualService whose destinations it names: that of the delegate where there is one.</param>
/// <param name="Rule">The rule, merged with its root's where it is a delegate's.</param>
/// <param name="Match">The match, likewise; null when the rule has none.</param>
/// <param name="Conditions">The match compiled.</param>
internal sealed record RouteSource(VirtualService Owner, HttpRule Rule, HttpMatch? Match, RouteConditions Conditions)
{
    /// <summary>Where it stands.</summary>
    public SourceSpan Span => Match?.Span ?? Rule.Span;

    /// <summary>As a rule that nothing reaches.</summary>
    public DeadRoute Dead(SourceSpan coveredBy) => new(Owner.FullName, Span, Rule.Index, Match?.Index ?? -1, Conditions, coveredBy);
}

/// <summary>The routes of one VirtualService on one server.</summary>
/// <param name="Routes">In order.</param>
/// <param name="Dead">Behind a catch-all: Istio does not even generate them.</param>
internal sealed record ExpandedRules(IReadOnlyList<RouteSource> Routes, IReadOnlyList<DeadRoute> Dead)
{
    /// <summary>
    /// Expands rules match by match (<c>route.go BuildHTTPRoutesForVirtualService</c>): those for other ports, gateways or proxies are gone, and the
    /// first catch-all ends the list, unless it will be sorted.
    /// </summary>
    public static ExpandedRules Of(
        IReadOnlyList<(VirtualService Owner, HttpRule Rule)> rules, int serverPort, string gateway, MeshOptions options, ICollection<MeshIssue> issues)
    {
        List<RouteSource> routes = [];
        List<DeadRoute> dead = [];
        RouteSource? end = null;
        foreach ((VirtualService owner, HttpRule rule) in rules)
        {
            HttpMatch?[] matches = rule.Matches.Count == 0 ? [null] : [.. rule.Matches];
            foreach (HttpMatch? match in matches)
            {
                if (match is not null && !Applies(match, serverPort, gateway, options))
                {
                    continue;
                }

                RouteSource source = new(owner, rule, match, MatchCompiler.Compile(match, issues));
                if (end is not null)
                {
                    dead.Add(source.Dead(end.Span));
                    continue;
                }

                routes.Add(source);
                end = options.RouteOrder == RouteOrder.FirstMatch && source.Conditions.IsCatchAll ? source : null;
            }
        }

        return new ExpandedRules(routes, dead);
    }

    // match.gateways, when written, decides instead of the labels of the proxy.
    private static bool Applies(HttpMatch match, int serverPort, string gateway, MeshOptions options)
    {
        if (match.Port is { } port && port != serverPort)
        {
            return false;
        }

        return match.Gateways.Count > 0
            ? match.Gateways.Any(named => named.Name == gateway)
            : options.IsSelectedBy(match.SourceLabels) && (match.SourceNamespace is null || match.SourceNamespace == options.Namespace);
    }
}
