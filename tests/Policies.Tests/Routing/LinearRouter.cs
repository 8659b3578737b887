using System.Text.RegularExpressions;
using VoltageSoda.Edge.Policies.Routing;

namespace VoltageSoda.Edge.Policies.Tests.Routing;

/// <summary>A request as the reference matcher sees it: text, nothing prepared.</summary>
internal sealed record PlainRequest(
    string Method,
    string Host,
    string Path,
    bool IsTls,
    string ServerName,
    IReadOnlyList<(string Name, string Value)> Headers);

/// <summary>
/// Kong's rules written down one after another over all routes: the oracle for <see cref="RouteTable{TRoute}"/>. It shares no code with it,
/// and uses .NET's backtracking regex engine.
/// </summary>
internal static class LinearRouter
{
    public static (string Route, int Length)? Match(IReadOnlyList<RouteDefinition<string>> routes, PlainRequest request)
    {
        (string Route, int Length)? best = null;
        (int, int, int, int, int, int) bestKey = default;
        foreach (RouteDefinition<string> route in routes)
        {
            if (!MethodHolds(route, request) || !HostHolds(route, request) || !SniHolds(route, request) || !HeadersHold(route, request))
            {
                continue;
            }

            foreach ((string? path, int length) in MatchingPaths(route, request.Path))
            {
                bool isRegex = path is not null && path[0] == '~';
                (int, int, int, int, int, int) key = (
                    Kinds(route),
                    route.Hosts.Length > 0 && route.Hosts.All(h => !h.Contains('*')) ? 1 : 0,
                    route.Headers.Length,
                    isRegex ? 1 : 0,
                    isRegex ? route.RegexPriority : 0,
                    path is null || isRegex ? 0 : path.Length);
                if (best is null || key.CompareTo(bestKey) > 0)
                {
                    best = (route.Route, length);
                    bestKey = key;
                }
            }
        }

        return best;
    }

    private static int Kinds(RouteDefinition<string> route) =>
        (route.Methods.IsEmpty ? 0 : 1) + (route.Hosts.IsEmpty ? 0 : 1) + (route.Paths.IsEmpty ? 0 : 1)
        + (route.Headers.IsEmpty ? 0 : 1) + (route.Snis.IsEmpty ? 0 : 1);

    private static bool MethodHolds(RouteDefinition<string> route, PlainRequest request) =>
        route.Methods.IsEmpty || route.Methods.Contains(request.Method);

    private static bool HostHolds(RouteDefinition<string> route, PlainRequest request)
    {
        if (route.Hosts.IsEmpty)
        {
            return true;
        }

        Match parts = Regex.Match(request.Host.ToLowerInvariant(), "^(.*?)(?::([0-9]+))?$");
        string host = parts.Groups[1].Value;
        string port = parts.Groups[2].Success ? parts.Groups[2].Value : request.IsTls ? "443" : "80";
        return route.Hosts.Any(pattern =>
        {
            Match wanted = Regex.Match(pattern.ToLowerInvariant(), "^(.*?)(?::([0-9]+))?$");
            string name = wanted.Groups[1].Value;
            if (wanted.Groups[2].Success && wanted.Groups[2].Value != port)
            {
                return false;
            }

            return name.StartsWith('*') ? host.EndsWith(name[1..], StringComparison.Ordinal)
                : name.EndsWith('*') ? host.StartsWith(name[..^1], StringComparison.Ordinal)
                : host == name;
        });
    }

    private static bool SniHolds(RouteDefinition<string> route, PlainRequest request) =>
        route.Snis.IsEmpty || !request.IsTls
        || route.Snis.Any(s => s.TrimEnd('.').Equals(request.ServerName.TrimEnd('.'), StringComparison.OrdinalIgnoreCase));

    private static bool HeadersHold(RouteDefinition<string> route, PlainRequest request) => route.Headers.All(condition =>
        request.Headers.Any(line => line.Name.Equals(condition.Name, StringComparison.OrdinalIgnoreCase)
            && condition.Values.Any(value => value.StartsWith("~*", StringComparison.Ordinal)
                ? Regex.IsMatch(line.Value, value[2..], RegexOptions.IgnoreCase)
                : value.Equals(line.Value, StringComparison.OrdinalIgnoreCase))));

    private static IEnumerable<(string? Path, int Length)> MatchingPaths(RouteDefinition<string> route, string path)
    {
        if (route.Paths.IsEmpty)
        {
            yield return (null, 0);
        }

        foreach (string pattern in route.Paths)
        {
            if (pattern[0] != '~')
            {
                if (path.StartsWith(pattern, StringComparison.Ordinal))
                {
                    yield return (pattern, pattern.Length);
                }

                continue;
            }

            Match match = Regex.Match(path, $"^(?:{pattern[1..]})");
            if (match.Success)
            {
                yield return (pattern, match.Length);
            }
        }
    }
}
