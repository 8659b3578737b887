using System.Text;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>
/// Builds the decision tree of a <see cref="RouteTable{TRoute}"/>: host, then path, then whichever of method, server name and header values
/// splits what is left best. Single use, load time only.
/// </summary>
internal static class MatchTreeBuilder
{
    // So few entries are checked one by one: cheaper than another look-up.
    private const int LeafSize = 4;

    // An entry is stored once per value it accepts; a split that would copy the list more often than this is not made.
    private const int MaxCopies = 4;

    /// <param name="ranked">All entries in rank order.</param>
    public static MatchNode? Build(IReadOnlyList<RouteEntry> ranked)
    {
        List<RouteEntry> distinct = DropShadowed(ranked);
        return distinct.Count == 0 ? null : ByHost(distinct);
    }

    // An entry whose conditions equal those of a better one can never win. Without this, a thousand copies of a route would be a scan.
    private static List<RouteEntry> DropShadowed(IReadOnlyList<RouteEntry> ranked)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        List<RouteEntry> kept = new(ranked.Count);
        foreach (RouteEntry entry in ranked)
        {
            if (entry.Rule.Headers.Any(static h => !h.IsLiteral) || seen.Add(ConditionsOf(entry)))
            {
                kept.Add(entry);
            }
        }

        return kept;
    }

    private static string ConditionsOf(RouteEntry entry)
    {
        StringBuilder key = new();
        key.Append(entry.PathText).Append('\n').Append(entry.Rule.MethodText).Append('\n');
        foreach (string host in entry.Rule.Hosts.Select(static h => $"{h.Kind} {Encoding.UTF8.GetString(h.Text)} {h.Port}").Order(StringComparer.Ordinal))
        {
            key.Append(host).Append('\t');
        }

        key.Append('\n');
        foreach (string sni in entry.Rule.Snis.Select(Encoding.UTF8.GetString).Order(StringComparer.Ordinal))
        {
            key.Append(sni).Append('\t');
        }

        foreach (HeaderMatcher header in entry.Rule.Headers.OrderBy(static h => h.Name, StringComparer.Ordinal))
        {
            key.Append('\n').Append(header.Name);
            foreach (string value in header.Values.Select(Encoding.UTF8.GetString).Order(StringComparer.Ordinal))
            {
                key.Append('\t').Append(value);
            }
        }

        return key.ToString();
    }

    private static MatchNode ByHost(List<RouteEntry> entries)
    {
        if (entries.Count <= LeafSize || entries.TrueForAll(static e => e.Rule.Hosts.Length == 0))
        {
            return ByPath(entries);
        }

        Groups exact = new(ignoreCase: true);
        Groups suffixes = new(ignoreCase: true);
        Groups prefixes = new(ignoreCase: true);
        List<RouteEntry> rest = [];
        foreach (RouteEntry entry in entries)
        {
            foreach (HostPattern host in entry.Rule.Hosts)
            {
                Groups groups = host.Kind switch
                {
                    HostPatternKind.Exact => exact,
                    HostPatternKind.Suffix => suffixes,
                    _ => prefixes,
                };
                groups.Add(host.Text, entry);
            }

            if (entry.Rule.Hosts.Length == 0)
            {
                rest.Add(entry);
            }
        }

        return new HostNode(
            entries[0].Rank,
            exact.ToMap(ByPath),
            suffixes.Count == 0 ? null : suffixes.ToMap(ByPath),
            prefixes.Count == 0 ? null : prefixes.ToMap(ByPath),
            rest.Count == 0 ? null : ByPath(rest));
    }

    private static MatchNode ByPath(List<RouteEntry> entries)
    {
        if (entries.Count <= LeafSize || entries.TrueForAll(static e => e.Literal.Length == 0))
        {
            return ByKey(entries);
        }

        Groups byLiteral = new(ignoreCase: false);
        List<RouteEntry> rest = [];
        foreach (RouteEntry entry in entries)
        {
            if (entry.PathText is null)
            {
                rest.Add(entry);
            }
            else
            {
                byLiteral.Add(entry.Literal, entry);
            }
        }

        List<KeyValuePair<byte[], List<RouteEntry>>> sorted = byLiteral.Sorted();
        PathTrie trie = PathTrie.Build([.. sorted.Select(static p => p.Key)]);
        PathStep[] steps = new PathStep[sorted.Count];
        for (int i = 0; i < steps.Length; i++)
        {
            // In byte order a prefix of this key comes before it, so its step is known already.
            byte[] key = sorted[i].Key;
            int shorter = key.Length == 0 ? -1 : PathTrieParent(trie, key);
            MatchNode node = ByKey(sorted[i].Value);
            int best = shorter < 0 ? node.BestRank : Math.Min(node.BestRank, steps[shorter].BestRank);
            steps[i] = new PathStep(node, shorter, best);
        }

        return new PathNode(entries[0].Rank, trie, steps, rest.Count == 0 ? null : ByKey(rest));
    }

    // The longest stored prefix that is properly shorter than the key.
    private static int PathTrieParent(PathTrie trie, byte[] key) => trie.FindLongest(key.AsSpan(0, key.Length - 1));

    private static MatchNode ByKey(List<RouteEntry> entries)
    {
        if (entries.Count <= LeafSize)
        {
            return new LeafNode([.. entries]);
        }

        Split? best = null;
        foreach (Split split in Splits(entries))
        {
            best = best is null || split.Worst < best.Worst ? split : best;
        }

        // A split that leaves most entries together is not worth its look-up.
        return best is null || best.Worst * 4 > entries.Count * 3 ? new LeafNode([.. entries]) : best.Build(entries);
    }

    private static IEnumerable<Split> Splits(List<RouteEntry> entries)
    {
        if (entries.Exists(static e => e.Rule.MethodMask != 0))
        {
            yield return new MethodSplit(entries);
        }

        if (entries.Exists(static e => e.Rule.Snis.Length > 0))
        {
            yield return new SniSplit(entries);
        }

        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        foreach (HeaderMatcher header in entries.SelectMany(static e => e.Rule.Headers))
        {
            if (header.IsLiteral && names.Add(header.Name))
            {
                HeaderSplit split = new(entries, header.NameUtf8);
                if (split.Copies <= (long)MaxCopies * entries.Count)
                {
                    yield return split;
                }
            }
        }
    }

    private abstract class Split
    {
        protected Groups Children { get; } = new(ignoreCase: true);

        protected List<RouteEntry> Rest { get; } = [];

        /// <summary>Entries a query has to look at in the worst case.</summary>
        public int Worst => Rest.Count + Children.Largest;

        /// <summary>Entries stored.</summary>
        public long Copies => Rest.Count + Children.Total;

        public abstract MatchNode Build(List<RouteEntry> entries);

        protected MatchNode? BuildRest() => Rest.Count == 0 ? null : ByKey(Rest);
    }

    private sealed class MethodSplit : Split
    {
        public MethodSplit(List<RouteEntry> entries)
        {
            foreach (RouteEntry entry in entries)
            {
                for (int bit = 0; bit < MethodTable.Unknown; bit++)
                {
                    if ((entry.Rule.MethodMask & (1UL << bit)) != 0)
                    {
                        Children.Add([(byte)bit], entry);
                    }
                }

                if (entry.Rule.MethodMask == 0)
                {
                    Rest.Add(entry);
                }
            }
        }

        public override MatchNode Build(List<RouteEntry> entries)
        {
            MatchNode?[] children = new MatchNode?[64];
            foreach (KeyValuePair<byte[], List<RouteEntry>> group in Children.Sorted())
            {
                children[group.Key[0]] = ByKey(group.Value);
            }

            return new MethodNode(entries[0].Rank, children, BuildRest());
        }
    }

    private sealed class SniSplit : Split
    {
        public SniSplit(List<RouteEntry> entries)
        {
            foreach (RouteEntry entry in entries)
            {
                foreach (byte[] sni in entry.Rule.Snis)
                {
                    Children.Add(sni, entry);
                }

                if (entry.Rule.Snis.Length == 0)
                {
                    Rest.Add(entry);
                }
            }
        }

        public override MatchNode Build(List<RouteEntry> entries) =>
            new SniNode(entries[0].Rank, Children.ToMap(ByKey), BuildRest(), new LeafNode([.. entries]));
    }

    private sealed class HeaderSplit : Split
    {
        private readonly byte[] _name;

        public HeaderSplit(List<RouteEntry> entries, byte[] name)
        {
            _name = name;
            foreach (RouteEntry entry in entries)
            {
                HeaderMatcher? header = Array.Find(entry.Rule.Headers, h => h.IsLiteral && Ascii.EqualsIgnoreCase(h.NameUtf8, name));
                if (header is null)
                {
                    Rest.Add(entry);
                    continue;
                }

                foreach (byte[] value in header.Values)
                {
                    Children.Add(value, entry);
                }
            }
        }

        public override MatchNode Build(List<RouteEntry> entries) =>
            new HeaderNode(entries[0].Rank, _name, Children.ToMap(ByKey), BuildRest());
    }

    /// <summary>Entries by key, each list in rank order because entries are added in rank order.</summary>
    private sealed class Groups(bool ignoreCase)
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
}
