using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Routing.Mesh;

/// <summary>
/// Routes in order, of which the first that matches wins, found without walking the list: the path selects the few buckets whose routes can
/// match (exact paths by hash, prefixes and the literal beginnings of patterns by radix tree), a header value that a route requires selects
/// inside a bucket, and the candidates of all of them are tried in the order of the list. Immutable, thread-safe, no allocation.
/// </summary>
public sealed class OrderedRouteTable<TRoute>
    where TRoute : class
{
    private const int StackStreams = 24;
    private const int StackPath = 256;

    private readonly TRoute[] _routes;
    private readonly RouteMatcher[] _matchers;
    private readonly bool[] _needsPath;
    private readonly bool[] _needsMore;
    private readonly RoutePathIndex _sensitive;
    private readonly RoutePathIndex? _insensitive;
    private readonly int[] _order;
    private readonly int _streams;

    /// <param name="routes">The routes with what they ask for, in order.</param>
    public OrderedRouteTable(IReadOnlyList<(TRoute Route, RouteConditions Conditions)> routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        RouteConditions[] conditions = [.. routes.Select(static pair => pair.Conditions)];
        _routes = [.. routes.Select(static pair => pair.Route)];
        _matchers = [.. conditions.Select(static condition => new RouteMatcher(condition))];

        // The buckets of exact paths and prefixes have compared the path already; those of patterns only their beginning.
        _needsPath = [.. conditions.Select(static condition => condition.Path.Kind is TextMatchKind.Regex)];
        _needsMore = [.. conditions.Select(static condition => !condition.IsPathOnly)];
        List<int> order = [];
        ILookup<bool, int> byCase = Enumerable.Range(0, conditions.Length).ToLookup(
            i => conditions[i].IgnoreCase && conditions[i].Path.Kind != TextMatchKind.Regex);
        _sensitive = new RoutePathIndex(conditions, byCase[false], foldCase: false, order);
        _insensitive = byCase[true].Any() ? new RoutePathIndex(conditions, byCase[true], foldCase: true, order) : null;
        _streams = _sensitive.MaxStreams + (_insensitive?.MaxStreams ?? 0);
        _order = [.. order];
    }

    /// <summary>The routes in order.</summary>
    public IReadOnlyList<TRoute> Routes => _routes;

    /// <summary>The conditions of the route at a position.</summary>
    public RouteMatcher MatcherAt(int index) => _matchers[index];

    /// <summary>The first route that matches, or null.</summary>
    public TRoute? Find<THeaders>(scoped in MeshRequest request, ref THeaders headers)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        int index = FindIndex(request, ref headers);
        return index < 0 ? null : _routes[index];
    }

    /// <summary>Position of the first route that matches, or -1.</summary>
    [SkipLocalsInit]
    public int FindIndex<THeaders>(scoped in MeshRequest request, ref THeaders headers)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        ReadOnlySpan<byte> path = request.Path;
        RouteStream[]? rented = _streams > StackStreams ? ArrayPool<RouteStream>.Shared.Rent(_streams) : null;
        Span<RouteStream> streams = rented ?? stackalloc RouteStream[StackStreams];
        int count = 0;
        _sensitive.Open(path, ref headers, streams, ref count);
        if (_insensitive is not null)
        {
            byte[]? lower = path.Length > StackPath ? ArrayPool<byte>.Shared.Rent(path.Length) : null;
            Span<byte> folded = lower ?? stackalloc byte[StackPath];
            folded = folded[..path.Length];
            RoutePathIndex.Fold(path, folded);
            _insensitive.Open(folded, ref headers, streams, ref count);
            if (lower is not null)
            {
                ArrayPool<byte>.Shared.Return(lower);
            }
        }

        int found = First(request, path, ref headers, streams[..count]);
        if (rented is not null)
        {
            ArrayPool<RouteStream>.Shared.Return(rented);
        }

        return found;
    }

    // Merges the sorted streams: there are as many as the path has stored beginnings, which is few.
    private int First<THeaders>(
        scoped in MeshRequest request, scoped ReadOnlySpan<byte> path, ref THeaders headers, scoped Span<RouteStream> streams)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        while (true)
        {
            int first = int.MaxValue;
            int from = -1;
            for (int i = 0; i < streams.Length; i++)
            {
                ref RouteStream stream = ref streams[i];
                if (stream.At < stream.End && _order[stream.At] < first)
                {
                    first = _order[stream.At];
                    from = i;
                }
            }

            if (from < 0)
            {
                return -1;
            }

            if ((!_needsPath[first] || _matchers[first].MatchesPath(path))
                && (!_needsMore[first] || _matchers[first].MismatchBesidesPath(request, ref headers).Kind == MismatchKind.None))
            {
                return first;
            }

            streams[from].At++;
        }
    }
}
