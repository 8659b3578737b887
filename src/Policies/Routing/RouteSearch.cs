using System.Runtime.CompilerServices;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>One walk through the decision tree: keeps the best entry found so far and skips what cannot beat it. Lives on the stack.</summary>
internal ref struct RouteSearch
{
    private int _bestRank;

    /// <summary>The winner, or null.</summary>
    public RouteEntry? Best;

    /// <summary>Bytes of the path the winner matched.</summary>
    public int MatchedLength;

    public RouteSearch()
    {
        _bestRank = int.MaxValue;
    }

    public void Visit<THeaders>(MatchNode? node, scoped in RouteFacts facts, ref THeaders headers)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        if (node is null || node.BestRank >= _bestRank)
        {
            return;
        }

        switch (node.Kind)
        {
            case MatchNodeKind.Leaf:
                VisitLeaf(Unsafe.As<LeafNode>(node), facts, ref headers);
                break;
            case MatchNodeKind.Path:
                VisitPath(Unsafe.As<PathNode>(node), facts, ref headers);
                break;
            case MatchNodeKind.Host:
                VisitHost(Unsafe.As<HostNode>(node), facts, ref headers);
                break;
            case MatchNodeKind.Method:
                MethodNode method = Unsafe.As<MethodNode>(node);
                Visit(method.Children[facts.MethodBit], facts, ref headers);
                Visit(method.Rest, facts, ref headers);
                break;
            case MatchNodeKind.Sni:
                VisitSni(Unsafe.As<SniNode>(node), facts, ref headers);
                break;
            default:
                VisitHeader(Unsafe.As<HeaderNode>(node), facts, ref headers);
                break;
        }
    }

    private void VisitLeaf<THeaders>(LeafNode leaf, scoped in RouteFacts facts, ref THeaders headers)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        foreach (RouteEntry entry in leaf.Entries)
        {
            if (entry.Rank >= _bestRank)
            {
                return;
            }

            if (entry.Accepts(facts, ref headers, out int length))
            {
                _bestRank = entry.Rank;
                Best = entry;
                MatchedLength = length;
                return;
            }
        }
    }

    // The longest prefix comes first: it usually wins, and then the chain's best rank ends the walk.
    private void VisitPath<THeaders>(PathNode node, scoped in RouteFacts facts, ref THeaders headers)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        PathStep[] steps = node.Steps;
        int at = node.Trie.FindLongest(facts.Path);
        while (at >= 0)
        {
            ref readonly PathStep step = ref steps[at];
            if (step.BestRank >= _bestRank)
            {
                break;
            }

            Visit(step.Node, facts, ref headers);
            at = step.Shorter;
        }

        Visit(node.Rest, facts, ref headers);
    }

    private void VisitHost<THeaders>(HostNode node, scoped in RouteFacts facts, ref THeaders headers)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        ReadOnlySpan<byte> host = facts.Host;
        if (node.Exact.TryGet(host, out MatchNode child))
        {
            Visit(child, facts, ref headers);
        }

        if (node.Suffixes is not null || node.Prefixes is not null)
        {
            for (int dot = host.IndexOf((byte)'.'); dot >= 0 && dot < host.Length;)
            {
                if (node.Suffixes is not null && node.Suffixes.TryGet(host[dot..], out child))
                {
                    Visit(child, facts, ref headers);
                }

                if (node.Prefixes is not null && node.Prefixes.TryGet(host[..(dot + 1)], out child))
                {
                    Visit(child, facts, ref headers);
                }

                int next = host[(dot + 1)..].IndexOf((byte)'.');
                dot = next < 0 ? host.Length : dot + 1 + next;
            }
        }

        Visit(node.Rest, facts, ref headers);
    }

    private void VisitSni<THeaders>(SniNode node, scoped in RouteFacts facts, ref THeaders headers)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        if (!facts.IsTls)
        {
            Visit(node.Plain, facts, ref headers);
            return;
        }

        if (node.Children.TryGet(facts.ServerName, out MatchNode child))
        {
            Visit(child, facts, ref headers);
        }

        Visit(node.Rest, facts, ref headers);
    }

    private void VisitHeader<THeaders>(HeaderNode node, scoped in RouteFacts facts, ref THeaders headers)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        int cursor = 0;
        while (headers.TryGetNext(node.Name, ref cursor, out ReadOnlySpan<byte> value))
        {
            if (node.Children.TryGet(value, out MatchNode child))
            {
                Visit(child, facts, ref headers);
            }
        }

        Visit(node.Rest, facts, ref headers);
    }
}
