using System.Text;

namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>
/// A radix tree over byte prefixes, laid out in three arrays: looks up the longest stored prefix of a path in time bounded by
/// the path, whatever the number of prefixes. Immutable, thread-safe, no allocation.
/// </summary>
internal sealed class PathTrie
{
    private readonly Node[] _nodes;
    private readonly byte[] _firstBytes;
    private readonly byte[] _labels;

    private PathTrie(Node[] nodes, byte[] firstBytes, byte[] labels)
    {
        _nodes = nodes;
        _firstBytes = firstBytes;
        _labels = labels;
    }

    /// <param name="prefixes">Distinct prefixes in byte order; the empty one is allowed. Values are their positions.</param>
    public static PathTrie Build(IReadOnlyList<byte[]> prefixes) => new Builder(prefixes).Build();

    /// <summary>Position of the longest stored prefix of <paramref name="path"/>, or -1.</summary>
    public int FindLongest(ReadOnlySpan<byte> path)
    {
        Node[] nodes = _nodes;
        ref Node node = ref nodes[0];
        int found = node.Value;
        while (node.ChildCount > 0 && !path.IsEmpty)
        {
            byte first = path[0];
            int child = node.ChildCount == 1
                ? (_firstBytes[node.ChildStart] == first ? 0 : -1)
                : _firstBytes.AsSpan(node.ChildStart, node.ChildCount).IndexOf(first);
            if (child < 0)
            {
                break;
            }

            node = ref nodes[node.ChildStart + child];
            if (!path.StartsWith(_labels.AsSpan(node.LabelStart, node.LabelLength)))
            {
                break;
            }

            path = path[node.LabelLength..];
            found = node.Value >= 0 ? node.Value : found;
        }

        return found;
    }

    private struct Node
    {
        public int LabelStart;
        public int LabelLength;
        public int ChildStart;
        public int ChildCount;
        public int Value;
    }

    // Breadth first, so that the children of a node lie side by side.
    private sealed class Builder(IReadOnlyList<byte[]> prefixes)
    {
        private readonly List<Node> _nodes = [];
        private readonly List<byte> _firstBytes = [];
        private readonly List<byte> _labels = [];
        private readonly Queue<(int Node, int Start, int End, int Depth)> _open = new();

        public PathTrie Build()
        {
            Append([], first: 0, start: 0, end: prefixes.Count, depth: 0);
            while (_open.TryDequeue(out (int Node, int Start, int End, int Depth) range))
            {
                AppendChildren(range.Node, range.Start, range.End, range.Depth);
            }

            return new PathTrie([.. _nodes], [.. _firstBytes], [.. _labels]);
        }

        private void Append(ReadOnlySpan<byte> label, byte first, int start, int end, int depth)
        {
            int labelStart = _labels.Count;
            foreach (byte b in label)
            {
                _labels.Add(b);
            }

            bool endsHere = start < end && prefixes[start].Length == depth;
            _nodes.Add(new Node { LabelStart = labelStart, LabelLength = label.Length, Value = endsHere ? start : -1 });
            _firstBytes.Add(first);
            _open.Enqueue((_nodes.Count - 1, endsHere ? start + 1 : start, end, depth));
        }

        private void AppendChildren(int node, int start, int end, int depth)
        {
            Node parent = _nodes[node];
            parent.ChildStart = _nodes.Count;
            while (start < end)
            {
                byte first = prefixes[start][depth];
                int next = start;
                while (next < end && prefixes[next][depth] == first)
                {
                    next++;
                }

                // In byte order, what the first and the last of a group share is shared by all.
                int shared = prefixes[start].AsSpan(depth).CommonPrefixLength(prefixes[next - 1].AsSpan(depth));
                Append(prefixes[start].AsSpan(depth, shared), first, start, next, depth + shared);
                parent.ChildCount++;
                start = next;
            }

            _nodes[node] = parent;
        }
    }
}
