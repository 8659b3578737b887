namespace VoltageSoda.Edge.Upstream.Dns;

/// <summary>Turns a name as written into the fully qualified names to ask for, in order (resolv.conf (5), <c>search</c> and <c>ndots</c>).</summary>
internal static class SearchList
{
    // RFC 1035, 2.3.4: 255 octets on the wire are 253 characters in text.
    private const int MaximumName = 253;
    private const int MaximumLabel = 63;

    /// <summary>Candidates without trailing dot. Empty when the name cannot exist in DNS.</summary>
    public static List<string> Candidates(string host, ResolvConf configuration)
    {
        List<string> names = [];
        if (host.EndsWith('.'))
        {
            Add(names, host[..^1]);
            return names;
        }

        bool asWrittenFirst = host.AsSpan().Count('.') >= configuration.Ndots;
        if (asWrittenFirst)
        {
            Add(names, host);
        }

        foreach (string suffix in configuration.Search)
        {
            Add(names, $"{host}.{suffix}");
        }

        if (!asWrittenFirst)
        {
            Add(names, host);
        }

        return names;
    }

    private static void Add(List<string> names, string name)
    {
        if (name.Length is 0 or > MaximumName)
        {
            return;
        }

        foreach (Range label in name.AsSpan().Split('.'))
        {
            if (name.AsSpan(label).Length is 0 or > MaximumLabel)
            {
                return;
            }
        }

        names.Add(name);
    }
}
