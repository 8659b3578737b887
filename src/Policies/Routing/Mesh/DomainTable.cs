using System.Text;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Routing.Mesh;

/// <summary>
/// Virtual hosts by the authority of a request, as Envoy looks them up: exact name, longest suffix wildcard (<c>*.example.com</c>), longest
/// prefix wildcard (<c>example.*</c>), then <c>*</c>; port and case do not count. The cost depends on the number of distinct wildcard lengths,
/// not on the number of names. Immutable, thread-safe, no allocation.
/// </summary>
public sealed class DomainTable<TValue>
    where TValue : class
{
    private readonly ByteStringMap<TValue> _exact;
    private readonly (int Length, ByteStringMap<TValue> Values)[] _suffixes;
    private readonly (int Length, ByteStringMap<TValue> Values)[] _prefixes;
    private readonly TValue? _any;

    /// <param name="domains">Patterns with their values; of equal patterns (without regard to case) the first counts.</param>
    public DomainTable(IEnumerable<KeyValuePair<string, TValue>> domains)
    {
        ArgumentNullException.ThrowIfNull(domains);
        List<KeyValuePair<byte[], TValue>> exact = [];
        Dictionary<int, List<KeyValuePair<byte[], TValue>>> suffixes = [];
        Dictionary<int, List<KeyValuePair<byte[], TValue>>> prefixes = [];
        foreach ((string domain, TValue value) in domains.DistinctBy(static pair => pair.Key.ToLowerInvariant()))
        {
            if (domain == "*")
            {
                _any = value;
            }
            else if (domain.StartsWith('*'))
            {
                Add(suffixes, domain[1..], value);
            }
            else if (domain.EndsWith('*'))
            {
                Add(prefixes, domain[..^1], value);
            }
            else
            {
                exact.Add(new(Encoding.UTF8.GetBytes(domain), value));
            }
        }

        _exact = new ByteStringMap<TValue>(exact, ignoreCase: true);
        _suffixes = LongestFirst(suffixes);
        _prefixes = LongestFirst(prefixes);
    }

    /// <summary>The value for an authority (host, optional port; IPv6 in brackets), or null.</summary>
    public TValue? Find(ReadOnlySpan<byte> authority)
    {
        ReadOnlySpan<byte> host = HostOf(authority);
        if (_exact.TryGet(host, out TValue value))
        {
            return value;
        }

        // The wildcard stands for at least one character.
        foreach ((int length, ByteStringMap<TValue> values) in _suffixes)
        {
            if (host.Length > length && values.TryGet(host[^length..], out value))
            {
                return value;
            }
        }

        foreach ((int length, ByteStringMap<TValue> values) in _prefixes)
        {
            if (host.Length > length && values.TryGet(host[..length], out value))
            {
                return value;
            }
        }

        return _any;
    }

    /// <summary>The authority without its port: what follows the last colon outside of brackets, when that is a number or nothing.</summary>
    internal static ReadOnlySpan<byte> HostOf(ReadOnlySpan<byte> authority)
    {
        int colon = authority.LastIndexOf((byte)':');
        return colon >= 0
            && colon > authority.LastIndexOf((byte)']')
            && !authority[(colon + 1)..].ContainsAnyExceptInRange((byte)'0', (byte)'9')
            ? authority[..colon]
            : authority;
    }

    private static void Add(Dictionary<int, List<KeyValuePair<byte[], TValue>>> byLength, string text, TValue value)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        if (!byLength.TryGetValue(utf8.Length, out List<KeyValuePair<byte[], TValue>>? same))
        {
            byLength[utf8.Length] = same = [];
        }

        same.Add(new(utf8, value));
    }

    private static (int Length, ByteStringMap<TValue> Values)[] LongestFirst(Dictionary<int, List<KeyValuePair<byte[], TValue>>> byLength) =>
    [
        .. byLength.OrderByDescending(static pair => pair.Key)
            .Select(static pair => (pair.Key, new ByteStringMap<TValue>(pair.Value, ignoreCase: true))),
    ];
}
