namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>Hosts of a server and of a VirtualService together (<c>istio: pkg/config/host/names.go</c>). Stateless.</summary>
internal static class HostIntersection
{
    /// <summary>The narrower name of each pair of which one covers the other, each once, in the order of the left side.</summary>
    public static IReadOnlyList<string> Of(IEnumerable<string> left, IReadOnlyList<string> right)
    {
        List<string> shared = [];
        foreach (string one in left)
        {
            foreach (string other in right)
            {
                string? narrower = Covers(other, one) ? one : Covers(one, other) ? other : null;
                if (narrower is not null && !shared.Contains(narrower, StringComparer.OrdinalIgnoreCase))
                {
                    shared.Add(narrower);
                }
            }
        }

        return shared;
    }

    /// <summary>Whether every name that <paramref name="inner"/> stands for is one of <paramref name="outer"/>: <c>*.foo.com</c> covers
    /// <c>a.foo.com</c> and <c>*.b.foo.com</c>, never <c>foo.com</c>.</summary>
    public static bool Covers(string outer, string inner)
    {
        if (!outer.StartsWith('*'))
        {
            return outer.Equals(inner, StringComparison.OrdinalIgnoreCase);
        }

        return inner.Length >= outer.Length && inner.EndsWith(outer[1..], StringComparison.OrdinalIgnoreCase);
    }
}
