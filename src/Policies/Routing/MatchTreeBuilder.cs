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

    // Every text is preceded by its length, so that no two different lists spell the same key.
    private static string ConditionsOf(RouteEntry entry)
    {
        RouteRule rule = entry.Rule;
        StringBuilder key = new();
        Append(key, [entry.PathText ?? "", rule.MethodText]);
        Append(key, rule.Hosts.Select(static h => $"{h.Kind} {h.Port} {Encoding.UTF8.GetString(h.Text)}"));
        Append(key, rule.Snis.Select(Encoding.UTF8.GetString));
        foreach (HeaderMatcher header in rule.Headers.OrderBy(static h => h.Name, StringComparer.Ordinal))
        {
            Append(key, [header.Name]);
            Append(key, header.Values.Select(Encoding.UTF8.GetString));
        }

        return key.ToString();
    }

    private static void Append(StringBuilder key, IEnumerable<string> texts)
    {
        string[] sorted = [.. texts.Order(StringComparer.Ordinal)];
        key.Append(sorted.Length).Append('#');
        foreach (string text in sorted)
        {
            key.Append(text.Length).Append(':').Append(text);
        }
    }

    private static MatchNode ByHost(List<RouteEntry> entries)
    {
        if (entries.Count <= LeafSize || entries.TrueForAll(static e => e.Rule.Hosts.Length == 0))
        {
            return ByPath(entries);
        }

        EntryGroups exact = new(ignoreCase: true);
        EntryGroups suffixes = new(ignoreCase: true);
        EntryGroups prefixes = new(ignoreCase: true);
        List<RouteEntry> rest = [];
        foreach (RouteEntry entry in entries)
        {
            foreach (HostPattern host in entry.Rule.Hosts)
            {
                EntryGroups groups = host.Kind switch
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

        EntryGroups byLiteral = new(ignoreCase: false);
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

    internal static MatchNode ByKey(List<RouteEntry> entries)
    {
        if (entries.Count <= LeafSize)
        {
            return new LeafNode([.. entries]);
        }

        EntrySplit? best = null;
        foreach (EntrySplit split in Splits(entries))
        {
            best = best is null || split.Worst < best.Worst ? split : best;
        }

        // A split that leaves most entries together is not worth its look-up.
        return best is null || best.Worst * 4 > entries.Count * 3 ? new LeafNode([.. entries]) : best.Build(entries);
    }

    private static IEnumerable<EntrySplit> Splits(List<RouteEntry> entries)
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
}
