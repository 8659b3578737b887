using Microsoft.AspNetCore.Http;

namespace VoltageSoda.Edge.Admin.Routing;

/// <summary>Answers one method of one path; <paramref name="arguments"/> are the variable segments in their order, decoded.</summary>
internal delegate Task AdminHandler(HttpContext context, string[] arguments);

/// <summary>A path of the API and what its methods do. HEAD is GET without a body. Immutable after start-up.</summary>
internal sealed class AdminRoute
{
    private readonly string[] _segments;
    private readonly Dictionary<string, AdminHandler> _handlers;

    /// <summary><paramref name="pattern"/> as Kong writes it in <c>/endpoints</c>: <c>/services/{services}/routes</c>.</summary>
    public AdminRoute(string pattern, params ReadOnlySpan<(string Method, AdminHandler Handler)> handlers)
    {
        Pattern = pattern;
        _segments = pattern.Split('/', StringSplitOptions.RemoveEmptyEntries);
        _handlers = new Dictionary<string, AdminHandler>(StringComparer.Ordinal);
        foreach ((string method, AdminHandler handler) in handlers)
        {
            _handlers[method] = handler;
        }

        IEnumerable<string> methods = _handlers.Keys.Append(HttpMethods.Options);
        Allowed = string.Join(", ", (_handlers.ContainsKey(HttpMethods.Get) ? methods.Append(HttpMethods.Head) : methods).Order(StringComparer.Ordinal));
    }

    public string Pattern { get; }

    /// <summary>Its methods for Allow, in alphabetical order.</summary>
    public string Allowed { get; }

    public int Length => _segments.Length;

    /// <summary>Fixed segments are tried before variable ones, from left to right.</summary>
    public string Precedence => string.Concat(_segments.Select(static segment => segment[0] == '{' ? '1' : '0'));

    /// <summary>What answers a method; null when nothing does.</summary>
    public AdminHandler? Handler(string method) =>
        _handlers.GetValueOrDefault(HttpMethods.IsHead(method) ? HttpMethods.Get : method);

    /// <summary>The variable segments of a path, or null when it is another one.</summary>
    public string[]? Match(ReadOnlySpan<string> path)
    {
        List<string> arguments = [];
        for (int i = 0; i < _segments.Length; i++)
        {
            if (_segments[i][0] == '{')
            {
                arguments.Add(path[i]);
            }
            else if (_segments[i] != path[i])
            {
                return null;
            }
        }

        return [.. arguments];
    }
}
