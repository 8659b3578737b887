using System.Globalization;
using System.Text;

namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// Envoy's ring hash (<c>envoy: source/extensions/load_balancing_policies/ring_hash/ring_hash_lb.cc</c>): every endpoint has entries on a ring
/// of 64-bit numbers in proportion to its weight, named <c>ip:port_0</c>, <c>ip:port_1</c>, ...; a key belongs to the first entry at or above its hash.
/// Entries sit exactly where Envoy puts them. Immutable, thread-safe.
/// </summary>
public sealed class RingHash : HashPlacement
{
    /// <summary>Istio's and Envoy's default.</summary>
    public const long DefaultMinimumSize = 1024;

    /// <summary>Envoy's default, 8M entries.</summary>
    public const long DefaultMaximumSize = 8 * 1024 * 1024;

    // Slots of the index per entry: a look-up starts within about one entry of where it ends.
    private const int SlotsPerEntry = 2;

    private readonly ulong[] _hashes;
    private readonly int[] _owners;
    private readonly int[] _firstOf;
    private readonly int _shift;

    private RingHash(ulong[] hashes, int[] owners)
    {
        _hashes = hashes;
        _owners = owners;
        int bits = hashes.Length == 0 ? 1 : Math.Clamp(System.Numerics.BitOperations.Log2((uint)(hashes.Length * (long)SlotsPerEntry)), 1, 24);
        _shift = 64 - bits;
        _firstOf = new int[1 << bits];
        for (int slot = 0, entry = 0; slot < _firstOf.Length; slot++)
        {
            ulong lowest = (ulong)slot << _shift;
            while (entry < hashes.Length && hashes[entry] < lowest)
            {
                entry++;
            }

            _firstOf[slot] = entry;
        }
    }

    public override int Count => _hashes.Length;

    /// <summary>Places the owners in their order.</summary>
    public static RingHash Build(IReadOnlyList<KeyOwner> owners, long minimumSize, long maximumSize)
    {
        ArgumentNullException.ThrowIfNull(owners);
        if (owners.Count == 0)
        {
            return new RingHash([], []);
        }

        // The lightest endpoint gets a whole number of entries. Running sums let fractions of the others carry over, so that a ring that is
        // cut to its largest size still has about as many entries as it should.
        double lightest = owners.Min(static owner => owner.Weight);
        double scale = Math.Min(Math.Ceiling(lightest * minimumSize) / lightest, maximumSize);
        List<ulong> hashes = new((int)Math.Ceiling(scale));
        List<int> indexes = new(hashes.Capacity);
        byte[] name = new byte[owners.Max(static owner => Encoding.UTF8.GetMaxByteCount(owner.Name.Length)) + 24];
        double current = 0;
        double target = 0;
        foreach (KeyOwner owner in owners)
        {
            target += scale * owner.Weight;
            int prefix = Encoding.UTF8.GetBytes(owner.Name, name);
            name[prefix++] = (byte)'_';
            for (long i = 0; current < target; i++, current++)
            {
                i.TryFormat(name.AsSpan(prefix), out int digits, default, CultureInfo.InvariantCulture);
                hashes.Add(XxHash64.Compute(name.AsSpan(0, prefix + digits)));
                indexes.Add(owner.Index);
            }
        }

        ulong[] sorted = [.. hashes];
        int[] ordered = [.. indexes];
        Array.Sort(sorted, ordered);
        return new RingHash(sorted, ordered);
    }

    public override int Find(ulong hash)
    {
        ulong[] hashes = _hashes;
        int entry = _firstOf[(int)(hash >> _shift)];
        while ((uint)entry < (uint)hashes.Length && hashes[entry] < hash)
        {
            entry++;
        }

        return entry == hashes.Length ? 0 : entry;
    }

    /// <summary>Where the entry at a position sits.</summary>
    public ulong HashAt(int position) => _hashes[position];

    public override int OwnerAt(int position) => _owners[position];

    public override int Next(int position) => position + 1 == _owners.Length ? 0 : position + 1;
}
