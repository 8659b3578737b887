using System.Net;

namespace VoltageSoda.Edge.Upstream.Dns;

/// <summary>Brings addresses into the one form in which two answers can be compared.</summary>
internal static class AddressSet
{
    /// <summary>
    /// Sorted by family, address and port; the same address and port twice becomes one that carries both weights; at most
    /// <paramref name="maximum"/> remain.
    /// </summary>
    public static ResolvedAddress[] Normalize(List<ResolvedAddress> addresses, int maximum)
    {
        addresses.Sort(Compare);
        List<ResolvedAddress> distinct = new(addresses.Count);
        foreach (ResolvedAddress address in addresses)
        {
            if (distinct.Count > 0 && Compare(distinct[^1], address) == 0)
            {
                distinct[^1] = distinct[^1] with { Weight = distinct[^1].Weight + address.Weight };
            }
            else if (distinct.Count < maximum)
            {
                distinct.Add(address);
            }
        }

        return [.. distinct];
    }

    /// <summary>Whether two sets in normal form hold the same addresses with the same ports and weights.</summary>
    public static bool Same(IReadOnlyList<ResolvedAddress> left, IReadOnlyList<ResolvedAddress> right) => left.SequenceEqual(right);

    private static int Compare(ResolvedAddress left, ResolvedAddress right)
    {
        int order = left.Address.AddressFamily.CompareTo(right.Address.AddressFamily);
        if (order == 0)
        {
            order = CompareBytes(left.Address, right.Address);
        }

        return order == 0 ? left.Port.CompareTo(right.Port) : order;
    }

    private static int CompareBytes(IPAddress left, IPAddress right)
    {
        Span<byte> first = stackalloc byte[16];
        Span<byte> second = stackalloc byte[16];
        left.TryWriteBytes(first, out int firstLength);
        right.TryWriteBytes(second, out int secondLength);
        return first[..firstLength].SequenceCompareTo(second[..secondLength]);
    }
}
