using System.Text;

namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>One way to divide entries by a condition. Load time only.</summary>
internal abstract class EntrySplit
{
    protected EntryGroups Children { get; } = new(ignoreCase: true);

    protected List<RouteEntry> Rest { get; } = [];

    /// <summary>Entries a query has to look at in the worst case.</summary>
    public int Worst => Rest.Count + Children.Largest;

    /// <summary>Entries stored.</summary>
    public long Copies => Rest.Count + Children.Total;

    public abstract MatchNode Build(List<RouteEntry> entries);

    protected MatchNode? BuildRest() => Rest.Count == 0 ? null : MatchTreeBuilder.ByKey(Rest);
}

/// <summary>By method bit.</summary>
internal sealed class MethodSplit : EntrySplit
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
            children[group.Key[0]] = MatchTreeBuilder.ByKey(group.Value);
        }

        return new MethodNode(entries[0].Rank, children, BuildRest());
    }
}

/// <summary>By server name.</summary>
internal sealed class SniSplit : EntrySplit
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
        new SniNode(entries[0].Rank, Children.ToMap(MatchTreeBuilder.ByKey), BuildRest(), new LeafNode([.. entries]));
}

/// <summary>By the literal values of one header field.</summary>
internal sealed class HeaderSplit : EntrySplit
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
        new HeaderNode(entries[0].Rank, _name, Children.ToMap(MatchTreeBuilder.ByKey), BuildRest());
}
