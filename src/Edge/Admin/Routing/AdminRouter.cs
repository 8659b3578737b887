using Microsoft.AspNetCore.Http;

namespace VoltageSoda.Edge.Admin.Routing;

/// <summary>Finds the route of a path; a trailing slash makes no difference. Immutable, thread-safe.</summary>
internal sealed class AdminRouter
{
    // No path of the API has more segments; what is longer is not even split.
    private const int MostSegments = 8;

    private readonly ILookup<int, AdminRoute> _byLength;

    public AdminRouter(IEnumerable<AdminRoute> routes)
    {
        List<AdminRoute> all = [.. routes];
        _byLength = all.OrderBy(static route => route.Precedence, StringComparer.Ordinal).ToLookup(static route => route.Length);
        // As Kong sorts them: by segment, not by character.
        Patterns = [.. all.Select(static route => route.Pattern)
            .Distinct(StringComparer.Ordinal)
            .OrderBy(static pattern => pattern.Replace('/', '\0'), StringComparer.Ordinal)];
    }

    /// <summary>Every path, as <c>/endpoints</c> tells them.</summary>
    public IReadOnlyList<string> Patterns { get; }

    /// <summary>The route of a path and its variable segments; null when there is none.</summary>
    public AdminRoute? Find(PathString path, out string[] arguments)
    {
        arguments = [];
        string[] segments = (path.Value ?? "/").Split('/', MostSegments + 2);
        ReadOnlySpan<string> inner = segments.AsSpan(1);
        if (inner.Length > 0 && inner[^1].Length == 0)
        {
            inner = inner[..^1];
        }

        if (inner.Length > MostSegments || inner.Contains(""))
        {
            return null;
        }

        foreach (AdminRoute route in _byLength[inner.Length])
        {
            if (route.Match(inner) is { } found)
            {
                // Kestrel leaves an escaped slash as it is.
                arguments = Array.ConvertAll(found, static text => text.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase));
                return route;
            }
        }

        return null;
    }
}
