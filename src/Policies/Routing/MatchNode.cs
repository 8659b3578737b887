using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>
/// A node of the router's decision tree. A node narrows the entries by one condition that is looked up, never scanned; leaves hold
/// the few entries left, in rank order, and check all their conditions. Immutable, thread-safe.
/// </summary>
internal abstract class MatchNode(MatchNodeKind kind, int bestRank)
{
    /// <summary>Which sealed class this is: a switch on it is cheaper than a virtual generic call.</summary>
    public MatchNodeKind Kind { get; } = kind;

    /// <summary>The best rank anywhere below: a search that has found better skips the node.</summary>
    public int BestRank { get; } = bestRank;
}

internal enum MatchNodeKind
{
    Leaf,
    Host,
    Path,
    Method,
    Sni,
    Header,
}

/// <summary>Entries in rank order.</summary>
internal sealed class LeafNode(RouteEntry[] entries) : MatchNode(MatchNodeKind.Leaf, entries[0].Rank)
{
    public RouteEntry[] Entries { get; } = entries;
}

/// <summary>By host: exact names, suffixes from a dot, prefixes up to a dot; the rest has no host condition.</summary>
internal sealed class HostNode(
    int bestRank,
    ByteStringMap<MatchNode> exact,
    ByteStringMap<MatchNode>? suffixes,
    ByteStringMap<MatchNode>? prefixes,
    MatchNode? rest) : MatchNode(MatchNodeKind.Host, bestRank)
{
    public ByteStringMap<MatchNode> Exact { get; } = exact;

    public ByteStringMap<MatchNode>? Suffixes { get; } = suffixes;

    public ByteStringMap<MatchNode>? Prefixes { get; } = prefixes;

    public MatchNode? Rest { get; } = rest;
}

/// <summary>By path: every stored prefix of the path has its own node, chained from the longest to the shortest.</summary>
internal sealed class PathNode(int bestRank, PathTrie trie, PathStep[] steps, MatchNode? rest) : MatchNode(MatchNodeKind.Path, bestRank)
{
    public PathTrie Trie { get; } = trie;

    /// <summary>One step per prefix of the trie, by its position.</summary>
    public PathStep[] Steps { get; } = steps;

    /// <summary>Entries without path condition.</summary>
    public MatchNode? Rest { get; } = rest;
}

/// <summary>Entries of one prefix, the position of the next shorter stored prefix (or -1), and the best rank from here on.</summary>
internal readonly record struct PathStep(MatchNode Node, int Shorter, int BestRank);

/// <summary>By method bit.</summary>
internal sealed class MethodNode(int bestRank, MatchNode?[] children, MatchNode? rest) : MatchNode(MatchNodeKind.Method, bestRank)
{
    /// <summary>One child per bit of <see cref="MethodTable"/>.</summary>
    public MatchNode?[] Children { get; } = children;

    public MatchNode? Rest { get; } = rest;
}

/// <summary>By server name; over plain http SNI conditions do not count, so that all entries are in <see cref="Plain"/>.</summary>
internal sealed class SniNode(int bestRank, ByteStringMap<MatchNode> children, MatchNode? rest, MatchNode plain) : MatchNode(MatchNodeKind.Sni, bestRank)
{
    public ByteStringMap<MatchNode> Children { get; } = children;

    public MatchNode? Rest { get; } = rest;

    public MatchNode Plain { get; } = plain;
}

/// <summary>By the value of one header field.</summary>
internal sealed class HeaderNode(int bestRank, byte[] name, ByteStringMap<MatchNode> children, MatchNode? rest) : MatchNode(MatchNodeKind.Header, bestRank)
{
    public byte[] Name { get; } = name;

    public ByteStringMap<MatchNode> Children { get; } = children;

    public MatchNode? Rest { get; } = rest;
}
