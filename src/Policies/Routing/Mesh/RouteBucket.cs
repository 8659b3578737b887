using System.Text;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Routing.Mesh;

/// <summary>Candidates that are left to try: a part of the table's list of positions. A value in a scratch array.</summary>
internal struct RouteStream
{
    /// <summary>Where the next candidate stands.</summary>
    public int At;

    /// <summary>Where the list ends.</summary>
    public int End;
}

/// <summary>
/// The routes of one path condition, in order. Those that require an exact value of a header are grouped by that header and looked up by its value,
/// so that tenants told apart by a header cost no more than those told apart by path. Immutable, thread-safe.
/// </summary>
internal sealed class RouteBucket
{
    // Below this, trying each is cheaper than looking up.
    private const int WorthGrouping = 8;

    private readonly RouteStream _plain;
    private readonly (byte[] Name, ByteStringMap<RouteStream> ByValue)[] _byHeader;

    /// <param name="conditions">Conditions of all routes.</param>
    /// <param name="positions">Positions of those of this bucket, ascending.</param>
    /// <param name="order">Where candidates are stored; this bucket appends its own.</param>
    public RouteBucket(RouteConditions[] conditions, IReadOnlyList<int> positions, List<int> order)
    {
        // Behind a route that asks for nothing but the path, the others of its bucket never win.
        int end = positions.Count;
        for (int i = 0; i < end; i++)
        {
            RouteConditions route = conditions[positions[i]];
            if (route.IsPathOnly && route.Path.Kind != TextMatchKind.Regex)
            {
                end = i + 1;
            }
        }

        List<int> plain = [];
        Dictionary<string, List<(string Value, int Position)>> grouped = new(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < end; i++)
        {
            FieldCondition? key = end < WorthGrouping ? null : KeyOf(conditions[positions[i]]);
            if (key is null)
            {
                plain.Add(positions[i]);
                continue;
            }

            if (!grouped.TryGetValue(key.Name, out List<(string Value, int Position)>? group))
            {
                grouped[key.Name] = group = [];
            }

            group.Add((key.Match.Text, positions[i]));
        }

        _plain = Store(plain, order);
        _byHeader =
        [
            .. grouped.Select(pair => (Encoding.UTF8.GetBytes(pair.Key), new ByteStringMap<RouteStream>(
                [
                    .. pair.Value.GroupBy(static entry => entry.Value, StringComparer.Ordinal)
                        .Select(same => KeyValuePair.Create(
                            Encoding.UTF8.GetBytes(same.Key), Store(same.Select(static entry => entry.Position), order))),
                ],
                ignoreCase: false))),
        ];
    }

    /// <summary>Streams that one request can open here at most.</summary>
    public int MaxStreams => _byHeader.Length + 1;

    /// <summary>Adds the candidates: those without key, and those whose key the request carries.</summary>
    public void Open<THeaders>(ref THeaders headers, scoped Span<RouteStream> streams, ref int count)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        if (_plain.At < _plain.End)
        {
            streams[count++] = _plain;
        }

        foreach ((byte[] name, ByteStringMap<RouteStream> byValue) in _byHeader)
        {
            JoinedField field = JoinedField.Read(ref headers, name);
            if (field.IsPresent && byValue.TryGet(field.Value, out RouteStream same))
            {
                streams[count++] = same;
            }

            field.Dispose();
        }
    }

    private static FieldCondition? KeyOf(RouteConditions route) => route.Fields.FirstOrDefault(
        static field => field is { Field: RequestField.Header, Inverted: false, Match.Kind: TextMatchKind.Exact });

    private static RouteStream Store(IEnumerable<int> positions, List<int> order)
    {
        int start = order.Count;
        order.AddRange(positions);
        return new RouteStream { At = start, End = order.Count };
    }
}
