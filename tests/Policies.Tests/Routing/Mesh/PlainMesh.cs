using System.Text;
using System.Text.RegularExpressions;
using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Tests.Routing.Mesh;

/// <summary>A request in strings.</summary>
internal sealed record PlainMeshRequest(string Method, string Authority, string Target, string Scheme, (string Name, string Value)[] Headers)
{
    public static PlainMeshRequest Get(string target, params (string Name, string Value)[] headers) =>
        new("GET", "a.example.com", target, "https", headers);
}

/// <summary>
/// The rules of mesh.md 3.1 and 3.3 written down one by one, with strings and lists: what the fast tables are compared with.
/// </summary>
internal static class PlainMesh
{
    public static int FirstMatch(IReadOnlyList<RouteConditions> routes, PlainMeshRequest request)
    {
        for (int i = 0; i < routes.Count; i++)
        {
            if (Matches(routes[i], request))
            {
                return i;
            }
        }

        return -1;
    }

    public static bool Matches(RouteConditions route, PlainMeshRequest request)
    {
        string path = request.Target.Split('?')[0];
        bool pathHolds = route.Path.Kind switch
        {
            TextMatchKind.Exact when route.IgnoreCase => Lower(path) == Lower(route.Path.Text),
            TextMatchKind.Prefix when route.IgnoreCase => Lower(path).StartsWith(Lower(route.Path.Text), StringComparison.Ordinal),
            _ => Holds(route.Path, path),
        };
        return pathHolds
            && route.Fields.All(field => Holds(field, request))
            && route.Query.All(query => Holds(query, request))
            && route.Claims.IsEmpty;
    }

    public static string? VirtualHost(IEnumerable<string> domains, string authority)
    {
        int colon = authority.LastIndexOf(':');
        bool hasPort = colon >= 0 && !authority[colon..].Contains(']') && authority[(colon + 1)..].All(char.IsAsciiDigit);
        string host = Lower(hasPort ? authority[..colon] : authority);
        string[] all = [.. domains.DistinctBy(Lower)];
        return all.FirstOrDefault(domain => domain != "*" && Lower(domain) == host)
            ?? all.Where(domain => domain.StartsWith('*') && domain.Length > 1 && host.Length >= domain.Length
                && host.EndsWith(Lower(domain[1..]), StringComparison.Ordinal)).MaxBy(static domain => domain.Length)
            ?? all.Where(domain => domain.EndsWith('*') && domain.Length > 1 && host.Length >= domain.Length
                && host.StartsWith(Lower(domain[..^1]), StringComparison.Ordinal)).MaxBy(static domain => domain.Length)
            ?? all.FirstOrDefault(static domain => domain == "*");
    }

    private static bool Holds(FieldCondition field, PlainMeshRequest request)
    {
        string? value = field.Field switch
        {
            RequestField.Method => request.Method,
            RequestField.Authority => request.Authority,
            RequestField.Scheme => request.Scheme,
            RequestField.PathAndQuery => request.Target,
            _ => Joined(request, field.Name),
        };
        if (!field.Inverted)
        {
            return value is not null && Holds(field.Match, value);
        }

        return field.Match.Kind == TextMatchKind.Present ? value is null : !Holds(field.Match, value ?? "");
    }

    private static string? Joined(PlainMeshRequest request, string name)
    {
        string[] values = [.. request.Headers.Where(header => Lower(header.Name) == Lower(name)).Select(static header => header.Value)];
        return values.Length == 0 ? null : string.Join(',', values);
    }

    private static bool Holds(QueryCondition query, PlainMeshRequest request)
    {
        int mark = request.Target.IndexOf('?');
        string[] arguments = mark < 0 ? [] : request.Target[(mark + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries);
        string? first = arguments.FirstOrDefault(argument => argument.Split('=', 2)[0] == query.Name);
        return first is not null && Holds(query.Match, first.Contains('=') ? first.Split('=', 2)[1] : "");
    }

    private static bool Holds(TextMatch match, string value) => match.Kind switch
    {
        TextMatchKind.Exact => value == match.Text,
        TextMatchKind.Prefix => value.StartsWith(match.Text, StringComparison.Ordinal),
        TextMatchKind.Regex => Regex.IsMatch(value, $"^(?:{match.Text})\\z", RegexOptions.CultureInvariant),
        _ => true,
    };

    private static string Lower(string text) => text.ToLowerInvariant();
}

/// <summary>The fast side with the same arguments.</summary>
internal static class FastMesh
{
    public static TextMatch Regex(string pattern) =>
        TextMatch.TryRegex(pattern, out TextMatch? match, out string? error) ? match : throw new ArgumentException(error, nameof(pattern));

    public static MeshRequest Of(PlainMeshRequest request) => new()
    {
        Method = Encoding.UTF8.GetBytes(request.Method),
        Authority = Encoding.UTF8.GetBytes(request.Authority),
        PathAndQuery = Encoding.UTF8.GetBytes(request.Target),
        Scheme = Encoding.UTF8.GetBytes(request.Scheme),
    };

    public static OrderedRouteTable<string> Table(params IEnumerable<RouteConditions> routes) =>
        new([.. routes.Select(static (conditions, index) => ($"r{index}", conditions))]);

    public static int Find(OrderedRouteTable<string> table, PlainMeshRequest request)
    {
        Tests.Facts.HeaderList headers = Tests.Facts.HeaderList.Of([.. request.Headers.Select(static header => $"{header.Name}: {header.Value}")]);
        return table.FindIndex(Of(request), ref headers);
    }
}
