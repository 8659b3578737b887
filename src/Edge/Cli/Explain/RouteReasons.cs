using System.Text;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.Routing;
using VoltageSoda.Edge.Snapshot;

namespace VoltageSoda.Edge.Cli.Explain;

/// <summary>Puts the router's own account of a request into words. Stateless.</summary>
internal static class RouteReasons
{
    /// <summary>What of the request the winner matched.</summary>
    public static IReadOnlyList<string> Matched(Exchange exchange)
    {
        KongRoute route = exchange.Route!.Source;
        List<string> matched = [];
        if (exchange.Match.PathIndex >= 0)
        {
            string pattern = Shown(route.Paths[exchange.Match.PathIndex]);
            matched.Add($"path {(exchange.Match.IsRegex ? "matches" : "begins with")} {pattern}");
        }

        if (route.Methods.Count != 0)
        {
            matched.Add($"method is one of {string.Join(", ", route.Methods)}");
        }

        if (route.Hosts.Count != 0)
        {
            matched.Add($"host is one of {string.Join(", ", route.Hosts.Select(static host => host.Text))}");
        }

        matched.AddRange(route.Headers.Select(static header => $"header {header.Name} is {Expected(header)}"));
        return matched;
    }

    /// <summary>Why a candidate did not win.</summary>
    public static LostRoute Lost(RouteCandidate<RoutePlan> candidate, Exchange exchange)
    {
        KongRoute route = candidate.Route.Source;
        List<string> reasons = [];
        if (candidate.LostBy is { } rule)
        {
            reasons.Add(rule);
        }

        if (candidate.Failed.HasFlag(RouteConditions.Method))
        {
            reasons.Add($"method {Encoding.Latin1.GetString(exchange.Request.MethodBytes)} is none of {string.Join(", ", route.Methods)}");
        }

        if (candidate.Failed.HasFlag(RouteConditions.Host))
        {
            reasons.Add($"host {Encoding.Latin1.GetString(exchange.Request.Authority)} is none of "
                + string.Join(", ", route.Hosts.Select(static host => host.Text)));
        }

        if (candidate.Failed.HasFlag(RouteConditions.Path))
        {
            reasons.Add(Path(route, Encoding.UTF8.GetString(exchange.Path)));
        }

        if (candidate.Failed.HasFlag(RouteConditions.Header))
        {
            KongHeaderMatch? header = route.Headers.FirstOrDefault(
                header => header.Name.Equals(candidate.FailedHeader, StringComparison.OrdinalIgnoreCase));
            reasons.Add($"header {candidate.FailedHeader} is not {(header is null ? "as asked" : Expected(header))}");
        }

        if (candidate.Failed.HasFlag(RouteConditions.Sni))
        {
            reasons.Add($"the server name is none of {string.Join(", ", route.Snis)}");
        }

        return new LostRoute(
            candidate.Route.Name, Place.Of(route.Span), candidate.PathPattern, candidate.Failed == RouteConditions.None, reasons);
    }

    private static string Path(KongRoute route, string path)
    {
        bool anyRegex = route.Paths.Any(static pattern => pattern.IsRegex);
        string patterns = string.Join(", ", route.Paths.Select(Shown));
        return anyRegex ? $"path {path} matches none of {patterns}"
            : route.Paths.Count == 1 ? $"path {path} does not begin with {patterns}"
            : $"path {path} begins with none of {patterns}";
    }

    // A prefix as it is compared, which may not be as it is written.
    private static string Shown(KongPathMatch path) => path.IsRegex ? path.Text : path.Value;

    private static string Expected(KongHeaderMatch header) =>
        header.Pattern is { } pattern ? "~*" + pattern : string.Join(" or ", header.Values);
}
