using System.Text;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Routing.Mesh;

/// <summary>
/// Buckets of route positions by path: one per exact path, one per prefix (and per literal beginning of a pattern). A path belongs to at most one
/// of the first and to as many of the second as it has stored beginnings. Immutable, thread-safe.
/// </summary>
internal sealed class RoutePathIndex
{
    private readonly ByteStringMap<RouteBucket> _exact;
    private readonly PathTrie? _trie;
    private readonly RouteBucket[] _prefixes;

    // The longest stored prefix that is a proper beginning of each prefix, or -1.
    private readonly int[] _parents;

    /// <param name="conditions">Conditions of all routes.</param>
    /// <param name="positions">Positions of those to index, ascending.</param>
    /// <param name="foldCase">Store paths in lower case; <see cref="Open"/> then expects them so.</param>
    /// <param name="order">Where candidates are stored.</param>
    public RoutePathIndex(RouteConditions[] conditions, IEnumerable<int> positions, bool foldCase, List<int> order)
    {
        Dictionary<string, List<int>> exact = new(StringComparer.Ordinal);
        Dictionary<string, List<int>> prefixes = new(StringComparer.Ordinal);
        foreach (int position in positions)
        {
            TextMatch path = conditions[position].Path;
            byte[] key = path.Kind == TextMatchKind.Regex ? PatternLiteral.Of(path.Text) : path.Utf8.ToArray();
            if (foldCase)
            {
                Fold(key, key);
            }

            // Bytes as characters of the same value: distinct bytes are distinct keys, and sort as bytes do.
            string text = Encoding.Latin1.GetString(key);
            Dictionary<string, List<int>> kind = path.Kind == TextMatchKind.Exact ? exact : prefixes;
            if (!kind.TryGetValue(text, out List<int>? bucket))
            {
                kind[text] = bucket = [];
            }

            bucket.Add(position);
        }

        KeyValuePair<byte[], RouteBucket>[] buckets =
        [
            .. exact.Select(pair => KeyValuePair.Create(Encoding.Latin1.GetBytes(pair.Key), new RouteBucket(conditions, pair.Value, order))),
        ];
        _exact = new ByteStringMap<RouteBucket>(buckets, ignoreCase: false);
        string[] sorted = [.. prefixes.Keys.Order(StringComparer.Ordinal)];
        _prefixes = [.. sorted.Select(key => new RouteBucket(conditions, prefixes[key], order))];
        _parents = Parents(sorted);
        _trie = sorted.Length == 0 ? null : PathTrie.Build([.. sorted.Select(Encoding.Latin1.GetBytes)]);
        MaxStreams = MostOnOnePath() + (buckets.Length == 0 ? 0 : buckets.Max(static pair => pair.Value.MaxStreams));
    }

    /// <summary>Streams that one path can open at most.</summary>
    public int MaxStreams { get; }

    /// <summary>Lowers ASCII letters. The destination may be the source.</summary>
    public static void Fold(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        for (int i = 0; i < source.Length; i++)
        {
            byte b = source[i];
            destination[i] = b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;
        }
    }

    /// <summary>Adds the candidates for a path.</summary>
    public void Open<THeaders>(scoped ReadOnlySpan<byte> path, ref THeaders headers, scoped Span<RouteStream> streams, ref int count)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        if (_exact.Count != 0 && _exact.TryGet(path, out RouteBucket exact))
        {
            exact.Open(ref headers, streams, ref count);
        }

        for (int prefix = _trie?.FindLongest(path) ?? -1; prefix >= 0; prefix = _parents[prefix])
        {
            _prefixes[prefix].Open(ref headers, streams, ref count);
        }
    }

    private static int[] Parents(string[] sorted)
    {
        int[] parents = new int[sorted.Length];
        Stack<int> open = new();
        for (int i = 0; i < sorted.Length; i++)
        {
            while (open.TryPeek(out int top) && !sorted[i].StartsWith(sorted[top], StringComparison.Ordinal))
            {
                open.Pop();
            }

            parents[i] = open.TryPeek(out int parent) ? parent : -1;
            open.Push(i);
        }

        return parents;
    }

    private int MostOnOnePath()
    {
        int[] streams = new int[_prefixes.Length];
        for (int i = 0; i < streams.Length; i++)
        {
            streams[i] = _prefixes[i].MaxStreams + (_parents[i] < 0 ? 0 : streams[_parents[i]]);
        }

        return streams.Length == 0 ? 0 : streams.Max();
    }
}
