namespace VoltageSoda.Edge.Upstream.Dns;

/// <summary>Reads Kong's <c>dns_order</c>: LAST, SRV, A, AAAA and CNAME in any order and case.</summary>
public static class NameOrder
{
    /// <summary>
    /// Options with this order. Words that are not known are skipped, CNAME among them: servers follow aliases by themselves. AAAA comes
    /// last where it is not named, so that a name with IPv6 addresses only is reachable. An empty list changes nothing.
    /// </summary>
    public static NameResolverOptions WithOrder(this NameResolverOptions options, IReadOnlyList<string> words)
    {
        if (words.Count == 0)
        {
            return options;
        }

        List<RecordKind> order = [];
        bool lastFirst = false;
        foreach (string word in words)
        {
            lastFirst |= word.Equals("LAST", StringComparison.OrdinalIgnoreCase);
            if (Find(word) is { } kind && !order.Contains(kind))
            {
                order.Add(kind);
            }
        }

        if (!order.Contains(RecordKind.Aaaa))
        {
            order.Add(RecordKind.Aaaa);
        }

        return options with { Order = order, LastKindFirst = lastFirst };
    }

    private static RecordKind? Find(string word) => word.ToUpperInvariant() switch
    {
        "SRV" => RecordKind.Srv,
        "A" => RecordKind.A,
        "AAAA" => RecordKind.Aaaa,
        _ => null,
    };
}
