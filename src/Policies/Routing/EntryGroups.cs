using System.Text;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>Entries by key, each list in rank order because entries are added in rank order.</summary>
internal sealed class EntryGroups(bool ignoreCase)
{
    private readonly Dictionary<string, (byte[] Key, List<RouteEntry> Entries)> _lists = new(StringComparer.Ordinal);

    public int Count => _lists.Count;

    public int Largest => _lists.Count == 0 ? 0 : _lists.Values.Max(static l => l.Entries.Count);

    public long Total => _lists.Values.Sum(static l => (long)l.Entries.Count);

    public void Add(byte[] key, RouteEntry entry)
    {
        string text = Encoding.Latin1.GetString(key);
        text = ignoreCase ? LowerAscii(text) : text;
        if (!_lists.TryGetValue(text, out (byte[] Key, List<RouteEntry> Entries) list))
        {
            list = (key, []);
            _lists.Add(text, list);
        }

        if (list.Entries.Count == 0 || list.Entries[^1] != entry)
        {
            list.Entries.Add(entry);
        }
    }

    public List<KeyValuePair<byte[], List<RouteEntry>>> Sorted() =>
    [
        .. _lists.OrderBy(static l => l.Key, StringComparer.Ordinal)
            .Select(static l => new KeyValuePair<byte[], List<RouteEntry>>(l.Value.Key, l.Value.Entries)),
    ];

    public ByteStringMap<MatchNode> ToMap(Func<List<RouteEntry>, MatchNode> build) => new(
        [.. Sorted().Select(p => new KeyValuePair<byte[], MatchNode>(p.Key, build(p.Value)))],
        ignoreCase);

    private static string LowerAscii(string text) =>
        string.Create(text.Length, text, static (span, source) => Ascii.ToLower(source, span, out _));
}
